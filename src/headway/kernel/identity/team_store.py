"""What teams ask of the database. Each function takes a connection and does one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import and_, delete, insert, select, update

from headway.kernel.identity.tables import account, membership, service_account

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from headway.kernel.database.tables import AnySelect
    from headway.kernel.identity.roles import Role


class Team(NamedTuple):
    """A team, and the role in it of whoever asks."""

    id: int
    handle: str
    name: str
    created: datetime
    role: Role | None


class TeamMember(NamedTuple):
    """Somebody who belongs to a team."""

    handle: str
    name: str
    kind: str
    role: Role
    suspended: datetime | None


def team_by_handle(connection: Connection, handle: str, account_id: int | None) -> Team | None:
    """Return the team with this handle, and the role that an account has in it."""
    return _team(connection, account.c.handle_key == handle.lower(), account_id)


def team_by_id(connection: Connection, team_id: int, account_id: int | None) -> Team | None:
    """Return a team, and the role that an account has in it."""
    return _team(connection, account.c.id == team_id, account_id)


def teams_of_member(connection: Connection, account_id: int) -> list[Team]:
    """Return the teams that an account belongs to, by their handles."""
    query = _teams(account_id).where(membership.c.account_id == account_id).order_by(account.c.handle_key)
    return [Team(*row) for row in connection.execute(query)]


def members(connection: Connection, team_id: int) -> list[TeamMember]:
    """Return who belongs to a team."""
    query = (
        select(account.c.handle, account.c.name, account.c.kind, membership.c.role, account.c.suspended)
        .join(account, account.c.id == membership.c.account_id)
        .where(membership.c.team_id == team_id)
    )
    return [TeamMember(*row) for row in connection.execute(query)]


def set_member(connection: Connection, team_id: int, account_id: int, role: str | None) -> None:
    """Give an account a role in a team, in place of the one it had; ``None`` ends the membership."""
    which = (membership.c.team_id == team_id) & (membership.c.account_id == account_id)
    connection.execute(delete(membership).where(which))
    if role:
        connection.execute(insert(membership).values(team_id=team_id, account_id=account_id, role=role))


def has_owner(connection: Connection, team_id: int) -> bool:
    """Whether a team has an owner who can sign in."""
    query = (
        select(membership.c.account_id)
        .join(account, account.c.id == membership.c.account_id)
        .where(
            membership.c.team_id == team_id,
            membership.c.role == "owner",
            account.c.kind == "person",
            account.c.suspended.is_(None),
        )
    )
    return connection.execute(query.limit(1)).first() is not None


def lock(connection: Connection, account_id: int) -> None:
    """Let nobody else change who belongs to a team until the transaction ends: what is counted stays true."""
    connection.execute(select(account.c.id).where(account.c.id == account_id).with_for_update())


def change_account(connection: Connection, account_id: int, **values: object) -> None:
    """Change columns of an account."""
    connection.execute(update(account).where(account.c.id == account_id).values(values))


def end(connection: Connection, team_id: int, now: datetime) -> None:
    """End a team: nobody belongs to it, its service accounts are suspended, and its handle is free."""
    connection.execute(delete(membership).where(membership.c.team_id == team_id))
    programs = select(service_account.c.account_id).where(service_account.c.team_id == team_id)
    connection.execute(
        update(account).where(account.c.id.in_(programs), account.c.suspended.is_(None)).values(suspended=now)
    )
    change_account(connection, team_id, deleted=now, suspended=now, handle_key=f"~{team_id}")


def _team(connection: Connection, condition: ColumnElement[bool], account_id: int | None) -> Team | None:
    row = connection.execute(_teams(account_id).where(condition)).one_or_none()
    return Team(*row) if row else None


def _teams(account_id: int | None) -> AnySelect:
    own = and_(membership.c.team_id == account.c.id, membership.c.account_id == account_id)
    return (
        select(account.c.id, account.c.handle, account.c.name, account.c.created, membership.c.role)
        .outerjoin(membership, own)
        .where(account.c.kind == "team", account.c.deleted.is_(None))
    )
