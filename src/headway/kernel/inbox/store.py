"""What the inbox asks of the database. Each function takes a connection and does one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import ColumnElement, delete, func, insert, literal, select, union_all, update

from headway.kernel.identity.authentication import actor_of
from headway.kernel.identity.roles import rank
from headway.kernel.identity.store import ACCOUNT_COLUMNS, Account
from headway.kernel.identity.tables import account, membership, person
from headway.kernel.inbox.records import Notification, Watch
from headway.kernel.inbox.rules import Audience
from headway.kernel.inbox.tables import inbox_preference, notification, watch
from headway.kernel.ledger.tables import link
from headway.kernel.paging import Page, cursor, cursor_parts
from headway.kernel.projects import store as projects
from headway.kernel.projects.tables import project

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from headway.kernel.database.tables import AnySelect
    from headway.kernel.inbox.records import Level
    from headway.kernel.inbox.rules import Question, Told
    from headway.kernel.ledger.records import Event
    from headway.kernel.projects.records import Project

_MOST_WATCHERS = 2000
_MOST_COUNTED = 100


class Reader(NamedTuple):
    """Who gets by e-mail too what the inbox says."""

    email: str
    handle: str


def project_of_event(connection: Connection, event: Event) -> Project | None:
    """Return the project of an event as it is now."""
    if not event.project:
        return None
    row = connection.execute(projects.projects().where(project.c.ledger_name == event.project)).one_or_none()
    return projects.project_of(row) if row else None


def audience(connection: Connection, event: Event, asked: Question, of: Project | None) -> Audience:
    """Return who may care about an event."""
    names = {*asked.addressed, event.actor}
    people = _people(connection, names)
    owning = _owners(connection, of) if asked.watchers and of else frozenset()
    levels = _levels(connection, event, of) if of else {}
    authors = _authors(connection, asked.author) if asked.author else frozenset()
    watching = frozenset(each for each, level in levels.items() if level == "watch")
    concerned = owning | watching | authors | frozenset(people.values())
    return Audience(
        actor_id=people.get(event.actor),
        people=people,
        watching=watching,
        owning=owning,
        ignoring=frozenset(each for each, level in levels.items() if level == "ignore"),
        authors=authors,
        seeing=_seeing(connection, concerned, of) if of else frozenset(),
    )


def add(connection: Connection, event: Event, told: Iterable[Told]) -> dict[int, int]:
    """Add notifications, and return their ids by account. Whoever was told of the event already is passed over."""
    known = select(notification.c.account_id).where(notification.c.event == event.id)
    already = set(connection.execute(known).scalars())
    added: dict[int, int] = {}
    for each in told:
        if each.account_id in already:
            continue
        values = {
            "account_id": each.account_id,
            "event": event.id,
            "what": event.type,
            "subject": event.subject,
            "project": event.project,
            "actor": event.actor,
            "reason": each.reason,
            "summary": each.summary,
            "created": event.time,
        }
        query = insert(notification).values(values).returning(notification.c.id)
        added[each.account_id] = connection.execute(query).scalar_one()
    return added


def readers_by_mail(connection: Connection, account_ids: Iterable[int]) -> dict[int, Reader]:
    """Return those of these accounts who want e-mail and have shown that their address is their own."""
    query = (
        select(account.c.id, person.c.email, account.c.handle)
        .join(person, person.c.account_id == account.c.id)
        .join(inbox_preference, inbox_preference.c.account_id == account.c.id)
        .where(account.c.id.in_(tuple(account_ids)), inbox_preference.c.by_mail, account.c.suspended.is_(None))
        .where(person.c.email.is_not(None), person.c.email_verified.is_not(None))
    )
    return {row[0]: Reader(row[1], row[2]) for row in connection.execute(query)}


def list_notifications(
    connection: Connection, account_id: int, after: str, limit: int, *, unread_only: bool
) -> Page[Notification]:
    """Return what a person was told, newest first. Raises ``InputError`` for a cursor that is none."""
    conditions: list[ColumnElement[bool]] = [notification.c.account_id == account_id]
    if unread_only:
        conditions.append(notification.c.read.is_(None))
    if after:
        (last,) = cursor_parts(after, int)
        conditions.append(notification.c.id < last)
    query = _notifications().where(*conditions).order_by(notification.c.id.desc()).limit(limit + 1)
    found = [_notification(tuple(row)) for row in connection.execute(query)]
    items = tuple(found[:limit])
    return Page(items, cursor(items[-1].id) if len(found) > limit else "")


def notification_of(connection: Connection, account_id: int, notification_id: int) -> Notification | None:
    """Return one of a person's notifications."""
    which = (notification.c.id == notification_id) & (notification.c.account_id == account_id)
    row = connection.execute(_notifications().where(which)).one_or_none()
    return _notification(tuple(row)) if row else None


def count_unread(connection: Connection, account_id: int) -> int:
    """Return how many notifications a person has not read; at most 100 are counted."""
    unread = (notification.c.account_id == account_id) & notification.c.read.is_(None)
    some = select(notification.c.id).where(unread).limit(_MOST_COUNTED).subquery()
    return int(connection.execute(select(func.count()).select_from(some)).scalar_one())


