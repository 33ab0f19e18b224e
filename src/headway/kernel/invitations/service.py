"""Inviting people, and what accepting does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.errors import InputError, LimitError, NotFoundError, Problem, UnauthenticatedError
from headway.kernel.identity import store as accounts
from headway.kernel.identity import team_store
from headway.kernel.identity.actors import SYSTEM
from headway.kernel.identity.authentication import actor_of
from headway.kernel.identity.errors import ExpiredLinkError, MissingScopeError, TakenError
from headway.kernel.identity.names import checked_email
from headway.kernel.identity.roles import ROLES, rank, scopes_allow
from headway.kernel.identity.secrets import new_secret, secret_hash
from headway.kernel.identity.teams import check_ranks
from headway.kernel.invitations import store
from headway.kernel.invitations.records import INSTALLATION, Invited, Offer, Target
from headway.kernel.ledger.records import Link, subject
from headway.kernel.ledger.types import own_event
from headway.kernel.mail.messages import message
from headway.kernel.projects import store as projects

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.gate import Gate
    from headway.kernel.identity.actors import Actor
    from headway.kernel.identity.roles import Role
    from headway.kernel.identity.service import Browser, Identity, SignedIn
    from headway.kernel.identity.teams import Teams
    from headway.kernel.invitations.records import Invitation
    from headway.kernel.ledger.appending import Ledger
    from headway.kernel.mail.outbox import Outbox

MOST_OPEN = 200
"""So many invitations to one place may wait: more is a mistake, or mail that nobody wants."""

_EXPIRED = "this invitation was accepted or taken back, or is too old; ask for a new one"


class InvitationParts(NamedTuple):
    """What invitations need of the platform."""

    database: Database
    ledger: Ledger
    gate: Gate
    clock: Clock
    identity: Identity
    teams: Teams
    outbox: Outbox
    base_url: str
    life: timedelta


class Invitations:
    """Invites, and takes in those who accept. To a project or team: it was opened for that by whoever calls."""

    def __init__(self, parts: InvitationParts) -> None:
        self._parts = parts
        self._database = parts.database

    def to_installation(self, actor: Actor) -> Target:
        """Return the installation as what somebody is invited to. Raises ``DeniedError``."""
        if actor.is_anonymous:
            raise UnauthenticatedError("sign in to invite people")
        self._parts.gate.require(actor, "installation.invite", INSTALLATION.subject)
        return INSTALLATION

    def invite(self, actor: Actor, target: Target, email: str, role: Role | None = None) -> Invited:
        """Invite somebody, by e-mail if there is an address and e-mail is sent here; else the link is returned.

        The answer is the same whether somebody has the address already or not. Raises ``InvalidNameError``,
        ``InputError``, ``TakenError`` for an address that was invited already, ``RankError`` and ``LimitError``.
        """
        if email:
            checked_email(email)
        _check_role(target, role)

        def work(connection: Connection) -> Invited:
            waiting = store.open_ones(connection, target)
            if email and any(each.email.lower() == email.lower() for each in waiting):
                raise TakenError(f"'{email}' was invited already; send that invitation again")
            if store.count_open(connection, target) >= MOST_OPEN:
                raise LimitError(f"{MOST_OPEN} invitations wait to be accepted; take some back first")
            now = self._parts.clock()
            values = {
                "email": email,
                "project_id": target.id if target.kind == "project" else None,
                "team_id": target.id if target.kind == "team" else None,
                "role": role or "",
                "invited_by": actor.account_id,
                "created": now,
                "expires": now + self._parts.life,
                "secret_hash": secret_hash(new_secret("hwi")),
            }
            return self._send(connection, actor, target, store.add(connection, values), "invitation.created")

        return self._database.write(work)

    def waiting(self, target: Target) -> list[Invitation]:
        """Return the invitations to a target that were not accepted yet, newest first."""
        return self._database.read(lambda connection: store.open_ones(connection, target))

    def resend(self, actor: Actor, target: Target, invitation_id: int) -> Invited:
        """Send an invitation again, with another link; the one before no longer works. Raises ``NotFoundError``."""

        def work(connection: Connection) -> Invited:
            found = _waiting(connection, target, invitation_id)
            check_ranks(target.own_role, None, found.role or None)  # type: ignore[arg-type]
            values = {"expires": self._parts.clock() + self._parts.life, "invited_by": actor.account_id}
            store.change(connection, invitation_id, **values)
            return self._send(connection, actor, target, invitation_id, "invitation.resent")

        return self._database.write(work)

    def revoke(self, actor: Actor, target: Target, invitation_id: int) -> None:
        """Take an invitation back. Raises ``NotFoundError``."""

        def work(connection: Connection) -> None:
            found = _waiting(connection, target, invitation_id)
            check_ranks(target.own_role, found.role or None, None)  # type: ignore[arg-type]
            store.change(connection, invitation_id, revoked=self._parts.clock())
            self._tell(connection, "invitation.revoked", actor, target, invitation_id, found.role)

        self._database.write(work)

    def offer(self, secret: str) -> Offer:
        """Return what a link offers. Raises ``ExpiredLinkError``."""

        def work(connection: Connection) -> Offer:
            row, target = self._usable(connection, secret)
            inviter = accounts.account_by_id(connection, row.invited_by) if row.invited_by else None
            name = inviter.name if inviter else "Headway"
            return Offer(target.kind, target.name, row.role or "", name, row.email, row.expires)

        return self._database.read(work)

    def accept_new(self, secret: str, handle: str, name: str, password: str, browser: Browser) -> SignedIn:
        """Give whoever has the link an account, let it join, and return a session.

        The account gets the invitation's address only if the link went to that address and nowhere else. Raises
        ``ExpiredLinkError``, ``InvalidNameError`` and ``TakenError``.
        """
        offered, _ = self._database.read(lambda connection: self._usable(connection, secret))
        email = offered.email if offered.mailed else None
        new = self._parts.identity.checked(handle, name, email, password)._replace(email_verified=email is not None)

        def work(connection: Connection) -> SignedIn:
            row, target = self._used(connection, secret)
            account_id = self._parts.identity.add_person(connection, new, SYSTEM.subject)
            found = accounts.account_by_id(connection, account_id)
            if found is None:
                raise AssertionError("it was added just now")
            self._join(connection, row, target, found)
            return self._parts.identity.start_session(connection, found, browser)

        return self._database.write(work)

    def accept_as(self, actor: Actor, secret: str) -> Target:
        """Let the actor join, and return what. A higher role that the actor has already stays.

        Raises ``ExpiredLinkError``, ``MissingScopeError`` and ``UnauthenticatedError``.
        """
        if actor.account_id is None or not actor.subject.startswith("person:"):
            raise UnauthenticatedError("sign in to accept the invitation")
        if not scopes_allow(actor.scopes, "write:user"):
            raise MissingScopeError("write:user", "accept invitations")
        account_id = actor.account_id

        def work(connection: Connection) -> Target:
            row, target = self._used(connection, secret)
            found = accounts.account_by_id(connection, account_id)
            if found is None or found.suspended:
                raise UnauthenticatedError("sign in to accept the invitation")
            self._join(connection, row, target, found)
            return target

        return self._database.write(work)

    def _usable(self, connection: Connection, secret: str) -> tuple[store.Row, Target]:
        row = store.by_secret(connection, secret_hash(secret), self._parts.clock())
        target = self._target_of(connection, row) if row else None
        if row is None or target is None:
            raise ExpiredLinkError(_EXPIRED)
        return row, target

    def _used(self, connection: Connection, secret: str) -> tuple[store.Row, Target]:
        row, target = self._usable(connection, secret)
        if target.kind == "team" and target.id:
            team_store.lock(connection, target.id)
        if not store.use(connection, secret_hash(secret), self._parts.clock()):
            raise ExpiredLinkError(_EXPIRED)
        return row, target

    def _target_of(self, connection: Connection, row: store.Row) -> Target | None:
        """Return what an invitation is to, if whoever gave it might still give it: a role that was lost invites nobody.

        What there is no more and what is archived is not to be joined either.
        """
        inviter = accounts.account_by_id(connection, row.invited_by) if row.invited_by else None
        actor = SYSTEM if row.invited_by is None else actor_of(connection, inviter) if inviter else None
        if actor is None or (inviter is not None and inviter.suspended):
            return None
        target = _found(connection, actor, row)
        if target is None or rank(target.own_role) < rank(row.role):
            return None
        action = {"installation": "installation.invite", "team": "team.member.write", "project": "member.write"}
        facts = {"role": target.own_role}
        return target if self._parts.gate.check(actor, action[target.kind], target.subject, facts).allowed else None

    def _join(self, connection: Connection, row: store.Row, target: Target, who: accounts.Account) -> None:
        store.change(connection, row.id, accepted_by=who.id)
        actor = actor_of(connection, who)
        inviter = accounts.account_by_id(connection, row.invited_by) if row.invited_by else None
        told = {"inviter": accounts.account_subject(inviter)} if inviter else {}
        self._tell(connection, "invitation.accepted", actor, target, row.id, row.role or "", **told)
        if row.role is None or target.id is None:
            return
        if target.kind == "team":
            before = accounts.role_in_team(connection, target.id, who.id)
            if rank(before) < rank(row.role):
                team_store.set_member(connection, target.id, who.id, row.role)
                self._parts.teams.tell_member(connection, actor, target.name, actor.subject, row.role, before)
            return
        before = projects.granted_role(connection, target.id, who.id)
        if rank(before) < rank(row.role):
            projects.set_role(connection, target.id, who.id, row.role)
            self._parts.ledger.append(
                connection,
                own_event("grant.changed"),
                actor.subject,
                actor=actor.subject,
                project=target.ledger_project,
                data={"role": row.role, "before": before or ""},
                links=[Link(target.subject, "decided-by", actor.subject)],
            )

    def _send(self, connection: Connection, actor: Actor, target: Target, invitation_id: int, event: str) -> Invited:
        """Give an invitation a new secret, and put it on its way."""
        secret = new_secret("hwi")
        link = f"{self._parts.base_url}/-/invitations/{secret}"
        found = _waiting(connection, target, invitation_id)
        mailed: datetime | None = None
        if found.email and self._parts.outbox.is_set_up:
            mailed = self._parts.clock()
            values = {
                "inviter": actor.name or "Headway",
                "place": target.name,
                "as_role": f" as {found.role}" if found.role else "",
                "until": found.expires.strftime("%-d %B %Y, %H:%M UTC"),
                "link": link,
            }
            self._parts.outbox.put(connection, message("invitation", found.email, **values))
        store.change(connection, invitation_id, secret_hash=secret_hash(secret), mailed=mailed)
        self._tell(connection, event, actor, target, invitation_id, found.role)
        return Invited(found._replace(mailed=mailed), "" if mailed else link)

    def _tell(
        self,
        connection: Connection,
        event: str,
        actor: Actor,
        target: Target,
        invitation_id: int,
        role: str,
        **more: str,
    ) -> None:
        data = {"invitation": invitation_id, "role": role, **more}
        project = target.ledger_project
        self._parts.ledger.append(
            connection, own_event(event), target.subject, actor=actor.subject, project=project, data=data
        )


def _check_role(target: Target, role: Role | None) -> None:
    if target.kind == "installation":
        if role is not None:
            raise InputError([Problem("role", 0, 0, "an invitation to the installation gives no role", "Leave it out")])
        return
    if role not in ROLES:
        raise InputError([Problem("role", 0, 0, f"there is no role '{role}'", f"The roles: {', '.join(ROLES)}")])
    check_ranks(target.own_role, None, role)


def _waiting(connection: Connection, target: Target, invitation_id: int) -> Invitation:
    found = store.open_one(connection, target, invitation_id)
    if found is None:
        raise NotFoundError("there is no such invitation, or it was accepted or taken back")
    return found


def _found(connection: Connection, actor: Actor, row: store.Row) -> Target | None:
    if row.project_id is not None:
        project = projects.by_id(connection, row.project_id)
        if project is None or project.deleted or project.archived:
            return None
        role = projects.access(connection, actor, project).role
        return Target("project", project.id, project.full_name, project.subject, project.ledger_name, role)
    if row.team_id is not None:
        team = team_store.team_by_id(connection, row.team_id, actor.account_id)
        if team is None:
            return None
        own: Role | None = "owner" if actor.administers else team.role
        return Target("team", team.id, team.handle, subject("team", team.handle), own_role=own)
    return INSTALLATION
