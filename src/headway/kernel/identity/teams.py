"""Teams: several people who own projects together, each with a role in all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy.exc import IntegrityError

from headway.kernel.errors import InputError, NotFoundError, Problem, UnauthenticatedError
from headway.kernel.identity import store, team_store
from headway.kernel.identity.errors import MissingScopeError, NotEmptyError, RankError, TakenError
from headway.kernel.identity.names import checked_handle, checked_name
from headway.kernel.identity.roles import ROLES, Role, rank, scopes_allow
from headway.kernel.ledger.records import Link, subject
from headway.kernel.ledger.types import own_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.gate import Gate
    from headway.kernel.identity.actors import Actor
    from headway.kernel.identity.team_store import Team, TeamMember
    from headway.kernel.ledger.appending import Ledger

_MISSING = "there is no such team, or you do not belong to it"


class TeamParts(NamedTuple):
    """What teams need of the platform. ``owns_projects``: whether an account has projects, deleted ones too."""

    database: Database
    ledger: Ledger
    gate: Gate
    clock: Clock
    owns_projects: Callable[[Connection, int], bool]


class Teams:
    """Makes, changes and ends teams, and says who belongs to them."""

    def __init__(self, parts: TeamParts) -> None:
        self._parts = parts
        self._database = parts.database

    def create(self, actor: Actor, handle: str, name: str = "") -> Team:
        """Create a team that the actor owns.

        Raises ``InvalidNameError``, ``TakenError``, ``MissingScopeError`` and ``UnauthenticatedError``.
        """
        if actor.account_id is None or not actor.subject.startswith("person:"):
            raise UnauthenticatedError("only people make teams; sign in")
        if not scopes_allow(actor.scopes, "write:user"):
            raise MissingScopeError("write:user", "make teams")
        account_id = actor.account_id
        checked_handle(handle)
        name = checked_name(name)

        def work(connection: Connection) -> Team:
            try:
                with connection.begin_nested():
                    team_id = store.add_account(connection, "team", handle, name, self._parts.clock())
            except IntegrityError:
                raise TakenError(f"the handle '{handle}' is taken; choose another") from None
            team_store.set_member(connection, team_id, account_id, "owner")
            self._tell(connection, "team.created", handle, actor, name=name or handle)
            return _there(connection, team_id, actor)

        return self._database.write(work)

    def mine(self, actor: Actor) -> list[Team]:
        """Return the teams that the actor belongs to, with the role in each."""
        if actor.account_id is None:
            raise UnauthenticatedError("sign in to see your teams")
        if not scopes_allow(actor.scopes, "read:user"):
            raise MissingScopeError("read:user", "see your teams")
        account_id = actor.account_id
        return self._database.read(lambda connection: team_store.teams_of_member(connection, account_id))

    def open(self, actor: Actor, handle: str, action: str = "team.read") -> Team:
        """Return a team, if the gate allows the action.

        Raises ``NotFoundError`` for a team that does not exist and one that the actor does not belong to, alike;
        ``DeniedError``; ``UnauthenticatedError``.
        """
        if actor.is_anonymous:
            raise UnauthenticatedError("sign in to see teams")
        team = self._database.read(lambda connection: team_store.team_by_handle(connection, handle, actor.account_id))
        if team is not None and actor.administers:
            team = team._replace(role="owner")
        if team is None or team.role is None:
            raise NotFoundError(_MISSING)
        self._parts.gate.require(actor, action, subject("team", team.handle), {"role": team.role})
        return team

    def rename(self, actor: Actor, handle: str, name: str) -> Team:
        """Give a team another display name; its handle stays."""
        team = self.open(actor, handle, "team.administer")
        name = checked_name(name) or team.handle

        def work(connection: Connection) -> Team:
            team_store.change_account(connection, team.id, name=name)
            self._tell(connection, "team.changed", team.handle, actor, name=name, before=team.name)
            return team._replace(name=name)

        return self._database.write(work)

    def delete(self, actor: Actor, handle: str) -> None:
        """End a team that has no projects. Its service accounts are suspended, and its handle is free again.

        Raises ``NotEmptyError``.
        """
        team = self.open(actor, handle, "team.administer")

        def work(connection: Connection) -> None:
            team_store.lock(connection, team.id)
            if self._parts.owns_projects(connection, team.id):
                raise NotEmptyError(
                    f"the team '{team.handle}' has projects, or deleted ones that can still be brought back; "
                    "move or delete them first"
                )
            team_store.end(connection, team.id, self._parts.clock())
            self._tell(connection, "team.deleted", team.handle, actor, name=team.name)

        self._database.write(work)

    def members(self, team: Team) -> list[TeamMember]:
        """Return who belongs to a team that was opened, the highest roles first."""
        found = self._database.read(lambda connection: team_store.members(connection, team.id))
        return sorted(found, key=lambda member: (-rank(member.role), member.handle.lower()))

    def set_member(self, actor: Actor, handle: str, whom: str, role: Role | None) -> None:
        """Give somebody a role in a team, in place of the one before; ``None`` ends the membership.

        Nobody gives more than they have, or takes from somebody who has more; everybody may leave. A team keeps an
        owner who can sign in. Raises ``InputError``, ``NotFoundError``, ``RankError`` and ``DeniedError``.
        """
        if role is not None and role not in ROLES:
            raise InputError([Problem("role", 0, 0, f"there is no role '{role}'", f"The roles: {', '.join(ROLES)}")])
        leaves = role is None and whom.lower() == actor.handle.lower()
        team = self.open(actor, handle, "team.leave" if leaves else "team.member.write")

        def work(connection: Connection) -> None:
            team_store.lock(connection, team.id)
            member = store.account_by_handle(connection, whom)
            if member is None or member.kind == "team":
                raise NotFoundError(f"there is no person or service account '{whom[:40]}'")
            # Read again under the lock: the role may have been taken meanwhile.
            own = "owner" if actor.administers else store.role_in_team(connection, team.id, actor.account_id)
            before = store.role_in_team(connection, team.id, member.id)
            check_ranks(own, before, role)
            if before == role:
                return
            team_store.set_member(connection, team.id, member.id, role)
            if not team_store.has_owner(connection, team.id):
                raise RankError("a team keeps at least one owner; make somebody else an owner first")
            self.tell_member(connection, actor, team.handle, store.account_subject(member), role, before)

        self._database.write(work)

    def tell_member(
        self,
        connection: Connection,
        actor: Actor,
        handle: str,
        member: str,
        role: Role | None,
        before: Role | None,
    ) -> None:
        """Tell the ledger of a change of membership."""
        self._tell(connection, "member.changed", handle, actor, member=member, role=role or "", before=before or "")

    def _tell(self, connection: Connection, event: str, handle: str, actor: Actor, **data: object) -> None:
        about = subject("team", handle)
        links = [Link(about, "requested-by", actor.subject)]
        self._parts.ledger.append(connection, own_event(event), about, actor=actor.subject, data=data, links=links)


def check_ranks(own: Role | None, before: Role | None, after: Role | None) -> None:
    """Raise ``RankError`` when somebody gives or takes a role that is more than their own. Pure."""
    highest = max(rank(before), rank(after))
    if highest > rank(own):
        raise RankError(f"nobody gives or takes the role {ROLES[highest - 1]} who has only {own or 'none'}")


def _there(connection: Connection, team_id: int, actor: Actor) -> Team:
    found = team_store.team_by_id(connection, team_id, actor.account_id)
    if found is None:
        raise AssertionError("it was added just now")
    return found