def mark(connection: Connection, account_id: int, read: datetime | None, ids: Iterable[int] | None = None) -> int:
    """Mark notifications of a person as read or unread: some, or all. Return how many were changed."""
    conditions = [notification.c.account_id == account_id]
    conditions.append(notification.c.read.is_(None) if read else notification.c.read.is_not(None))
    if ids is not None:
        conditions.append(notification.c.id.in_(tuple(ids)))
    return connection.execute(update(notification).where(*conditions).values(read=read)).rowcount


def forget(connection: Connection, read_before: datetime, created_before: datetime, most: int) -> int:
    """Delete notifications that were read before a moment, or that were made before an earlier one.

    The oldest go first, and at most so many. Return how many were deleted.
    """
    age = notification.c.created
    is_over = (notification.c.read < read_before) | (age < created_before)
    some = select(notification.c.id).where(age < read_before, is_over).order_by(age).limit(most)
    return connection.execute(delete(notification).where(notification.c.id.in_(some))).rowcount


def set_watch(connection: Connection, account_id: int, subject: str, level: Level | None) -> None:
    """Let a person watch or ignore a subject; ``None`` for neither."""
    which = (watch.c.account_id == account_id) & (watch.c.subject == subject)
    connection.execute(delete(watch).where(which))
    if level:
        connection.execute(insert(watch).values(account_id=account_id, subject=subject, level=level))


def watch_level(connection: Connection, account_id: int, subject: str) -> Level | None:
    """Return whether a person watches or ignores a subject."""
    query = select(watch.c.level).where(watch.c.account_id == account_id, watch.c.subject == subject)
    level: Level | None = connection.execute(query).scalar_one_or_none()
    return level


def watched(connection: Connection, account_id: int) -> list[Watch]:
    """Return what a person watches or ignores."""
    path = account.c.handle + "/" + project.c.name
    this = literal("project:") + project.c.ledger_name == watch.c.subject
    query = (
        select(watch.c.subject, watch.c.level, path)
        .outerjoin(project, this & project.c.deleted.is_(None))
        .outerjoin(account, account.c.id == project.c.owner_id)
        .where(watch.c.account_id == account_id)
        .order_by(watch.c.subject)
        .limit(500)
    )
    return [Watch(row[0], row[1], row[2] or "") for row in connection.execute(query)]


def wants_mail(connection: Connection, account_id: int) -> bool:
    """Whether a person wants e-mail too."""
    query = select(inbox_preference.c.by_mail).where(inbox_preference.c.account_id == account_id)
    return bool(connection.execute(query).scalar_one_or_none())


def set_wants_mail(connection: Connection, account_id: int, *, by_mail: bool) -> None:
    """Keep whether a person wants e-mail too."""
    connection.execute(delete(inbox_preference).where(inbox_preference.c.account_id == account_id))
    connection.execute(insert(inbox_preference).values(account_id=account_id, by_mail=by_mail))


def _people(connection: Connection, subjects: Iterable[str]) -> dict[str, int]:
    handles = {each.removeprefix("person:").lower() for each in subjects if each.startswith("person:")}
    if not handles:
        return {}
    query = select(account.c.handle, account.c.id).where(
        account.c.handle_key.in_(handles), account.c.kind == "person", account.c.suspended.is_(None)
    )
    return {f"person:{row[0]}": row[1] for row in connection.execute(query)}


def _owners(connection: Connection, of: Project) -> frozenset[int]:
    """Return who owns a project: the person, or the owners of the team."""
    query = union_all(
        select(account.c.id).where(account.c.id == of.owner_id, account.c.kind == "person"),
        select(membership.c.account_id).where(membership.c.team_id == of.owner_id, membership.c.role == "owner"),
    )
    return frozenset(connection.execute(query).scalars())


def _levels(connection: Connection, event: Event, of: Project) -> dict[int, Level]:
    """Return who watches or ignores a subject or its project; what is said of the subject itself counts."""
    wanted = (of.subject, event.subject)
    query = select(watch.c.account_id, watch.c.subject, watch.c.level).where(watch.c.subject.in_(wanted))
    rows = connection.execute(query.limit(_MOST_WATCHERS)).all()
    return {row[0]: row[2] for row in sorted(rows, key=lambda row: wanted.index(row[1]))}


def _authors(connection: Connection, commit: str) -> frozenset[int]:
    query = select(link.c.target).where(link.c.source == commit, link.c.kind == "requested-by").limit(10)
    return frozenset(_people(connection, connection.execute(query).scalars()).values())


def _seeing(connection: Connection, account_ids: Iterable[int], of: Project) -> frozenset[int]:
    """Return those of these people who may see what happens in a project."""
    query = select(*ACCOUNT_COLUMNS).where(
        account.c.id.in_(tuple(account_ids)), account.c.kind == "person", account.c.suspended.is_(None)
    )
    found = [Account(*row) for row in connection.execute(query)]
    return frozenset(
        each.id
        for each in found
        if rank(projects.access(connection, actor_of(connection, each), of).role) >= rank("reporter")
    )


def _notifications() -> AnySelect:
    names = ("id", "event", "what", "subject", "actor", "reason", "summary", "created", "read")
    path = account.c.handle + "/" + project.c.name
    return (
        select(*(notification.c[name] for name in names), path)
        .outerjoin(project, (project.c.ledger_name == notification.c.project) & project.c.deleted.is_(None))
        .outerjoin(account, account.c.id == project.c.owner_id)
    )


def _notification(row: tuple[Any, ...]) -> Notification:
    return Notification._make((*row[:9], row[9] or ""))
