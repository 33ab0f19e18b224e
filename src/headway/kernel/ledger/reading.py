"""Reading rows of the ledger as records."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from headway.kernel.ledger import tables
from headway.kernel.ledger.records import Event, Link, SealedEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from uuid import UUID

    from sqlalchemy.engine import Connection

    from headway.kernel.database.tables import AnyRow

EVENT_COLUMNS = tuple(tables.event.c[name] for name in ("id", "type", "subject", "actor", "project", "time", "data"))


def event_of(row: AnyRow | Sequence[Any]) -> Event:
    """Return the event of a row of ``EVENT_COLUMNS``."""
    id_, kind, subject, actor, project, time, data = row
    return Event(id_, kind, subject, actor, project, time, json.loads(data))


def links_of(connection: Connection, events: Iterable[UUID]) -> dict[UUID, list[Link]]:
    """Return the links that each event established."""
    found: dict[UUID, list[Link]] = defaultdict(list)
    wanted = list(events)
    columns = (tables.link.c.event, tables.link.c.source, tables.link.c.kind, tables.link.c.target)
    for start in range(0, len(wanted), 500):
        query = select(*columns).where(tables.link.c.event.in_(wanted[start : start + 500]))
        for event, source, kind, target in connection.execute(query):
            found[event].append(Link(source, kind, target))
    return found


def sealed_after(connection: Connection, position: int, limit: int) -> list[SealedEvent]:
    """Return at most ``limit`` sealed events after a position, in order."""
    query = (
        select(tables.seal.c.position, tables.seal.c.hash, *EVENT_COLUMNS)
        .join(tables.event, tables.event.c.id == tables.seal.c.event)
        .where(tables.seal.c.position > position)
        .order_by(tables.seal.c.position)
        .limit(limit)
    )
    return [SealedEvent(row[0], row[1].hex(), event_of(row[2:])) for row in connection.execute(query)]
