"""A project, as the rooms see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.identity.roles import highest, implied_by

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from headway.kernel.identity.actors import Actor
    from headway.kernel.identity.roles import Role, Visibility


class Project(NamedTuple):
    """What a repository, its runs, secrets and events belong to. ``owner`` is a person's or team's handle."""

    id: int
    owner_id: int
    owner: str
    name: str
    ledger_name: str
    description: str
    visibility: Visibility
    created: datetime
    active: datetime
    archived: datetime | None
    deleted: datetime | None

    @property
    def full_name(self) -> str:
        """``owner/name``, as in addresses."""
        return f"{self.owner}/{self.name}"

    @property
    def subject(self) -> str:
        """The project as a subject of the ledger."""
        return f"project:{self.ledger_name}"


class Access(NamedTuple):
    """A project and the role that somebody has in it; ``None``: they may not know that it exists."""

    project: Project
    role: Role | None

    def facts(self, **more: object) -> dict[str, object]:
        """Return what the gate needs to know about the project, and more."""
        return {
            "role": self.role,
            "visibility": self.project.visibility,
            "archived": self.project.archived is not None,
            **more,
        }


def role_of(actor: Actor, project: Project, granted: Iterable[Role]) -> Role | None:
    """Return an actor's role in a project. Pure.

    ``granted``: the roles given there to the actor, or to a team by its membership. A deploy token has its one role
    in its one project, and elsewhere what everybody has who is not signed in.
    """
    if actor.project_id is not None:
        if actor.project_id == project.id:
            return actor.confined_role  # type: ignore[return-value]
        return implied_by(project.visibility, signed_in=False)
    if actor.administers or actor.account_id == project.owner_id:
        return "owner"
    everybody = implied_by(project.visibility, signed_in=actor.account_id is not None)
    return highest([*granted, everybody])
