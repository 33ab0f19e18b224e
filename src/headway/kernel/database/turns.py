"""Taking turns: nobody who waits for one of a few places is passed over for long.

Connection pools let a thread that gives a connection back take it again at once, past those who wait: with as many busy
threads as connections, one more can wait for seconds, and that one may be the sealer.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


PATIENCE_SECONDS = 0.02
"""How long others may get places that were asked for later."""


class NoTurnError(Exception):
    """No place became free in time."""


class _Waiting:
    """Somebody in the queue. ``given``: the place is theirs."""

    __slots__ = ("given", "since", "woken")

    def __init__(self, since: float) -> None:
        self.since = since
        self.woken = threading.Event()
        self.given = False


class Turns:
    """So many places. Who comes at the right moment gets one; who has waited for long gets the next, whoever comes.

    Strictly first come, first served would make each of many busy threads sleep and wake for each place: with one more
    thread than there are places, half as much gets done.
    """

    def __init__(self, places: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._lock = threading.Lock()
        self._free = places
        self._waiting: deque[_Waiting] = deque()
        self._clock = clock

    @contextmanager
    def taken(self, timeout: float) -> Iterator[None]:
        """Hold a place. Raises ``NoTurnError`` when none became free in time (seconds)."""
        self._take(timeout)
        try:
            yield
        finally:
            self._give()

    def _take(self, timeout: float) -> None:
        with self._lock:
            if self._is_taken_at_once():
                return
            mine = _Waiting(self._clock())
            self._waiting.append(mine)
        until = mine.since + timeout
        while True:
            mine.woken.wait(max(0.0, until - self._clock()))
            with self._lock:
                if mine.given:
                    return
                if self._is_taken_at_once():
                    self._waiting.remove(mine)
                    return
                if self._clock() >= until:
                    self._waiting.remove(mine)
                    raise NoTurnError("no place became free in time")
                mine.woken.clear()

    def _is_taken_at_once(self) -> bool:
        if not self._free:
            return False
        self._free -= 1
        return True

    def _give(self) -> None:
        with self._lock:
            if not self._waiting:
                self._free += 1
                return
            first = self._waiting[0]
            if self._clock() - first.since >= PATIENCE_SECONDS:
                self._waiting.popleft()
                first.given = True
            else:
                self._free += 1
            first.woken.set()
