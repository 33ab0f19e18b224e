"""The pages of those who administer: people, invitations, and accounts for programs."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headway.kernel.errors import HeadwayError
from headway.kernel.platform import Platform
from headway.web.failures import status_of
from headway.web.forms import Forms, required, submitted, words_of
from headway.web.rendering import Pages

Text = Annotated[str, Form(max_length=300)]
_PAGE = 50


class PeoplePages:
    """Everybody who has an account."""

    def __init__(self, platform: Platform, pages: Pages) -> None:
        self._platform = platform
        self._people = platform.people
        self._forms = Forms(platform, pages)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False, prefix="/-/people")
        add = router.add_api_route
        add("", self.people, methods=["GET"])
        add("/invitations", self.invite, methods=["POST"])
        add("/invitations/{invitation_id}/resend", self.resend, methods=["POST"])
        add("/invitations/{invitation_id}/revoke", self.revoke, methods=["POST"])
        add("/{handle}/suspend", self.suspend, methods=["POST"])
        add("/{handle}/reinstate", self.reinstate, methods=["POST"])
        add("/{handle}/administrator", self.set_administrator, methods=["POST"])
        add("/{handle}/sign-in-link", self.sign_in_link, methods=["POST"])
        return router

    def people(
        self,
        request: Request,
        filter: Annotated[str, Query(max_length=200)] = "",
        after: Annotated[str, Query(max_length=200)] = "",
    ) -> Response:
        """Show people by their handles."""
        required(request, "see people")
        return self._show(request, filter=filter, after=after)

    def suspend(self, request: Request, handle: str) -> Response:
        """Suspend somebody."""
        return self._submitted(request, lambda: self._people.suspend(request.state.actor, handle), "suspended")

    def reinstate(self, request: Request, handle: str) -> Response:
        """Let a suspended person in again."""
        return self._submitted(request, lambda: self._people.reinstate(request.state.actor, handle), "reinstated")

    def set_administrator(self, request: Request, handle: str, administrator: bool = Form(False)) -> Response:
        """Let somebody administer the installation, or no longer."""
        actor = request.state.actor
        work = lambda: self._people.set_administrator(actor, handle, administers=administrator)  # noqa: E731
        return self._submitted(request, work, "saved")

    def sign_in_link(self, request: Request, handle: str) -> Response:
        """Show a link by which somebody signs in, this once."""
        secret = self._people.sign_in_link(request.state.actor, handle)
        link = f"{self._platform.base_url}/-/sign-in/{secret}"
        values = self._values(request, filter=handle) | {"link": link, "link_for": handle}
        return self._forms.show_once(request, "people.html", values)

    def invite(self, request: Request, email: Text = "") -> Response:
        """Invite somebody: by e-mail, or by a link that is shown this once."""
        return self._invited(
            request, lambda actor, target: self._platform.invitations.invite(actor, target, email.strip()).link
        )

    def resend(self, request: Request, invitation_id: int) -> Response:
        """Send an invitation again."""
        return self._invited(
            request, lambda actor, target: self._platform.invitations.resend(actor, target, invitation_id).link
        )

    def revoke(self, request: Request, invitation_id: int) -> Response:
        """Take an invitation back."""
        actor, invitations = request.state.actor, self._platform.invitations
        work = lambda: invitations.revoke(actor, invitations.to_installation(actor), invitation_id)  # noqa: E731
        return self._submitted(request, work, "taken-back")

    def _invited(self, request: Request, work: Any) -> Response:
        actor = request.state.actor
        target = self._platform.invitations.to_installation(actor)
        try:
            link = work(actor, target)
        except HeadwayError as error:
            return self._show(request, words_of(error), status_of(error)[0])
        if not link:
            return RedirectResponse("/-/people?done=invited", 303)
        return self._forms.show_once(request, "people.html", self._values(request) | {"link": link})

    def _submitted(self, request: Request, work: Any, done: str) -> Response:
        again = lambda problem, status: self._show(request, problem, status)  # noqa: E731
        return submitted(work, f"/-/people?done={done}", again)

    def _show(self, request: Request, problem: str = "", status: int = 200, **given: str) -> Response:
        return self._forms.show(request, "people.html", self._values(request, **given), problem, status)

    def _values(self, request: Request, filter: str = "", after: str = "") -> dict[str, Any]:
        actor = request.state.actor
        return {
            "people": self._people.list(actor, filter, after, _PAGE),
            "filter": filter,
            "invitations": self._platform.invitations.waiting(self._platform.invitations.to_installation(actor)),
            "by_mail": self._platform.outbox.is_set_up,
            "link": "",
            "link_for": "",
        }
