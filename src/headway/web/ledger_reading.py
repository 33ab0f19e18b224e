"""The ledger as somebody may see it: the events and links of the projects in which they are a reporter or more."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select

from headway.kernel.errors import InputError, NotFoundError, Problem
from headway.kernel.identity.roles import scopes_allow
from headway.kernel.ledger import listing, tables, traversing
from headway.kernel.ledger.records import checked_subject
from headway.kernel.projects.store import visible_to
from headway.kernel.projects.tables import project

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Column, ColumnElement
    from sqlalchemy.engine import Connection

    from headway.kernel.identity.actors import Actor
    from headway.kernel.ledger.listing import Filter
    from headway.kernel.ledger.records import Link, SealedEvent
    from headway.kernel.ledger.traversing import Direction, Graph
    from headway.kernel.paging import Page
    from headway.kernel.platform import Platform


class LedgerReading:
    """Answers questions to the ledger, as far as the one who asks may know."""

    def __init__(self, platform: Platform) -> None:
        self._database = platform.database

    def events(self, actor: Actor, wanted: Filter, after: str, limit: int) -> Page[SealedEvent]:
        """Return events, newest first."""

        def work(connection: Connection) -> Page[SealedEvent]:
            visible = _visible_projects(connection, actor, wanted.project)
            return listing.list_events(connection, wanted, visible, after, limit)

        return self._database.read(work)

    def event(self, actor: Actor, event_id: str) -> SealedEvent:
        """Return one event. Raises ``NotFoundError`` and ``InputError``."""
        try:
            identity = UUID(event_id)
        except ValueError:
            raise InputError([Problem("event", 0, 0, f"'{event_id[:60]}' is not the id of an event")]) from None

        def work(connection: Connection) -> SealedEvent | None:
            found = listing.event_by_id(connection, identity)
            return found if found and _sees(connection, actor, found.event.project) else None

        found = self._database.read(work)
        if found is None:
            raise NotFoundError("there is no such event, or you may not see it")
        return found

    def links(self, actor: Actor, subject: str) -> list[Link]:
        """Return the links that a subject is an end of. Raises ``MalformedSubjectError``."""
        checked_subject(subject)
        visible = _condition(actor, tables.link.c.project)
        return self._database.read(lambda connection: traversing.links_at(connection, subject, visible))

    def walk(self, actor: Actor, subject: str, direction: Direction) -> Graph:
        """Return what a subject came from or led to. Raises ``MalformedSubjectError``."""
        checked_subject(subject)
        visible = _condition(actor, tables.link.c.project)
        return self._database.read(lambda connection: traversing.walk(connection, subject, direction, visible))

    def path(self, actor: Actor, start: str, end: str) -> tuple[Link, ...]:
        """Return the links of a shortest path. Raises ``NotFoundError`` when there is none."""
        checked_subject(start), checked_subject(end)
        visible = _condition(actor, tables.link.c.project)
        found = self._database.read(lambda connection: traversing.path(connection, start, end, visible))
        if found is None:
            raise NotFoundError(f"no links that you may see lead from '{start}' to '{end}'")
        return found


def _condition(actor: Actor, column: Column[str]) -> ColumnElement[bool] | None:
    """Return the condition that an event's or link's project is one whose ledger the actor may read."""
    if actor.administers:
        return None
    return select(project.c.id).where(project.c.ledger_name == column, _readable(actor)).exists()


def _visible_projects(connection: Connection, actor: Actor, wanted: str) -> Sequence[str] | ColumnElement[bool] | None:
    """Return what ``list_events`` takes. ``wanted``: the one project that is asked for; empty for all."""
    if wanted and not actor.administers:
        return [wanted] if _sees(connection, actor, wanted) else []
    condition = _condition(actor, tables.event.c.project)
    if condition is None:
        return None
    names = connection.execute(select(project.c.ledger_name).where(_readable(actor)).limit(listing.FEW + 1)).scalars()
    few = list(names)
    return few if len(few) <= listing.FEW else condition


def _sees(connection: Connection, actor: Actor, ledger_name: str) -> bool:
    if actor.administers:
        return True
    query = select(project.c.id).where(project.c.ledger_name == ledger_name, _readable(actor))
    return connection.execute(query).first() is not None


def _readable(actor: Actor) -> ColumnElement[bool]:
    allowed = scopes_allow(actor.scopes, "read:project")
    condition = visible_to(actor, "reporter")
    return condition if allowed else condition & False
