"""The sealer gives committed events their position and hash. One at a time does it; who holds the head's lock."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, insert, select, update

from headway.kernel.ledger import tables
from headway.kernel.ledger.chain import GENESIS, next_hash
from headway.kernel.ledger.reading import EVENT_COLUMNS, event_of, links_of, sealed_after

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy.engine import Connection

    from headway.kernel.database import Database

BATCH = 1000
_LONGEST_REST = 0.2
_REST_FOR_EACH = 0.004


_WAITING = (
    select(*EVENT_COLUMNS)
    .join(tables.unsealed, tables.unsealed.c.event == tables.event.c.id)
    .order_by(tables.event.c.id)
)


class Head(NamedTuple):
    """How far the ledger is sealed: the last position (0: none) and its hash."""

    position: int
    hash: bytes


class Flaw(NamedTuple):
    """A place where the ledger does not agree with itself."""

    position: int
    message: str


def seal_some(connection: Connection, limit: int = BATCH) -> int:
    """Seal at most ``limit`` committed events in the order of their ids. Return how many were sealed."""
    head = _locked_head(connection)
    events = [event_of(row) for row in connection.execute(_WAITING.limit(limit))]
    if not events:
        return 0
    links = links_of(connection, [event.id for event in events])
    rows = []
    for event in events:
        head = Head(head.position + 1, next_hash(head.hash, head.position + 1, event, links[event.id]))
        rows.append({"position": head.position, "event": event.id, "hash": head.hash})
    connection.execute(insert(tables.seal), rows)
    for start in range(0, len(events), 500):
        chunk = [event.id for event in events[start : start + 500]]
        connection.execute(delete(tables.unsealed).where(tables.unsealed.c.event.in_(chunk)))
    connection.execute(update(tables.head).values(position=head.position, hash=head.hash))
    return len(events)


def seal_all(database: Database) -> int:
    """Seal whatever waits. Return how many events were sealed.

    Looks before it writes: each commit wakes the sealer, and its own must not wake it for ever.
    """
    total = 0
    while database.read(_is_waiting):
        total += database.write(seal_some)
    return total


def seal_steadily(database: Database, pause: Callable[[float], object] = time.sleep) -> None:
    """Seal what waits now, then rest: hardly after a few events, up to 0.2 s after many.

    Each commit wakes the sealer. Without a rest it would seal a busy ledger event by event, and take the time of those
    who write; what comes meanwhile is sealed after the rest.
    """
    if not database.read(_is_waiting):
        return
    sealed = batch = database.write(seal_some)
    while batch == BATCH:
        batch = database.write(seal_some)
        sealed += batch
    pause(min(_LONGEST_REST, sealed * _REST_FOR_EACH))


def _is_waiting(connection: Connection) -> bool:
    return connection.execute(select(tables.unsealed.c.event).limit(1)).first() is not None


def head_of(connection: Connection) -> Head:
    """Return how far the ledger is sealed."""
    row = connection.execute(select(tables.head.c.position, tables.head.c.hash)).one_or_none()
    return Head(row[0], row[1]) if row else Head(0, GENESIS)


def verify(connection: Connection, batch: int = 2000) -> Iterator[int | Flaw]:
    """Follow the chain from the first event to the head: yield positions as they are found right, and every flaw.

    Call it within a snapshot. What it finds: events or links that were changed, removed, added or moved, and a head
    that does not fit the last seal.
    """
    expected = Head(0, GENESIS)
    while rows := sealed_after(connection, expected.position, batch):
        links = links_of(connection, [row.event.id for row in rows])
        for row in rows:
            if row.position != expected.position + 1:
                yield Flaw(row.position, f"positions {expected.position + 1} to {row.position - 1} are missing")
            computed = next_hash(expected.hash, row.position, row.event, links[row.event.id])
            if computed.hex() != row.hash:
                yield Flaw(row.position, f"the hash is {row.hash}, and what is stored gives {computed.hex()}")
            # Go on from what is stored, so that one changed event is told once.
            expected = Head(row.position, bytes.fromhex(row.hash))
        yield expected.position
    head = head_of(connection)
    if head != expected:
        yield Flaw(head.position, f"the head says position {head.position}, and the last seal is {expected.position}")


def _locked_head(connection: Connection) -> Head:
    query = select(tables.head.c.position, tables.head.c.hash).with_for_update()
    row = connection.execute(query).one()
    return Head(row[0], row[1])
