"""Processes in simulated time: each is a generator that yields how many seconds it waits."""

from __future__ import annotations

import heapq
from typing import TYPE_CHECKING, TypeAlias, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
T = TypeVar("T")
Process: TypeAlias = "Generator[float, None, T]"
"""What waits now and then, and returns something in the end."""


class Simulation:
    """A clock, in seconds since 1970, and the processes that wait for it. Ties are broken by who came first."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._waiting: list[tuple[float, int, Iterator[float]]] = []
        self._count = 0

    def start(self, process: Iterator[float], delay: float = 0.0) -> None:
        """Let a process run after a delay."""
        self._count += 1
        heapq.heappush(self._waiting, (self.now + max(delay, 0.0), self._count, process))

    def step(self, end: float) -> bool:
        """Run the process whose turn it is until it waits. Return false when none is left before the end."""
        if not self._waiting or self._waiting[0][0] >= end:
            return False
        self.now, _, process = heapq.heappop(self._waiting)
        delay = next(process, None)
        if delay is not None:
            self.start(process, delay)
        return True


def until_work(now: float, zone: float) -> float:
    """Return how many seconds it is until somebody works who does so from 9 to 17:30 on weekdays; 0 if now.

    ``zone`` is how many hours their time is ahead of UTC.
    """
    local = now + zone * HOUR
    day, second = divmod(local, DAY)
    weekday = (int(day) + 3) % 7  # 1 January 1970 was a Thursday
    if weekday < 5 and 9 * HOUR <= second < 17.5 * HOUR:
        return 0.0
    ahead = 0 if second < 9 * HOUR and weekday < 5 else 1
    while (weekday + ahead) % 7 >= 5:
        ahead += 1
    return ahead * DAY + 9 * HOUR - second
