"""Time, as it is passed to whatever decides."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Says what time it is."""

    def __call__(self) -> datetime:
        """Return the present time, aware, in UTC."""


def system_clock() -> datetime:
    """Return the present time of this machine."""
    return datetime.now(UTC)
