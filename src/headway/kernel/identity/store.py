"""What identity asks of the database. Each function takes a connection and does one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, delete, insert, select, update

from headway.kernel.identity.secrets import new_secret, secret_hash
from headway.kernel.identity.tables import account, membership, one_time_link, person, session
from headway.kernel.ledger.records import subject

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from headway.kernel.database.tables import AnySelect
    from headway.kernel.identity.roles import Role


class Account(NamedTuple):
    """A person, a team or a service account."""

    id: int
    kind: str
    handle: str
    name: str
    created: datetime
    suspended: datetime | None
    is_administrator: bool


class Person(NamedTuple):
    """An account that is a person, with what only people have."""

    account: Account
    email: str | None
    password_hash: str | None
    email_verified: datetime | None = None


class Used(NamedTuple):
    """A one-time link that was used: whose it is, ``None`` for the one that sets up an installation.

    ``detail``: the address that it was sent to.
    """

    account_id: int | None
    detail: str | None


ACCOUNT_COLUMNS = (
    account.c.id,
    account.c.kind,
    account.c.handle,
    account.c.name,
    account.c.created,
    account.c.suspended,
    account.c.is_administrator,
)


def account_subject(found: Account) -> str:
    """Return how the ledger calls an account."""
    if found.kind == "service":
        return subject("token", f"service:{found.handle}")
    return subject("team" if found.kind == "team" else "person", found.handle)


def account_by_handle(connection: Connection, handle: str) -> Account | None:
    """Return the account that a handle belongs to, whatever the case of its letters."""
    row = connection.execute(select(*ACCOUNT_COLUMNS).where(account.c.handle_key == handle.lower())).one_or_none()
    return Account(*row) if row else None


def account_by_id(connection: Connection, account_id: int) -> Account | None:
    """Return an account."""
    row = connection.execute(select(*ACCOUNT_COLUMNS).where(account.c.id == account_id)).one_or_none()
    return Account(*row) if row else None


def person_by_login(connection: Connection, login: str) -> Person | None:
    """Return the person with this handle or e-mail address."""
    key = login.lower()
    condition = person.c.email_key == key if "@" in key else account.c.handle_key == key
    return _person(connection, _people().where(condition))


def person_by_id(connection: Connection, account_id: int) -> Person | None:
    """Return the person whose account this is."""
    return _person(connection, _people().where(account.c.id == account_id))


def add_account(
    connection: Connection, kind: str, handle: str, name: str, now: datetime, *, admin: bool = False
) -> int:
    """Add an account, and return its id. Raises ``IntegrityError`` when the handle is taken."""
    values = {
        "kind": kind,
        "handle": handle,
        "handle_key": handle.lower(),
        "name": name or handle,
        "created": now,
        "is_administrator": admin,
    }
    result = connection.execute(insert(account).values(values).returning(account.c.id))
    return int(result.scalar_one())


def add_person(connection: Connection, account_id: int, email: str | None, password_hash: str | None) -> None:
    """Add what only people have to an account. Raises ``IntegrityError`` when the e-mail address is taken."""
    key = email.lower() if email else None
    connection.execute(
        insert(person).values(account_id=account_id, email=email, email_key=key, password_hash=password_hash)
    )


def set_password(connection: Connection, account_id: int, password_hash: str) -> None:
    """Keep a new password's hash."""
    connection.execute(update(person).where(person.c.account_id == account_id).values(password_hash=password_hash))


def has_email(connection: Connection, email: str, but: int | None = None) -> bool:
    """Whether somebody, other than one account, has an e-mail address."""
    query = select(person.c.account_id).where(person.c.email_key == email.lower(), person.c.account_id != (but or 0))
    return connection.execute(query).first() is not None


def set_email(connection: Connection, account_id: int, email: str | None, verified: datetime | None) -> None:
    """Keep a person's e-mail address. Raises ``IntegrityError`` when it is taken."""
    values = {"email": email, "email_key": email.lower() if email else None, "email_verified": verified}
    connection.execute(update(person).where(person.c.account_id == account_id).values(values))


def teams_of(connection: Connection, account_id: int) -> frozenset[int]:
    """Return the ids of the teams that an account belongs to."""
    rows = connection.execute(select(membership.c.team_id).where(membership.c.account_id == account_id))
    return frozenset(rows.scalars())


def role_in_team(connection: Connection, team_id: int, account_id: int | None) -> Role | None:
    """Return the role that an account has as a member of a team."""
    query = select(membership.c.role).where(membership.c.team_id == team_id, membership.c.account_id == account_id)
    role: Role | None = connection.execute(query).scalar_one_or_none()
    return role


def has_people(connection: Connection) -> bool:
    """Whether anybody has an account yet."""
    return connection.execute(select(person.c.account_id).limit(1)).first() is not None


def add_session(connection: Connection, values: Mapping[str, object]) -> int:
    """Add a session, and return its id."""
    return int(connection.execute(insert(session).values(values).returning(session.c.id)).scalar_one())


def end_session(connection: Connection, session_id: int) -> None:
    """Delete a session."""
    connection.execute(delete(session).where(session.c.id == session_id))


def end_sessions(connection: Connection, account_id: int, but: int | None = None) -> int:
    """Delete all sessions of an account but one. Return how many there were."""
    condition = (session.c.account_id == account_id) & (session.c.id != (but or 0))
    return connection.execute(delete(session).where(condition)).rowcount


def new_link(
    connection: Connection,
    purpose: str,
    account_id: int | None,
    now: datetime,
    life: timedelta,
    detail: str | None = None,
) -> str:
    """Add a one-time link for an account, or for whoever comes first, and return its secret."""
    secret = new_secret("hwl")
    values = {
        "purpose": purpose,
        "secret_hash": secret_hash(secret),
        "account_id": account_id,
        "created": now,
        "expires": now + life,
        "detail": detail,
    }
    connection.execute(insert(one_time_link).values(values))
    return secret


def void_links(connection: Connection, account_id: int, now: datetime) -> None:
    """Let no link of an account that is not used yet be used."""
    which = (one_time_link.c.account_id == account_id) & one_time_link.c.used.is_(None)
    connection.execute(update(one_time_link).where(which).values(used=now))


def has_link(connection: Connection, hashed: bytes, purpose: str, now: datetime) -> bool:
    """Whether a one-time link can be used."""
    query = select(one_time_link.c.id).where(_usable(hashed, purpose, now))
    return connection.execute(query).first() is not None


def use_link(connection: Connection, hashed: bytes, purpose: str, now: datetime) -> Used | None:
    """Mark a one-time link as used, and return whose it is; ``None`` if it cannot be used (any more)."""
    query = update(one_time_link).where(_usable(hashed, purpose, now)).values(used=now)
    row = connection.execute(query.returning(one_time_link.c.account_id, one_time_link.c.detail)).one_or_none()
    return Used(*row) if row else None


def _usable(hashed: bytes, purpose: str, now: datetime) -> ColumnElement[bool]:
    return and_(
        one_time_link.c.secret_hash == hashed,
        one_time_link.c.purpose == purpose,
        one_time_link.c.used.is_(None),
        one_time_link.c.expires > now,
    )


def _people() -> AnySelect:
    columns = (*ACCOUNT_COLUMNS, person.c.email, person.c.password_hash, person.c.email_verified)
    return select(*columns).join(person, person.c.account_id == account.c.id)


def _person(connection: Connection, query: AnySelect) -> Person | None:
    row = connection.execute(query).one_or_none()
    return Person(Account(*row[:7]), *row[7:]) if row else None
