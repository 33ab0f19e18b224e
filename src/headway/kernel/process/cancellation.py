"""Cancellation: one thread asks, any number of blocked threads hear of it at once."""

from __future__ import annotations

import os
import threading
import weakref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType


class Wakeup:
    """A file descriptor that turns readable on every change of the cancellation that made it.

    It is for one waiter: poll ``fd``, then call `clear`, then look at the cancellation. ``with`` closes it.
    """

    __slots__ = ("__weakref__", "_cancellation", "_writer", "fd")

    def __init__(self, cancellation: Cancellation) -> None:
        self._cancellation = cancellation
        self.fd, self._writer = os.pipe()
        os.set_blocking(self.fd, False)
        os.set_blocking(self._writer, False)

    def notify(self) -> None:
        """Make ``fd`` readable."""
        try:
            os.write(self._writer, b"!")
        except BlockingIOError:
            return  # it is readable already

    def clear(self) -> None:
        """Take back what made ``fd`` readable."""
        try:
            os.read(self.fd, 64)
        except BlockingIOError:
            return

    def __enter__(self) -> Wakeup:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._cancellation._forget(self)
        os.close(self.fd)
        os.close(self._writer)


class Cancellation:
    """The wish that something ends, in two stages: `cancel` asks it to end, `kill` ends it without asking.

    Safe to use from all threads, and from a signal handler: the lock is reentrant, nothing blocks under it.
    What is asked of a cancellation is asked of all its children too; the reverse never happens.
    """

    __slots__ = ("__weakref__", "_children", "_condition", "_killed", "_parent", "_reason", "_wakeups")

    def __init__(self) -> None:
        self._condition = threading.Condition(threading.RLock())
        self._children: weakref.WeakSet[Cancellation] = weakref.WeakSet()
        self._wakeups: list[Wakeup] = []
        self._parent: Cancellation | None = None
        self._reason: str | None = None
        self._killed = False

    @property
    def requested(self) -> bool:
        """Whether `cancel` or `kill` was called here or on a parent."""
        return self._reason is not None

    @property
    def killed(self) -> bool:
        """Whether `kill` was called here or on a parent."""
        return self._killed

    @property
    def reason(self) -> str:
        """Why, in the words of the first caller; empty while nothing was requested."""
        return self._reason or ""

    def cancel(self, reason: str = "cancelled") -> None:
        """Ask for an orderly end. Only the first reason is kept."""
        self._request(reason, kill=False)

    def kill(self, reason: str = "killed") -> None:
        """Ask for the end at once, with or without a `cancel` before."""
        self._request(reason, kill=True)

    def child(self) -> Cancellation:
        """Make a cancellation of its own that also follows this one."""
        child = Cancellation()
        child._parent = self
        with self._condition:
            self._children.add(child)
            if self._reason is not None:
                child._request(self._reason, kill=self._killed)
        return child

    def wait(self, timeout: float | None = None) -> bool:
        """Block until it is requested or ``timeout`` seconds are over; whether it is requested."""
        with self._condition:
            return self._condition.wait_for(lambda: self._reason is not None, timeout)

    def wakeup(self) -> Wakeup:
        """Make a file descriptor to poll; it is readable at once if the cancellation is requested already."""
        wakeup = Wakeup(self)
        with self._condition:
            self._wakeups.append(wakeup)
            if self._reason is not None:
                wakeup.notify()
        return wakeup

    def _forget(self, wakeup: Wakeup) -> None:
        with self._condition:
            self._wakeups.remove(wakeup)

    def _request(self, reason: str, *, kill: bool) -> None:
        with self._condition:
            if self._reason is not None and (self._killed or not kill):
                return
            self._reason = self._reason if self._reason is not None else reason
            self._killed = self._killed or kill
            self._condition.notify_all()
            for wakeup in self._wakeups:
                wakeup.notify()
            for child in tuple(self._children):
                child._request(reason, kill=kill)
