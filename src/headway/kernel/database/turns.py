"""Taking turns: whoever came first is first to get one of a few places.

Connection pools let a thread that gives a connection back take it again at once, past those who wait: with as many busy
threads as connections, one more can wait for seconds, and that one may be the sealer.
"""

from __future__ import annotations

import threading
from collections import deque
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class NoTurnError(Exception):
    """No place became free in time."""


class Turns:
    """So many places, given in the order in which they are asked for."""

    def __init__(self, places: int) -> None:
        self._lock = threading.Lock()
        self._free = places
        self._waiting: deque[threading.Event] = deque()

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
            if self._free:
                self._free -= 1
                return
            turn = threading.Event()
            self._waiting.append(turn)
        if turn.wait(timeout):
            return
        with self._lock:
            if turn.is_set():  # it was given just now
                return
            self._waiting.remove(turn)
        raise NoTurnError("no place became free in time")

    def _give(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
