"""What invitations ask of the database. Each function takes a connection and does one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import ColumnElement, func, insert, select, update

from headway.kernel.identity.tables import account
from headway.kernel.invitations.records import Invitation
from headway.kernel.invitations.tables import invitation

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from headway.kernel.database.tables import AnyRow, AnySelect
    from headway.kernel.identity.roles import Role
    from headway.kernel.invitations.records import Target


class Row(NamedTuple):
    """An invitation that can be accepted."""

    id: int
    email: str
    project_id: int | None
    team_id: int | None
    role: Role | None
    invited_by: int | None
    expires: datetime
    mailed: datetime | None


def add(connection: Connection, values: Mapping[str, object]) -> int:
    """Add an invitation, and return its id."""
    return int(connection.execute(insert(invitation).values(values).returning(invitation.c.id)).scalar_one())


def change(connection: Connection, invitation_id: int, **values: object) -> None:
    """Change columns of an invitation."""
    connection.execute(update(invitation).where(invitation.c.id == invitation_id).values(values))


def open_ones(connection: Connection, target: Target) -> list[Invitation]:
    """Return the invitations to a target that wait, newest first; those whose time is over among them."""
    query = _listed().where(_to(target), _waiting()).order_by(invitation.c.id.desc()).limit(500)
    return [_invitation(row) for row in connection.execute(query)]


def open_one(connection: Connection, target: Target, invitation_id: int) -> Invitation | None:
    """Return an invitation to a target that waits."""
    query = _listed().where(_to(target), _waiting(), invitation.c.id == invitation_id)
    row = connection.execute(query).one_or_none()
    return _invitation(row) if row else None


def count_open(connection: Connection, target: Target) -> int:
    """Return how many invitations to a target wait."""
    query = select(func.count(invitation.c.id)).where(_to(target), _waiting())
    return int(connection.execute(query).scalar_one())


def by_secret(connection: Connection, secret_hash: bytes, now: datetime) -> Row | None:
    """Return the invitation that a link stands for, if it can be accepted."""
    query = select(*(invitation.c[name] for name in Row._fields)).where(_usable(secret_hash, now))
    row = connection.execute(query).one_or_none()
    return Row(*row)._replace(role=row.role or None) if row else None


def use(connection: Connection, secret_hash: bytes, now: datetime) -> bool:
    """Mark an invitation as accepted. Return whether it could be."""
    return connection.execute(update(invitation).where(_usable(secret_hash, now)).values(accepted=now)).rowcount == 1


def _usable(secret_hash: bytes, now: datetime) -> ColumnElement[bool]:
    return (invitation.c.secret_hash == secret_hash) & (invitation.c.expires > now) & _waiting()


def _waiting() -> ColumnElement[bool]:
    return invitation.c.accepted.is_(None) & invitation.c.revoked.is_(None)


def _to(target: Target) -> ColumnElement[bool]:
    project_id = target.id if target.kind == "project" else None
    team_id = target.id if target.kind == "team" else None
    # SQLAlchemy writes IS NULL for a comparison with None.
    return (invitation.c.project_id == project_id) & (invitation.c.team_id == team_id)


def _listed() -> AnySelect:
    names = ("id", "email", "role", "created", "expires", "mailed")
    columns = tuple(invitation.c[name] for name in names)
    return select(*columns, account.c.handle).outerjoin(account, account.c.id == invitation.c.invited_by)


def _invitation(row: AnyRow) -> Invitation:
    return Invitation(row[0], row[1], row[2], row[3], row[4], row[5], row[6] or "")
