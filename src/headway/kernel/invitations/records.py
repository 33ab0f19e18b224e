"""What an invitation is, and to what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from headway.kernel.identity.roles import Role
    from headway.kernel.identity.team_store import Team
    from headway.kernel.projects.records import Access

TargetKind = Literal["installation", "team", "project"]


class Target(NamedTuple):
    """What somebody is invited to; ``own_role``: that of whoever invites."""

    kind: TargetKind
    id: int | None
    name: str
    subject: str
    ledger_project: str = ""
    own_role: Role | None = None


INSTALLATION = Target("installation", None, "Headway", "installation:headway", own_role="owner")


def team_target(team: Team) -> Target:
    """Return a team that was opened as what somebody is invited to."""
    return Target("team", team.id, team.handle, f"team:{team.handle}", own_role=team.role)


def project_target(access: Access) -> Target:
    """Return a project that was opened as what somebody is invited to."""
    project = access.project
    return Target("project", project.id, project.full_name, project.subject, project.ledger_name, access.role)


class Invitation(NamedTuple):
    """An invitation that was not accepted yet, without its secret."""

    id: int
    email: str
    role: str
    created: datetime
    expires: datetime
    mailed: datetime | None
    inviter: str


class Invited(NamedTuple):
    """An invitation, and the link to pass on; empty when it went out by e-mail."""

    invitation: Invitation
    link: str


class Offer(NamedTuple):
    """What whoever has the link is offered."""

    kind: TargetKind
    place: str
    role: str
    inviter: str
    email: str
    expires: datetime
