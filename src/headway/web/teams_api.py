"""Teams in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from headway.kernel.identity.roles import Role
from headway.kernel.identity.team_store import Team
from headway.kernel.platform import Platform
from headway.web.schemas import ListOf, Model


class TeamShape(Model):
    """A team."""

    handle: str
    name: str
    created: datetime
    role: Role | None = Field(description="yours in the team")


class NewTeamShape(Model):
    """A team that is to be made."""

    handle: str = Field(max_length=60)
    name: str = Field("", max_length=200)


class TeamNameShape(Model):
    """What a team shall be called."""

    name: str = Field(max_length=200)


class TeamMemberShape(Model):
    """Somebody who belongs to a team."""

    handle: str
    name: str
    kind: Literal["person", "service"]
    role: Role
    suspended: bool


class TeamRoleShape(Model):
    """The role that somebody shall have in all projects of the team."""

    role: Role


class TeamsApi:
    """Teams, and who belongs to them."""

    def __init__(self, platform: Platform) -> None:
        self._teams = platform.teams

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/v1/teams", tags=["teams"])
        add = router.add_api_route
        add("", self.teams, methods=["GET"])
        add("", self.create, methods=["POST"], status_code=201)
        add("/{team}", self.team, methods=["GET"])
        add("/{team}", self.rename, methods=["PATCH"])
        add("/{team}", self.delete, methods=["DELETE"], status_code=204)
        add("/{team}/members", self.members, methods=["GET"])
        add("/{team}/members/{handle}", self.set_member, methods=["PUT"], status_code=204)
        add("/{team}/members/{handle}", self.remove_member, methods=["DELETE"], status_code=204)
        return router

    def teams(self, request: Request) -> ListOf[TeamShape]:
        """Return the teams that you belong to."""
        found = self._teams.mine(request.state.actor)
        return ListOf(items=[_shape(team) for team in found], following="")

    def create(self, request: Request, new: NewTeamShape) -> TeamShape:
        """Make a team. You own it."""
        return _shape(self._teams.create(request.state.actor, new.handle, new.name))

    def team(self, request: Request, team: str) -> TeamShape:
        """Return one of your teams."""
        return _shape(self._teams.open(request.state.actor, team))

    def rename(self, request: Request, team: str, to: TeamNameShape) -> TeamShape:
        """Give a team another display name."""
        return _shape(self._teams.rename(request.state.actor, team, to.name))

    def delete(self, request: Request, team: str) -> None:
        """End a team that has no projects."""
        self._teams.delete(request.state.actor, team)

    def members(self, request: Request, team: str) -> ListOf[TeamMemberShape]:
        """Return who belongs to a team."""
        found = self._teams.members(self._teams.open(request.state.actor, team))
        items = [TeamMemberShape(**each._asdict() | {"suspended": each.suspended is not None}) for each in found]
        return ListOf(items=items, following="")

    def set_member(self, request: Request, team: str, handle: str, given: TeamRoleShape) -> None:
        """Let somebody belong to a team, or give them another role in it."""
        self._teams.set_member(request.state.actor, team, handle, given.role)

    def remove_member(self, request: Request, team: str, handle: str) -> None:
        """End somebody's membership, or your own."""
        self._teams.set_member(request.state.actor, team, handle, None)


def _shape(team: Team) -> TeamShape:
    values = team._asdict()
    del values["id"]
    return TeamShape(**values)
