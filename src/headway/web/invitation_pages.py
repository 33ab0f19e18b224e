"""The page of whoever was invited."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headway.kernel.errors import HeadwayError, UnauthenticatedError
from headway.kernel.identity.errors import ExpiredLinkError
from headway.kernel.invitations.records import Target
from headway.kernel.platform import Platform
from headway.web.failures import status_of
from headway.web.forms import Forms, segment, words_of
from headway.web.rendering import Pages
from headway.web.requests import browser_of
from headway.web.security import require_own_origin
from headway.web.welcome import Welcome

Text = Annotated[str, Form(max_length=300)]


class InvitationPages:
    """Joining by a link: with a new account, or with the one that is signed in."""

    def __init__(self, platform: Platform, pages: Pages, welcome: Welcome) -> None:
        self._invitations = platform.invitations
        self._forms = Forms(platform, pages)
        self._welcome = welcome

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False, prefix="/-/invitations")
        router.add_api_route("/{secret}", self.page, methods=["GET"])
        router.add_api_route("/{secret}", self.accept_new, methods=["POST"])
        router.add_api_route("/{secret}/join", self.join, methods=["POST"])
        return router

    def page(self, request: Request, secret: str) -> Response:
        """Show what the link offers."""
        return self._page(request, secret)

    def accept_new(
        self, request: Request, secret: str, handle: Text = "", name: Text = "", password: Text = ""
    ) -> Response:
        """Create the account, let it join, and begin a session."""
        require_own_origin(request)
        handle = handle.strip()
        try:
            signed_in = self._invitations.accept_new(secret, handle, name, password, browser_of(request))
        except ExpiredLinkError:
            raise
        except HeadwayError as error:
            return self._page(request, secret, words_of(error), status_of(error)[0], handle=handle, name=name)
        return self._welcome.in_(signed_in, "/")

    def join(self, request: Request, secret: str) -> Response:
        """Let the account that is signed in join."""
        if request.state.actor.is_anonymous:
            raise UnauthenticatedError("sign in to accept the invitation")
        return RedirectResponse(_place(self._invitations.accept_as(request.state.actor, secret)), 303)

    def _page(self, request: Request, secret: str, problem: str = "", status: int = 200, **given: str) -> Response:
        offer = self._invitations.offer(secret)
        values = {"offer": offer, "secret": secret, "handle": "", "name": "", **given}
        return self._forms.show(request, "invitation.html", values, problem, status)


def _place(target: Target) -> str:
    if target.kind == "team":
        return f"/-/teams/{segment(target.name)}"
    return f"/{target.name}" if target.kind == "project" else "/"
