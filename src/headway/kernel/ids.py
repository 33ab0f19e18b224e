"""Identifiers that sort by the time at which they were made (UUID version 7, RFC 9562)."""

from __future__ import annotations

import os
import threading
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from headway.kernel.database.tables import microseconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from headway.kernel.clock import Clock

_COUNTER_BITS = 12


class Ids:
    """Makes identifiers. Those of one source ascend, also within a millisecond and when the clock is set back."""

    def __init__(self, clock: Clock, randomness: Callable[[int], bytes] = os.urandom) -> None:
        self._clock = clock
        self._randomness = randomness
        self._lock = threading.Lock()
        self._last = 0

    def uuid(self) -> UUID:
        """Return a new identifier (section 5.7, with the counter of section 6.2, method 1, in ``rand_a``)."""
        random = int.from_bytes(self._randomness(8), "big")
        with self._lock:
            now = (microseconds(self._clock()) // 1000) << _COUNTER_BITS
            self._last = max(self._last + 1, now)
            stamp = self._last
        milliseconds, counter = stamp >> _COUNTER_BITS, stamp & 0xFFF
        return UUID(int=(milliseconds << 80) | (0x7 << 76) | (counter << 64) | (0b10 << 62) | (random >> 2))


def earliest_id(instant: datetime, later: timedelta = timedelta()) -> UUID:
    """Return what no identifier made at a time, moved by ``later``, is less than."""
    milliseconds = (microseconds(instant) + later // timedelta(microseconds=1)) // 1000
    return UUID(int=min(max(milliseconds, 0), (1 << 48) - 1) << 80)
