"""What looking after people asks of the database. Each function takes a connection and does one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, or_, select

from headway.kernel.identity.tables import account, person, session
from headway.kernel.paging import Page, cursor, cursor_parts

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from headway.kernel.database.tables import AnySelect


class Listed(NamedTuple):
    """A person, as those who administer see them."""

    id: int
    handle: str
    name: str
    email: str | None
    created: datetime
    suspended: datetime | None
    is_administrator: bool


class Session(NamedTuple):
    """A browser that is signed in."""

    id: int
    created: datetime
    seen: datetime
    expires: datetime
    address: str
    agent: str


def list_people(connection: Connection, text: str, after: str, limit: int) -> Page[Listed]:
    """Return people by their handles. Raises ``InputError`` for a cursor that is none."""
    query = _people().order_by(account.c.handle_key).limit(limit + 1)
    if text:
        escaped = text.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        columns = (account.c.handle_key, account.c.name, person.c.email_key)
        query = query.where(or_(*(column.ilike(f"%{escaped}%", escape="\\") for column in columns)))
    if after:
        (last,) = cursor_parts(after, str)
        query = query.where(account.c.handle_key > last)
    found = [Listed(*row) for row in connection.execute(query)]
    items = tuple(found[:limit])
    return Page(items, cursor(items[-1].handle.lower()) if len(found) > limit else "")


def person_by_handle(connection: Connection, handle: str) -> Listed | None:
    """Return one person."""
    row = connection.execute(_people().where(account.c.handle_key == handle.lower())).one_or_none()
    return Listed(*row) if row else None


def lock_administrators(connection: Connection) -> None:
    """Let nobody else change who administers until the transaction ends."""
    administrators = select(account.c.id).where(account.c.is_administrator).order_by(account.c.id)
    connection.execute(administrators.with_for_update()).all()


def has_administrator(connection: Connection) -> bool:
    """Whether there is somebody who administers and can sign in."""
    query = select(account.c.id).where(account.c.is_administrator, account.c.suspended.is_(None))
    return connection.execute(query.limit(1)).first() is not None


def sessions(connection: Connection, account_id: int, now: datetime) -> list[Session]:
    """Return the sessions of an account that have not run out, the last used first."""
    columns = tuple(session.c[name] for name in Session._fields)
    query = select(*columns).where(session.c.account_id == account_id, session.c.expires > now)
    return [Session(*row) for row in connection.execute(query.order_by(session.c.seen.desc()).limit(200))]


def end_session_of(connection: Connection, account_id: int, session_id: int) -> bool:
    """Delete a session of an account. Return whether there was one."""
    which = (session.c.id == session_id) & (session.c.account_id == account_id)
    return connection.execute(delete(session).where(which)).rowcount == 1


def _people() -> AnySelect:
    columns = (
        account.c.id,
        account.c.handle,
        account.c.name,
        person.c.email,
        account.c.created,
        account.c.suspended,
        account.c.is_administrator,
    )
    return select(*columns).join(person, person.c.account_id == account.c.id)
