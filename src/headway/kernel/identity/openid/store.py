"""What signing in at a provider asks of the database. Each function takes a connection and does one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, func, insert, select

from headway.kernel.identity.store import ACCOUNT_COLUMNS, Account
from headway.kernel.identity.tables import account, external_identity, openid_ticket, person

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection


class Ticket(NamedTuple):
    """Somebody on the way to a provider and back."""

    state_hash: bytes
    browser_hash: bytes
    provider: str
    nonce: str
    verifier: str
    next_path: str
    account_id: int | None
    expires: datetime


class ExternalIdentity(NamedTuple):
    """Who an account is at a provider."""

    id: int
    provider: str
    created: datetime


def add_ticket(connection: Connection, ticket: Ticket, now: datetime) -> None:
    """Keep a ticket, and forget those whose time is over."""
    connection.execute(delete(openid_ticket).where(openid_ticket.c.expires <= now))
    connection.execute(insert(openid_ticket).values(ticket._asdict()))


def take_ticket(connection: Connection, state_hash: bytes, now: datetime) -> Ticket | None:
    """Take a ticket out: nobody comes back with it twice."""
    taken = delete(openid_ticket).where(openid_ticket.c.state_hash == state_hash).returning(*openid_ticket.c)
    row = connection.execute(taken).one_or_none()
    found = Ticket(*row) if row else None
    return found if found and found.expires > now else None


def account_of(connection: Connection, provider: str, subject: str) -> Account | None:
    """Return the account of somebody at a provider."""
    query = (
        select(*ACCOUNT_COLUMNS)
        .join(external_identity, external_identity.c.account_id == account.c.id)
        .where(external_identity.c.provider == provider, external_identity.c.subject == subject)
    )
    row = connection.execute(query).one_or_none()
    return Account(*row) if row else None


def account_with_address(connection: Connection, provider: str, email: str) -> Account | None:
    """Return the account that has shown this address to be its own, unless it is somebody at the provider already."""
    taken = select(external_identity.c.id).where(
        external_identity.c.account_id == account.c.id, external_identity.c.provider == provider
    )
    query = (
        select(*ACCOUNT_COLUMNS)
        .join(person, person.c.account_id == account.c.id)
        .where(person.c.email_key == email.lower(), person.c.email_verified.is_not(None), ~taken.exists())
    )
    row = connection.execute(query).one_or_none()
    return Account(*row) if row else None


def add_identity(connection: Connection, provider: str, subject: str, account_id: int, now: datetime) -> None:
    """Let an account be somebody at a provider. Raises ``IntegrityError`` when another one is."""
    values = {"provider": provider, "subject": subject, "account_id": account_id, "created": now}
    connection.execute(insert(external_identity).values(values))


def identities(connection: Connection, account_id: int) -> list[ExternalIdentity]:
    """Return who an account is at which providers."""
    columns = (external_identity.c.id, external_identity.c.provider, external_identity.c.created)
    query = select(*columns).where(external_identity.c.account_id == account_id).order_by(external_identity.c.id)
    return [ExternalIdentity(*row) for row in connection.execute(query)]


def remove_identity(connection: Connection, account_id: int, identity_id: int) -> str | None:
    """Take an identity from an account. Return the provider's name; ``None`` if there is no such identity."""
    which = (external_identity.c.id == identity_id) & (external_identity.c.account_id == account_id)
    provider: str | None = connection.execute(
        delete(external_identity).where(which).returning(external_identity.c.provider)
    ).scalar_one_or_none()
    return provider


def ways_in(connection: Connection, account_id: int) -> int:
    """Return in how many ways somebody can sign in: a password, and each provider."""
    has_password = select(func.count(person.c.account_id)).where(
        person.c.account_id == account_id, person.c.password_hash.is_not(None)
    )
    elsewhere = select(func.count(external_identity.c.id)).where(external_identity.c.account_id == account_id)
    return int(connection.execute(has_password).scalar_one() + connection.execute(elsewhere).scalar_one())
