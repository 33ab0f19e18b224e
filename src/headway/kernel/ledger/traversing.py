"""Walking along links: what something came from, what it led to, and how two subjects are connected. Bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from sqlalchemy import or_, select

from headway.kernel.ledger.links import LINK_KINDS
from headway.kernel.ledger.records import HUBS, Link, kind_of
from headway.kernel.ledger.tables import link

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from headway.kernel.database.tables import AnyRow, AnySelect

MOST_NODES = 1000
_MOST_AT_ONCE = 400
_MOST_LINKS = 4000

Direction = Literal["ancestors", "descendants"]
Visible: TypeAlias = "ColumnElement[bool] | None"
"""A condition on ``link.c.project``: whose links may be seen; ``None`` for those who may see everything."""


class Graph(NamedTuple):
    """Part of the graph around a subject. ``complete`` is false when the bound cut it off."""

    subjects: tuple[str, ...]
    links: tuple[Link, ...]
    complete: bool


def walk(
    connection: Connection, start: str, direction: Direction, visible: Visible = None, most: int = MOST_NODES
) -> Graph:
    """Return what a subject came from (``ancestors``) or led to (``descendants``), nearest first.

    At most ``most`` subjects. People, hosts and the like are shown and not walked through. One query for each step
    away from the start.
    """
    seen: dict[str, None] = {start: None}
    links: dict[Link, None] = {}
    frontier = [start]
    complete = True
    while frontier and complete:
        found = _links_from(connection, frontier, direction, visible)
        complete = len(found) < _MOST_LINKS
        following: list[str] = []
        for each in found:
            neighbour = _onwards(each, direction)
            if neighbour not in seen:
                if len(seen) >= most:
                    complete = False
                    continue
                seen[neighbour] = None
                if kind_of(neighbour) not in HUBS:
                    following.append(neighbour)
            links[each] = None
        frontier = following
    return Graph(tuple(seen), tuple(links), complete)


def path(
    connection: Connection, start: str, end: str, visible: Visible = None, most: int = MOST_NODES
) -> tuple[Link, ...] | None:
    """Return the links of a shortest path between two subjects, whatever way the links point.

    ``None`` if there is none within ``most`` subjects.
    """
    came_by: dict[str, Link | None] = {start: None}
    frontier = [start]
    while frontier and end not in came_by and len(came_by) < most:
        following: list[str] = []
        for each in _links_at(connection, frontier, visible):
            for here, there in ((each.source, each.target), (each.target, each.source)):
                if here in came_by and there not in came_by:
                    came_by[there] = each
                    if kind_of(there) not in HUBS:
                        following.append(there)
        frontier = following
    return _traced(came_by, end) if end in came_by else None


def links_at(connection: Connection, subject: str, visible: Visible = None, limit: int = 200) -> list[Link]:
    """Return the links that a subject is an end of."""
    query = _select(visible).where(or_(link.c.source == subject, link.c.target == subject)).limit(limit)
    return _distinct(connection.execute(query))


def _traced(came_by: dict[str, Link | None], end: str) -> tuple[Link, ...]:
    found: list[Link] = []
    here = end
    while step := came_by[here]:
        found.append(step)
        here = step.source if step.target == here else step.target
    return tuple(reversed(found))


def _onwards(each: Link, direction: Direction) -> str:
    forward = LINK_KINDS[each.kind].forward  # type: ignore[index]
    return each.target if forward == (direction == "descendants") else each.source


def _links_from(connection: Connection, subjects: Sequence[str], direction: Direction, visible: Visible) -> list[Link]:
    """Return the walked links that lead away from the subjects in a direction."""
    along = [kind for kind, what in LINK_KINDS.items() if what.walked and what.forward == (direction == "descendants")]
    against = [
        kind for kind, what in LINK_KINDS.items() if what.walked and what.forward != (direction == "descendants")
    ]
    found: list[Link] = []
    for chunk in _chunks(subjects):
        for column, kinds in ((link.c.source, along), (link.c.target, against)):
            query = _select(visible).where(column.in_(chunk), link.c.kind.in_(kinds)).limit(_MOST_LINKS)
            found += _distinct(connection.execute(query))
    return found


def _links_at(connection: Connection, subjects: Sequence[str], visible: Visible) -> list[Link]:
    found: list[Link] = []
    for chunk in _chunks(subjects):
        for column in (link.c.source, link.c.target):
            query = _select(visible).where(column.in_(chunk)).limit(_MOST_LINKS)
            found += _distinct(connection.execute(query))
    return found


def _select(visible: Visible) -> AnySelect:
    query = select(link.c.source, link.c.kind, link.c.target).order_by(link.c.id)
    return query if visible is None else query.where(visible)


def _distinct(rows: Iterable[AnyRow]) -> list[Link]:
    return list(dict.fromkeys(Link(row[0], row[1], row[2]) for row in rows))


def _chunks(subjects: Sequence[str]) -> Iterable[Sequence[str]]:
    return (subjects[start : start + _MOST_AT_ONCE] for start in range(0, len(subjects), _MOST_AT_ONCE))
