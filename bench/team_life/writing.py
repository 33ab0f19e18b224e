"""Writing down what happens: events with identifiers that sort by time, and links."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID

from headway.kernel.ledger.records import Event, Link
from headway.kernel.ledger.types import cdevent, own_event

if TYPE_CHECKING:
    from random import Random

    from bench.team_life.simulation import Simulation
    from headway.kernel.ledger.records import Json

Told = tuple[Event, tuple[Link, ...]]
SYSTEM = "system"


class Writer:
    """Collects events until somebody takes them."""

    def __init__(self, simulation: Simulation, random: Random) -> None:
        self._simulation = simulation
        self._random = random
        self._stamp = 0
        self.told: list[Told] = []

    def tell(
        self,
        name: str,
        subject: str,
        project: str,
        data: dict[str, Json],
        *links: tuple[str, str, str],
        actor: str = SYSTEM,
    ) -> Event:
        """Write down an event: one of CDEvents' if it has the name, else one of Headway's own."""
        now = self._simulation.now
        event = Event(self._identifier(now), _TYPES[name], subject, actor, project, moment(now), data)
        self.told.append((event, tuple([Link(*link) for link in links])))
        return event

    def _identifier(self, now: float) -> UUID:
        """Return a UUID of version 7, later than the one before (12 bits count within a millisecond)."""
        self._stamp = max(self._stamp + 1, int(now * 1000) << 12)
        high, low = self._stamp >> 12, self._stamp & 0xFFF
        return UUID(int=(high << 80) | (7 << 76) | (low << 64) | (2 << 62) | self._random.getrandbits(62))


class _Types(dict[str, str]):
    def __missing__(self, name: str) -> str:
        try:
            found = cdevent(name)
        except KeyError:
            found = own_event(name)
        self[name] = found
        return found


_TYPES = _Types()


def moment(seconds: float) -> datetime:
    """Return the time of so many seconds since 1970."""
    return datetime.fromtimestamp(seconds, UTC)


def text(seconds: float) -> str:
    """Return that time as events hold it in their data."""
    return moment(seconds).isoformat(timespec="seconds")
