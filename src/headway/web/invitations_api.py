"""Invitations in JSON: to the installation, to teams, to projects; and accepting one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import Field, SecretStr
from starlette.requests import Request

from headway.kernel.identity.roles import Role
from headway.kernel.invitations.records import Invited, Target, project_target, team_target
from headway.kernel.platform import Platform
from headway.web.schemas import ListOf, Model


class InvitationShape(Model):
    """An invitation that was not accepted yet."""

    id: int
    email: str
    role: str = Field(description="empty for one to the installation")
    created: datetime
    expires: datetime
    mailed: datetime | None = Field(description="when the link went out by e-mail")
    inviter: str


class InvitedShape(InvitationShape):
    """An invitation that was made or sent again."""

    link: str = Field(description="to be passed on; empty when it went out by e-mail")


class NewInvitationShape(Model):
    """An invitation that is to be made."""

    email: str = Field("", max_length=254, description="where to send it; empty: you pass the link on")
    role: Role | None = Field(None, description="in the team or project")


class AcceptShape(Model):
    """The secret of an invitation: the last part of its link."""

    secret: SecretStr


class AcceptedShape(Model):
    """What you belong to now."""

    kind: str
    name: str


class InvitationsApi:
    """Inviting people, and joining."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._invitations = platform.invitations

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/v1", tags=["invitations"])
        add = router.add_api_route
        add("/user/invitations", self.accept, methods=["POST"])
        for prefix, kind in (("", "installation"), ("/teams/{team}", "team"), ("/projects/{owner}/{name}", "project")):
            routes = _Routes(self._platform, kind)
            add(f"{prefix}/invitations", routes.waiting(), methods=["GET"])
            add(f"{prefix}/invitations", routes.invite(), methods=["POST"], status_code=201)
            add(f"{prefix}/invitations/{{invitation_id}}/resend", routes.resend(), methods=["POST"])
            add(f"{prefix}/invitations/{{invitation_id}}", routes.revoke(), methods=["DELETE"], status_code=204)
        return router

    def accept(self, request: Request, accepted: AcceptShape) -> AcceptedShape:
        """Join what you were invited to."""
        target = self._invitations.accept_as(request.state.actor, accepted.secret.get_secret_value())
        return AcceptedShape(kind=target.kind, name=target.name)


def target_of(platform: Platform, request: Request, kind: str) -> Target:
    """Return what somebody is invited to, by the path of the request. Raises as opening it does."""
    actor, names = request.state.actor, request.path_params
    if kind == "team":
        return team_target(platform.teams.open(actor, names["team"], "team.member.write"))
    if kind == "project":
        return project_target(platform.projects.open(actor, names["owner"], names["name"], "member.write"))
    return platform.invitations.to_installation(actor)


class _Routes:
    """The four routes of one kind of target. What differs is the path, so that the functions are made here."""

    def __init__(self, platform: Platform, kind: str) -> None:
        self._platform = platform
        self._kind = kind

    def waiting(self) -> Callable[..., Any]:
        def invitations(request: Request) -> ListOf[InvitationShape]:
            """Return the invitations that were not accepted yet, newest first."""
            found = self._platform.invitations.waiting(self._target(request))
            return ListOf(items=[InvitationShape(**each._asdict()) for each in found], following="")

        return invitations

    def invite(self) -> Callable[..., Any]:
        def invite(request: Request, new: NewInvitationShape) -> InvitedShape:
            """Invite somebody, by e-mail or by a link that you pass on."""
            target = self._target(request)
            return _shape(self._platform.invitations.invite(request.state.actor, target, new.email, new.role))

        return invite

    def resend(self) -> Callable[..., Any]:
        def resend(request: Request, invitation_id: int) -> InvitedShape:
            """Send an invitation again, with another link; the one before no longer works."""
            return _shape(self._platform.invitations.resend(request.state.actor, self._target(request), invitation_id))

        return resend

    def revoke(self) -> Callable[..., Any]:
        def revoke(request: Request, invitation_id: int) -> None:
            """Take an invitation back."""
            self._platform.invitations.revoke(request.state.actor, self._target(request), invitation_id)

        return revoke

    def _target(self, request: Request) -> Target:
        return target_of(self._platform, request, self._kind)


def _shape(invited: Invited) -> InvitedShape:
    return InvitedShape(link=invited.link, **invited.invitation._asdict())
