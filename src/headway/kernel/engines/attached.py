"""Running a program in a container for a thread that blocks on it, as `run_process` does on this machine."""

from __future__ import annotations

import os
import select
import threading
import time
from typing import TYPE_CHECKING, Protocol

from headway.kernel.process.run import Grace, ProcessEnd

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.kernel.process import Cancellation, Drains
    from headway.kernel.process.run import How

_SIGINT, _SIGKILL, _SIGTERM = 2, 9, 15
_FIRST_LOOK, _LAST_LOOK = 0.005, 1.0  # seconds between two questions whether the program has ended
_PATIENCE = 10.0  # seconds after SIGKILL; the engine may be gone
_LONGEST_WAIT = 86400.0


class Attached(Protocol):
    """A program that runs in a container."""

    @property
    def fd(self) -> int:
        """A descriptor that is readable when `read` has something."""

    @property
    def ended(self) -> bool:
        """Whether it has told that it has ended, so that there is an exit code."""

    def read(self) -> bytes | None:
        """Return output; None if there is none yet, empty bytes when there will be none any more."""

    def signal(self, number: int) -> None:
        """Signal the program and what it started, if they still run."""

    def exit_code(self) -> int | None:
        """Return its exit code, None while it runs."""

    def close(self) -> None:
        """Give up the connection."""


def run_attached(
    program: Attached,
    *,
    output: Callable[[bytes], None],
    cancel: Cancellation,
    timeout: float | None,
    grace: Grace = Grace(),  # noqa: B008 — immutable
    drains: Drains | None = None,
) -> ProcessEnd:
    """Wait for the end of a program, pass on its output, and tell how it ended.

    A cancellation and the timeout (in seconds) send SIGINT, SIGTERM and SIGKILL as `run_process` does. Where something
    in the background still writes when the program has ended, ``drains`` goes on reading.
    """
    with cancel.wakeup() as wakeup:
        watch = _Watch(program, output, cancel, grace)
        watch.poll.register(wakeup.fd, select.POLLIN)
        try:
            code = watch.complete(wakeup.clear, timeout)
            left = watch.drain()
        except BaseException:
            program.close()
            raise
    if left and drains is not None:
        _hand_over(program, output, drains)
    else:
        program.close()
    return ProcessEnd(code, watch.how, watch.sent if watch.how != "exited" else None, watch.reason)


class _Watch:
    """One program between its start and its end."""

    __slots__ = (
        "cancel",
        "deadline",
        "grace",
        "how",
        "look_at",
        "next_signal_at",
        "open",
        "output",
        "pause",
        "pending",
        "poll",
        "program",
        "reason",
        "sent",
    )

    def __init__(self, program: Attached, output: Callable[[bytes], None], cancel: Cancellation, grace: Grace) -> None:
        self.program, self.output, self.cancel, self.grace = program, output, cancel, grace
        self.poll = select.poll()
        self.poll.register(program.fd, select.POLLIN)
        self.open = True
        self.how: How = "exited"
        self.reason = ""
        self.deadline: float | None = None
        self.pending = [(_SIGINT, grace.interrupt), (_SIGTERM, grace.terminate), (_SIGKILL, _PATIENCE)]
        self.next_signal_at: float | None = None
        self.sent: int | None = None
        self.pause = _LAST_LOOK
        self.look_at = time.monotonic() + self.pause

    def complete(self, clear: Callable[[], None], timeout: float | None) -> int:
        """Return the exit code, as soon as there is one."""
        if timeout is not None:
            self.deadline = time.monotonic() + timeout
        self._read()  # what came before there was anybody to wait for it
        while True:
            self._wait(clear)
            now = time.monotonic()
            if now >= self.look_at:
                if (code := self.program.exit_code()) is not None:
                    return code
                self.pause = min(self.pause * 2, _LAST_LOOK)
                self.look_at = now + self.pause
            if not self._climb(now):
                return 128 + _SIGKILL

    def _wait(self, clear: Callable[[], None]) -> None:
        limits = [at for at in (self.next_signal_at, self.deadline, self.look_at) if at is not None]
        seconds = min(max(0.0, min(limits) - time.monotonic()), _LONGEST_WAIT)
        for fd, _ in self.poll.poll(seconds * 1000):
            if self.open and fd == self.program.fd:
                self._read()
            else:
                clear()

    def _read(self) -> None:
        while data := self.program.read():
            self.output(data)
        if data is not None:
            self.poll.unregister(self.program.fd)
            self.open = False
        if data is not None or self.program.ended:
            self.pause, self.look_at = _FIRST_LOOK, 0.0

    def _climb(self, now: float) -> bool:
        """Send the signal that is due, if one is; whether there is still a point in waiting."""
        late = self.deadline is not None and now >= self.deadline
        if self.how == "exited" and (self.cancel.requested or late):
            self._begin(now)
        if self.cancel.killed and len(self.pending) > 1:
            del self.pending[:-1]
            self.next_signal_at = now
        while self.next_signal_at is not None and now >= self.next_signal_at:
            if not self.pending:
                return False
            number, seconds = self.pending.pop(0)
            self.sent = number
            self.program.signal(number)
            self.next_signal_at = now + seconds
            self.pause, self.look_at = _FIRST_LOOK, now + _FIRST_LOOK
        return True

    def _begin(self, now: float) -> None:
        if self.cancel.requested:
            self.how, self.reason = "cancelled", self.cancel.reason
        else:
            self.how, self.reason = "timed-out", "it ran longer than it was allowed to"
        self.next_signal_at, self.deadline = now, None

    def drain(self) -> bool:
        """Read on after the exit until it is quiet; whether somebody still holds the stream."""
        until = time.monotonic() + self.grace.drain
        quiet = 0.0 if self.cancel.requested else self.grace.quiet
        while self.open:
            seconds = max(0.0, min(quiet, until - time.monotonic()))
            ready = [fd for fd, _ in self.poll.poll(seconds * 1000)]
            if self.program.fd not in ready or time.monotonic() >= until:
                return True
            self._read()
        return False


def _hand_over(program: Attached, output: Callable[[bytes], None], drains: Drains) -> None:
    """Have ``drains`` read what is still to come, by way of a pipe."""
    reader, writer = os.pipe()
    drains.adopt(reader, output)
    threading.Thread(target=_pump, args=(program, writer), name="container output", daemon=True).start()


def _pump(program: Attached, writer: int) -> None:
    poll = select.poll()
    poll.register(program.fd, select.POLLIN)
    poll.register(writer, 0)  # tells when nobody reads any more
    try:
        while (data := program.read()) != b"":
            if data:
                os.write(writer, data)
            elif any(fd == writer for fd, _ in poll.poll()):
                return
    except OSError:
        return  # the job has ended
    finally:
        os.close(writer)
        program.close()
