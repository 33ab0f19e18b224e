"""Running one child process for a thread that blocks on it."""

from __future__ import annotations

import os
import select
import time
from typing import Literal, NamedTuple

from headway.kernel.process.drains import CHUNK, PIPE_SIZE
from headway.kernel.process.spawn import explain, spawn

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from headway.kernel.process.cancellation import Cancellation, Wakeup
    from headway.kernel.process.drains import Drains

TRACKING_VARIABLE = "RUNNER_TRACKING_ID"
How = Literal["exited", "cancelled", "timed-out"]

# The numbers that POSIX fixes; the module `signal` costs 2 ms for its enumerations.
_SIGINT, _SIGKILL, _SIGTERM = 2, 9, 15
_LONGEST_WAIT = 86400.0  # seconds; poll takes its time as a C integer of milliseconds
_F_SETPIPE_SZ = 1031  # Linux only; other systems answer EINVAL


class Grace(NamedTuple):
    """How long, in seconds, a process may take before the next signal, and how long its output may lag.

    ``interrupt``: from SIGINT to SIGTERM; ``terminate``: from SIGTERM to SIGKILL; ``quiet``: how long the
    pipe may be silent after the exit, ``drain``: how long it is read after the exit at most.
    """

    interrupt: float = 7.5
    terminate: float = 2.5
    quiet: float = 1.0
    drain: float = 5.0


class ProcessEnd(NamedTuple):
    """How a process ended.

    ``exit_code`` is what a shell would show: 128 + the signal if one ended it; 130 if it was never started
    because the cancellation came first. ``reason`` tells why it was asked to end.
    """

    exit_code: int
    how: How
    signal: int | None = None
    reason: str = ""


def never_started(cancel: Cancellation) -> ProcessEnd:
    """Return the end of a program that a cancellation came before."""
    return ProcessEnd(128 + _SIGINT, "cancelled", None, cancel.reason)


def run_process(
    argv: Sequence[str],
    *,
    cwd: str,
    env: Mapping[str, str],
    output: Callable[[bytes], None],
    cancel: Cancellation,
    timeout: float | None,
    tracking_id: str,
    grace: Grace = Grace(),  # noqa: B008 — immutable
    stdin: int | None = None,
    drains: Drains | None = None,
) -> ProcessEnd:
    """Run a program in a session of its own until it has ended, and tell how it ended.

    ``output`` receives what it writes to stdout and stderr, in the calling thread, in pieces of any size.
    ``stdin`` is a descriptor that it reads from; without one it reads nothing. ``timeout`` is in seconds.

    Both a cancellation and the timeout send SIGINT, then SIGTERM, then SIGKILL to the group of the process;
    killing the cancellation sends SIGKILL at once. If a background process still holds the pipe after the
    program has exited, ``drains`` goes on reading; without one the pipe is closed.

    Raises `HeadwayError` (see `spawn`) if the program cannot be started.
    """
    if cancel.requested:
        return never_started(cancel)
    variables = {**env, TRACKING_VARIABLE: tracking_id}
    try:
        wakeup = cancel.wakeup()
    except OSError as error:
        raise explain(error, argv, cwd, env) from error
    with wakeup:
        pipe, pid = _start(argv, cwd, variables, stdin)
        if drains is not None:
            drains.sessions.append(pid)
        run = _Run(pid, pipe, output, cancel, grace)
        try:
            return run.complete(wakeup, timeout)
        finally:
            run.release(drains)


def _start(argv: Sequence[str], cwd: str, env: Mapping[str, str], stdin: int | None) -> tuple[int, int]:
    """Give the reading end of the pipe and the process id."""
    descriptors: list[int] = []
    try:
        try:
            reader, writer = os.pipe()
            descriptors += [reader, writer]
            if stdin is None:
                stdin = os.open(os.devnull, os.O_RDONLY)
                descriptors.append(stdin)
        except OSError as error:
            raise explain(error, argv, cwd, env) from error
        _enlarge(reader)
        pid = spawn(argv, cwd=cwd, env=env, stdin=stdin, output=writer)
        descriptors.remove(reader)
        return reader, pid
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _enlarge(pipe: int) -> None:
    import fcntl

    try:
        fcntl.fcntl(pipe, _F_SETPIPE_SZ, PIPE_SIZE)
    except OSError:
        return  # the size is a matter of speed only


def _open_pidfd(pid: int) -> int:
    """Give a descriptor that turns readable when the process has exited; -1 where the system has none."""
    try:
        return os.pidfd_open(pid)
    except (AttributeError, OSError):
        return -1


