"""Lists of events, newest first, of what an actor may see."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, case, false, select, true, union_all

from headway.kernel.ids import earliest_id
from headway.kernel.ledger import tables
from headway.kernel.ledger.reading import EVENT_COLUMNS, event_of
from headway.kernel.ledger.records import SealedEvent
from headway.kernel.paging import Page, cursor, cursor_parts, no_cursor

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from headway.kernel.database.tables import AnyRow, AnySelect

_ASTRAY = timedelta(hours=1)
"""How far the time of an event may be from the one in its id: ids never go back, and a clock that is set right may."""

FEW = 400
"""Up to so many projects are looked up one by one; of more, the newest events of all are filtered."""


class Filter(NamedTuple):
    """Which events are asked for; what is empty does not narrow."""

    project: str = ""
    type: str = ""
    subject: str = ""
    actor: str = ""
    since: datetime | None = None
    until: datetime | None = None


def list_events(
    connection: Connection, wanted: Filter, visible: Sequence[str] | ColumnElement[bool] | None, after: str, limit: int
) -> Page[SealedEvent]:
    """Return events, newest first. Position 0 and an empty hash: not sealed yet.

    ``visible``: the names of the projects whose events may be seen, if they are few (``FEW``); else a condition on
    ``tables.event.c.project``; ``None`` for those who may see everything. Raises ``InputError`` for a cursor that is
    none.
    """
    conditions = list(_conditions(wanted))
    if after:
        conditions.append(tables.event.c.id < _identity(after))
    query: AnySelect | None
    if visible is None or isinstance(visible, ColumnElement):
        query = _newest(conditions if visible is None else [*conditions, visible], limit + 1)
    elif wanted.subject:  # a subject has few events: they are sooner found than those of each project
        query = _newest([*conditions, tables.event.c.project.in_(visible)], limit + 1)
    else:
        query = _newest_of_each(conditions, visible, limit + 1)
    found = [_sealed(row) for row in connection.execute(query)] if query is not None else []
    items = tuple(found[:limit])
    return Page(items, cursor(str(items[-1].event.id)) if len(found) > limit else "")


def _newest(conditions: Sequence[ColumnElement[bool]], limit: int) -> AnySelect:
    return _events().where(*conditions).order_by(tables.event.c.id.desc()).limit(limit)


def _newest_of_each(conditions: Sequence[ColumnElement[bool]], names: Sequence[str], limit: int) -> AnySelect | None:
    """Return the newest events of these projects, found by as many short walks along the index of projects."""
    if not names:
        return None
    event = tables.event
    parts = [
        select(
            select(event.c.id)
            .where(event.c.project == name, *conditions)
            .order_by(event.c.id.desc())
            .limit(limit)
            .subquery()
            .c.id
        )
        for name in names
    ]
    candidates = union_all(*parts).subquery()
    ids = select(candidates.c.id).order_by(candidates.c.id.desc()).limit(limit)
    return _events().where(event.c.id.in_(ids)).order_by(event.c.id.desc())


def _events() -> AnySelect:
    event, seal = tables.event, tables.seal
    joined = event.outerjoin(seal, seal.c.event == event.c.id)
    return select(seal.c.position, seal.c.hash, *EVENT_COLUMNS).select_from(joined)


def _sealed(row: AnyRow | tuple[Any, ...]) -> SealedEvent:
    return SealedEvent(row[0] or 0, row[1].hex() if row[1] else "", event_of(tuple(row)[2:]))


def _identity(after: str) -> UUID:
    (text,) = cursor_parts(after, str)
    try:
        return UUID(text)
    except ValueError:
        raise no_cursor() from None


def event_by_id(connection: Connection, event_id: UUID) -> SealedEvent | None:
    """Return one event."""
    row = connection.execute(_events().where(tables.event.c.id == event_id)).one_or_none()
    return _sealed(row) if row else None


def _conditions(wanted: Filter) -> Sequence[ColumnElement[bool]]:
    event = tables.event.c
    found: list[ColumnElement[bool]] = []
    for name in ("project", "type", "subject", "actor"):
        if value := getattr(wanted, name):
            found.append(event[name] == value)
    if wanted.since:
        found += [_unforeseen(event.time >= wanted.since), event.id >= earliest_id(wanted.since, -_ASTRAY)]
    if wanted.until:
        found += [_unforeseen(event.time < wanted.until), event.id < earliest_id(wanted.until, _ASTRAY)]
    return found


def _unforeseen(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    """Return a condition that PostgreSQL expects to hold for half of the rows, whatever it says.

    Times and ids go together, which it does not know: with both it expects one event in a hundred of those that there
    are, and sorts thousands where it could stop at the first fifty.
    """
    return case((condition, true()), else_=false())
