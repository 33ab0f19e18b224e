"""What the central repository asks of the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from headway.kernel.identity.tables import membership

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from headway.kernel.identity.roles import Role


def role_in_team(connection: Connection, team_id: int, account_id: int | None) -> Role | None:
    """Return the role that an account has as a member of a team."""
    query = select(membership.c.role).where(membership.c.team_id == team_id, membership.c.account_id == account_id)
    role: Role | None = connection.execute(query).scalar_one_or_none()
    return role
