"""Reading the ledger as it grows: subscribers that see every sealed event, in order, and remember how far they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from headway.kernel.ledger import tables
from headway.kernel.ledger.reading import sealed_after

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy.engine import Connection

    from headway.kernel.database import Database
    from headway.kernel.ledger.records import SealedEvent

BATCH = 200


class Subscription(NamedTuple):
    """One subscriber, by its name; a controller runs ``catch_up``.

    ``take`` is handed events in the transaction that moves the cursor on: what it writes there happens exactly once.
    What else it does happens at least once, since the transaction may be run again or fail. When it raises, the same
    events come again. ``from_now``: a subscriber that is new does not hear what was sealed before its first run.
    """

    database: Database
    name: str
    take: Callable[[Connection, Sequence[SealedEvent]], object]
    from_now: bool = False

    def catch_up(self) -> int:
        """Hand over all events that are sealed and were not taken yet. Return how many."""
        total = 0
        while self.database.read(self._is_behind):
            taken = self.database.write(self._take_some)
            total += taken
            if not taken:
                break
        return total

    def _is_behind(self, connection: Connection) -> bool:
        position = _position(connection, self.name)
        return position is None or _newest(connection) > position

    def _take_some(self, connection: Connection) -> int:
        if _position(connection, self.name) is None:
            _begin(connection, self.name, _newest(connection) if self.from_now else 0)
        # Locked: a second server whose lease has just begun waits here, and goes on where this one ends.
        cursor = tables.subscription.c
        query = select(cursor.position).where(cursor.name == self.name).with_for_update()
        position = connection.execute(query).scalar_one()
        events = sealed_after(connection, position, BATCH)
        if events:
            self.take(connection, events)
            moved = update(tables.subscription).where(cursor.name == self.name).values(position=events[-1].position)
            connection.execute(moved)
        return len(events)


def _newest(connection: Connection) -> int:
    return int(connection.execute(select(tables.head.c.position)).scalar_one())


def _position(connection: Connection, name: str) -> int | None:
    query = select(tables.subscription.c.position).where(tables.subscription.c.name == name)
    position: int | None = connection.execute(query).scalar_one_or_none()
    return position


def _begin(connection: Connection, name: str, position: int) -> None:
    try:
        with connection.begin_nested():
            connection.execute(insert(tables.subscription).values(name=name, position=position))
    except IntegrityError:
        return  # another server began just now
