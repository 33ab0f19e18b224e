"""Roles in a project: who has which, and giving and taking them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select

from headway.kernel.errors import InputError, NotFoundError, Problem
from headway.kernel.gate import DeniedError, deny
from headway.kernel.identity import store as accounts
from headway.kernel.identity.roles import ROLES, Role, rank
from headway.kernel.identity.tables import account
from headway.kernel.ledger.records import Link
from headway.kernel.ledger.types import own_event
from headway.kernel.projects import store
from headway.kernel.projects.tables import grant

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from headway.kernel.database import Database
    from headway.kernel.identity.actors import Actor
    from headway.kernel.ledger.appending import Ledger
    from headway.kernel.projects.records import Access


class Member(NamedTuple):
    """An account and the role that it was given in a project."""

    handle: str
    name: str
    kind: str
    role: Role


class Members:
    """Gives and takes roles. Whether the actor may at all, the gate has been asked by whoever calls."""

    def __init__(self, database: Database, ledger: Ledger) -> None:
        self._database = database
        self._ledger = ledger

    def list(self, access: Access) -> list[Member]:
        """Return those who were given a role in the project, the highest first."""
        query = (
            select(account.c.handle, account.c.name, account.c.kind, grant.c.role)
            .join(account, account.c.id == grant.c.account_id)
            .where(grant.c.project_id == access.project.id)
        )
        found = self._database.read(lambda connection: [Member(*row) for row in connection.execute(query)])
        return sorted(found, key=lambda member: (-rank(member.role), member.handle.lower()))

    def give(self, actor: Actor, access: Access, handle: str, role: Role | None) -> None:
        """Give an account a role, in place of the one it was given before; ``None`` takes it away.

        Nobody gives more than they have, or takes from somebody who has more. Raises ``NotFoundError``,
        ``InputError`` and ``DeniedError``.
        """
        if role is not None and role not in ROLES:
            raise InputError([Problem("role", 0, 0, f"there is no role '{role}'", f"The roles: {', '.join(ROLES)}")])

        def work(connection: Connection) -> None:
            found = accounts.account_by_handle(connection, handle)
            if found is None:
                raise NotFoundError(f"there is no person, team or service account '{handle[:40]}'")
            query = select(grant.c.role).where(grant.c.project_id == access.project.id, grant.c.account_id == found.id)
            before: Role | None = connection.execute(query).scalar_one_or_none()
            _check_ranks(access.role, before, role)
            if before == role:
                return
            store.set_role(connection, access.project.id, found.id, role)
            self._ledger.append(
                connection,
                own_event("grant.changed"),
                accounts.account_subject(found),
                actor=actor.subject,
                project=access.project.ledger_name,
                data={"role": role or "", "before": before or ""},
                links=[Link(access.project.subject, "decided-by", actor.subject)],
            )

        self._database.write(work)


def _check_ranks(own: Role | None, before: Role | None, after: Role | None) -> None:
    highest = max(rank(before), rank(after))
    if highest > rank(own):
        held = own or "none"
        raise DeniedError(deny(f"nobody gives or takes the role {ROLES[highest - 1]} who has only {held}"))
