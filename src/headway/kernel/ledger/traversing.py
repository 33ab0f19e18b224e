"""Walking along links: what something came from, what it led to, and how two subjects are connected. Bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from sqlalchemy import BindParameter, bindparam, or_, select, union_all

from headway.kernel.ledger.links import LINK_KINDS
from headway.kernel.ledger.records import HUBS, Link, kind_of
from headway.kernel.ledger.tables import link

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from headway.kernel.database.tables import AnyRow, AnySelect

MOST_NODES = 1000
MOST_NODES_OF_A_PATH = 600
"""A path that is not found among so many subjects is too long to say anything."""

_MOST_AT_ONCE = 400
_MOST_LINKS = 2000
_SUBJECTS: BindParameter[Sequence[str]] = bindparam("subjects", expanding=True)

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
    query = _leading(direction, visible)
    complete = True
    while frontier and complete:
        found = _asked(connection, query, frontier)
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
    connection: Connection, start: str, end: str, visible: Visible = None, most: int = MOST_NODES_OF_A_PATH
) -> tuple[Link, ...] | None:
    """Return the links of a shortest path between two subjects, whatever way the links point.

    ``None`` if there is none within ``most`` subjects.
    """
    one, other = _Side(start), _Side(end)
    query = _touching(visible)
    if start == end:
        return ()
    while len(one.came_by) + len(other.came_by) < most:
        near, far = (one, other) if one.is_sooner_than(other) else (other, one)
        if not near.frontier:
            return None
        met = near.step(_asked(connection, query, near.frontier), far)
        if met:
            middle = min(met, key=lambda subject: len(far.way_to(subject)))
            return (*one.way_to(middle), *reversed(other.way_to(middle)))
    return None


class _Side:
    """A search from one end of a path, one step at a time; the other end's search comes towards it."""

    def __init__(self, start: str) -> None:
        self.came_by: dict[str, Link | None] = {start: None}
        self.frontier = [start]

    def is_sooner_than(self, other: _Side) -> bool:
        """Whether to take the next step here: where there is less to look at, and not from a hub if it can be helped.

        A search that has come to its end has seen all that can be reached, so that the other need not go on.
        """
        return self._cost() <= other._cost()

    def _cost(self) -> int:
        hubs = sum(kind_of(subject) in HUBS for subject in self.frontier)
        return len(self.frontier) + hubs * MOST_NODES

    def step(self, links: Iterable[Link], other: _Side) -> list[str]:
        """Follow links from the frontier. Return the subjects at which the searches met; none is a hub in between."""
        following: list[str] = []
        met: list[str] = []
        for each in links:
            for here, there in ((each.source, each.target), (each.target, each.source)):
                if here in self.came_by and there not in self.came_by:
                    self.came_by[there] = each
                    is_hub = kind_of(there) in HUBS
                    if there in other.came_by and (not is_hub or other.came_by[there] is None):
                        met.append(there)
                    if not is_hub:
                        following.append(there)
        self.frontier = following
        return met

    def way_to(self, subject: str) -> tuple[Link, ...]:
        """Return the links from the start to a subject that was seen."""
        return _traced(self.came_by, subject)


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


def _leading(direction: Direction, visible: Visible) -> AnySelect:
    """Return the query for the walked links that lead away from subjects in a direction."""
    ahead = direction == "descendants"
    along = [kind for kind, what in LINK_KINDS.items() if what.walked and what.forward == ahead]
    against = [kind for kind, what in LINK_KINDS.items() if what.walked and what.forward != ahead]
    return _either(
        (
            link.c.source.in_(_SUBJECTS) & link.c.kind.in_(along),
            link.c.target.in_(_SUBJECTS) & link.c.kind.in_(against),
        ),
        visible,
    )


def _touching(visible: Visible) -> AnySelect:
    """Return the query for the links that have one of some subjects as an end."""
    return _either((link.c.source.in_(_SUBJECTS), link.c.target.in_(_SUBJECTS)), visible)


def _either(ends: Iterable[ColumnElement[bool]], visible: Visible) -> AnySelect:
    """Return the query for the links that fulfil one of the conditions, in the order in which they came about.

    Made once for a walk and asked for each of its steps: making it takes longer than an answer.
    """
    parts = []
    for end in ends:
        part = select(link.c.source, link.c.kind, link.c.target, link.c.id).where(end)
        part = part if visible is None else part.where(visible)
        parts.append(select(part.order_by(link.c.id).limit(_MOST_LINKS).subquery()))
    both = union_all(*parts).subquery()
    return select(both.c.source, both.c.kind, both.c.target).order_by(both.c.id)


def _asked(connection: Connection, query: AnySelect, subjects: Sequence[str]) -> list[Link]:
    found: list[Link] = []
    for chunk in _chunks(subjects):
        found += _distinct(connection.execute(query, {"subjects": chunk}))
    return found


def _select(visible: Visible) -> AnySelect:
    query = select(link.c.source, link.c.kind, link.c.target).order_by(link.c.id)
    return query if visible is None else query.where(visible)


def _distinct(rows: Iterable[AnyRow]) -> list[Link]:
    return list(dict.fromkeys(Link(row[0], row[1], row[2]) for row in rows))


def _chunks(subjects: Sequence[str]) -> Iterable[Sequence[str]]:
    return (subjects[start : start + _MOST_AT_ONCE] for start in range(0, len(subjects), _MOST_AT_ONCE))