class _Run:
    """One process between its start and its end."""

    __slots__ = (
        "cancel",
        "deadline",
        "exited_at",
        "grace",
        "how",
        "next_signal_at",
        "output",
        "pending",
        "pid",
        "pidfd",
        "pipe",
        "poll",
        "reason",
        "status",
    )

    def __init__(
        self, pid: int, pipe: int, output: Callable[[bytes], None], cancel: Cancellation, grace: Grace
    ) -> None:
        self.pid, self.pipe, self.output, self.cancel, self.grace = pid, pipe, output, cancel, grace
        self.pidfd = _open_pidfd(pid)
        self.poll = select.poll()
        self.how: How = "exited"
        self.reason = ""
        self.status: int | None = None
        self.deadline: float | None = None
        self.pending = [(_SIGINT, grace.interrupt), (_SIGTERM, grace.terminate), (_SIGKILL, 0.0)]
        self.next_signal_at: float | None = None
        self.exited_at = 0.0

    def complete(self, wakeup: Wakeup, timeout: float | None) -> ProcessEnd:
        """Wait for the end, pass on the output, climb the ladder if asked to."""
        if timeout is not None:
            self.deadline = time.monotonic() + timeout
        for descriptor in (self.pipe, wakeup.fd, self.pidfd):
            if descriptor >= 0:
                self.poll.register(descriptor, select.POLLIN)
        idle = 0.0005
        while self.status is None:
            ready = self._wait(idle)
            idle = 0.0005 if ready else min(idle * 2, 0.02)
            if self.pipe in ready:
                self._read()
            if wakeup.fd in ready:
                wakeup.clear()
            if self.pidfd < 0 or self.pidfd in ready:
                self._reap()
            if self.status is None:
                self._climb()
        self._drain(wakeup)
        return self._end()

    def release(self, drains: Drains | None) -> None:
        """Leave nothing behind: the process is reaped, the pipe handed over or closed."""
        if self.status is None:  # `output` raised
            self._signal(_SIGKILL)
            os.waitpid(self.pid, 0)
        if self.pidfd >= 0:
            os.close(self.pidfd)
        if self.pipe >= 0:
            if drains is None or self.status is None:
                os.close(self.pipe)
            else:
                drains.adopt(self.pipe, self.output)

    def _wait(self, idle: float) -> list[int]:
        limits = [at for at in (self.next_signal_at, self.deadline) if at is not None]
        seconds = max(0.0, min(limits) - time.monotonic()) if limits else None
        if self.pidfd < 0:
            seconds = idle if seconds is None else min(seconds, idle)
        return self._ready(_LONGEST_WAIT if seconds is None else seconds)

    def _ready(self, seconds: float) -> list[int]:
        return [fd for fd, _ in self.poll.poll(min(seconds, _LONGEST_WAIT) * 1000)]

    def _read(self) -> None:
        data = os.read(self.pipe, CHUNK)
        if data:
            self.output(data)
            return
        self.poll.unregister(self.pipe)
        os.close(self.pipe)
        self.pipe = -1

    def _climb(self) -> None:
        """Send the signal that is due, if one is."""
        now = time.monotonic()
        late = self.deadline is not None and now >= self.deadline
        if self.how == "exited" and (self.cancel.requested or late):
            self._reap()
            if self.status is not None:
                return  # it was faster
            if self.cancel.requested:
                self._begin("cancelled", self.cancel.reason, now)
            else:
                self._begin("timed-out", "it ran longer than it was allowed to", now)
        if self.cancel.killed and self.pending:
            del self.pending[:-1]
            self.next_signal_at = now
        while self.next_signal_at is not None and now >= self.next_signal_at:
            number, seconds = self.pending.pop(0)
            self._signal(number)
            self.next_signal_at = now + seconds if self.pending else None

    def _begin(self, how: How, reason: str, now: float) -> None:
        self.how, self.reason, self.next_signal_at, self.deadline = how, reason, now, None

    def _signal(self, number: int) -> None:
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            return  # all of the group has ended (macOS tells that as EPERM) and waits to be reaped

    def _reap(self) -> None:
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        if pid:
            self.status = status
            self.exited_at = time.monotonic()

    def _drain(self, wakeup: Wakeup) -> None:
        """Read on after the exit: to the end of the pipe if nobody else holds it, else for the grace."""
        if self.pidfd >= 0:
            self.poll.unregister(self.pidfd)
        quiet, until = self.grace.quiet, self.exited_at + self.grace.drain
        while self.pipe >= 0:
            now = time.monotonic()
            if self.cancel.requested and self.how == "exited" and quiet:
                quiet, until = 0.0, min(until, now + quiet)  # take what is there
            ready = self._ready(max(0.0, min(quiet, until - now)))
            if wakeup.fd in ready:
                wakeup.clear()
            if self.pipe in ready:
                self._read()
            if not ready or now >= until:
                return

    def _end(self) -> ProcessEnd:
        code = os.waitstatus_to_exitcode(self.status or 0)
        if code >= 0:
            return ProcessEnd(code, self.how, None, self.reason)
        return ProcessEnd(128 - code, self.how, -code, self.reason)
