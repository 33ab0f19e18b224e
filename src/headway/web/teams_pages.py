"""The pages of teams: one's own, and one with its members, invitations and programs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headway.kernel.errors import HeadwayError
from headway.kernel.identity.roles import ROLES, Role, rank
from headway.kernel.identity.team_store import Team
from headway.kernel.invitations.records import Target, team_target
from headway.kernel.platform import Platform
from headway.web.failures import status_of
from headway.web.forms import Forms, required, segment, submitted, words_of
from headway.web.rendering import Pages

Text = Annotated[str, Form(max_length=300)]


class TeamsPages:
    """Pages of teams."""

    def __init__(self, platform: Platform, pages: Pages) -> None:
        self._platform = platform
        self._teams = platform.teams
        self._forms = Forms(platform, pages)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False, prefix="/-/teams")
        add = router.add_api_route
        add("", self.teams, methods=["GET"])
        add("", self.create, methods=["POST"])
        add("/{team}", self.team, methods=["GET"])
        add("/{team}", self.rename, methods=["POST"])
        add("/{team}/delete", self.delete, methods=["POST"])
        add("/{team}/members", self.set_member, methods=["POST"])
        add("/{team}/invitations", self.invite, methods=["POST"])
        add("/{team}/invitations/{invitation_id}/resend", self.resend, methods=["POST"])
        add("/{team}/invitations/{invitation_id}/revoke", self.revoke, methods=["POST"])
        add("/{team}/programs", self.create_program, methods=["POST"])
        return router

    def teams(self, request: Request) -> Response:
        """Show the teams that one belongs to."""
        return self._list(request)

    def create(self, request: Request, handle: Text = "", name: Text = "") -> Response:
        """Make a team."""
        required(request)
        handle = handle.strip()
        return submitted(
            lambda: self._teams.create(request.state.actor, handle, name),
            f"/-/teams/{segment(handle)}",
            lambda problem, status: self._list(request, problem, status, handle=handle, name=name),
        )

    def team(self, request: Request, team: str) -> Response:
        """Show one team."""
        return self._team(request, team)

    def rename(self, request: Request, team: str, name: Text = "") -> Response:
        """Give a team another display name."""
        return self._submitted(request, team, lambda: self._teams.rename(request.state.actor, team, name), "saved")

    def delete(self, request: Request, team: str) -> Response:
        """End a team."""
        return submitted(
            lambda: self._teams.delete(request.state.actor, team),
            "/-/teams?done=deleted",
            lambda problem, status: self._team(request, team, problem, status),
        )

    def set_member(self, request: Request, team: str, handle: Text = "", role: Text = "") -> Response:
        """Let somebody belong to the team with a role; without one, no longer."""
        actor, wanted = request.state.actor, _role(role)
        if wanted is None and handle.lower() == actor.handle.lower():
            return submitted(
                lambda: self._teams.set_member(actor, team, handle, None),
                "/-/teams?done=left",
                lambda problem, status: self._team(request, team, problem, status),
            )
        return self._submitted(
            request, team, lambda: self._teams.set_member(actor, team, handle.strip(), wanted), "saved"
        )

    def invite(self, request: Request, team: str, email: Text = "", role: Text = "developer") -> Response:
        """Invite somebody: by e-mail, or by a link that is shown this once."""
        actor = request.state.actor
        return self._invited(
            request,
            team,
            lambda target: self._platform.invitations.invite(actor, target, email.strip(), _role(role)).link,
        )

    def resend(self, request: Request, team: str, invitation_id: int) -> Response:
        """Send an invitation again."""
        actor = request.state.actor
        return self._invited(
            request, team, lambda target: self._platform.invitations.resend(actor, target, invitation_id).link
        )

    def revoke(self, request: Request, team: str, invitation_id: int) -> Response:
        """Take an invitation back."""
        actor = request.state.actor
        return self._submitted(
            request,
            team,
            lambda: self._platform.invitations.revoke(actor, self._target(request, team), invitation_id),
            "taken-back",
        )

    def create_program(self, request: Request, team: str, handle: Text = "", name: Text = "") -> Response:
        """Make a service account of the team."""
        handle = handle.strip()
        return submitted(
            lambda: self._platform.service_accounts.create(request.state.actor, handle, name, team),
            f"/-/programs/{segment(handle)}",
            lambda problem, status: self._team(request, team, problem, status),
        )

    def _invited(self, request: Request, team: str, work: Any) -> Response:
        try:
            link = work(self._target(request, team))
        except HeadwayError as error:
            return self._team(request, team, words_of(error), status_of(error)[0])
        if not link:
            return RedirectResponse(f"/-/teams/{segment(team)}?done=invited", 303)
        return self._forms.show_once(request, "team.html", self._values(request, team) | {"link": link})

    def _submitted(self, request: Request, team: str, work: Any, done: str) -> Response:
        again = lambda problem, status: self._team(request, team, problem, status)  # noqa: E731
        return submitted(work, f"/-/teams/{segment(team)}?done={done}", again)

    def _target(self, request: Request, team: str) -> Target:
        return team_target(self._teams.open(request.state.actor, team, "team.member.write"))

    def _list(self, request: Request, problem: str = "", status: int = 200, **given: str) -> Response:
        required(request, "see your teams")
        values = {"teams": self._teams.mine(request.state.actor), "handle": "", "name": "", **given}
        return self._forms.show(request, "teams.html", values, problem, status)

    def _team(self, request: Request, team: str, problem: str = "", status: int = 200) -> Response:
        return self._forms.show(request, "team.html", self._values(request, team), problem, status)

    def _values(self, request: Request, name: str) -> dict[str, Any]:
        actor = request.state.actor
        team: Team = self._teams.open(actor, name)
        invites, owns = rank(team.role) >= rank("maintainer"), team.role == "owner"
        return {
            "team": team,
            "members": self._teams.members(team),
            "givable": ROLES[: rank(team.role)],
            "may_invite": invites,
            "owns": owns,
            "invitations": self._platform.invitations.waiting(team_target(team)) if invites else [],
            "programs": self._platform.service_accounts.of(actor, team.handle) if owns else [],
            "by_mail": self._platform.outbox.is_set_up,
            "link": "",
        }


def _role(text: str) -> Role | None:
    return text or None  # type: ignore[return-value]
