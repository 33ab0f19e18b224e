"""Signing in and out, and setting up a new installation."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headway.kernel.errors import HeadwayError
from headway.kernel.identity.errors import ExpiredLinkError
from headway.kernel.platform import Platform
from headway.web.failures import status_of
from headway.web.rendering import Pages
from headway.web.requests import browser_of
from headway.web.security import require_own_origin, safe_return_path
from headway.web.welcome import Welcome

Text = Annotated[str, Form(max_length=300)]


class AccountPages:
    """Pages for those who come and go."""

    def __init__(self, platform: Platform, pages: Pages, welcome: Welcome) -> None:
        self._platform = platform
        self._pages = pages
        self._welcome = welcome

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False, prefix="/-")
        router.add_api_route("/sign-in", self.sign_in_page, methods=["GET"])
        router.add_api_route("/sign-in", self.sign_in, methods=["POST"])
        router.add_api_route("/sign-out", self.sign_out, methods=["POST"])
        router.add_api_route("/sign-in/{secret}", self.link_page, methods=["GET"])
        router.add_api_route("/sign-in/{secret}", self.use_link, methods=["POST"])
        router.add_api_route("/set-up/{secret}", self.set_up_page, methods=["GET"])
        router.add_api_route("/set-up/{secret}", self.set_up, methods=["POST"])
        return router

    def sign_in_page(self, request: Request, next: str = "/") -> Response:
        """Ask for name and password."""
        if not request.state.actor.is_anonymous:
            return RedirectResponse(safe_return_path(next), 303)
        return self._sign_in_page(request, next)

    def sign_in(self, request: Request, login: Text, password: Text, next: Text = "/") -> Response:
        """Take name and password, and begin a session."""
        require_own_origin(request)
        try:
            signed_in = self._platform.identity.sign_in(login.strip(), password, browser_of(request))
        except HeadwayError as error:
            return self._sign_in_page(request, next, login, str(error), status_of(error)[0])
        return self._welcome.in_(signed_in, safe_return_path(next))

    def link_page(self, request: Request, secret: str) -> Response:
        """Ask for a click: what only looks at addresses shall not use the link up."""
        return self._pages.render(request, "sign_in_link.html", {"secret": secret})

    def use_link(self, request: Request, secret: str) -> Response:
        """Begin a session by a one-time link."""
        require_own_origin(request)
        return self._welcome.in_(self._platform.identity.sign_in_by_link(secret, browser_of(request)), "/")

    def set_up_page(self, request: Request, secret: str) -> Response:
        """Ask who the first person is."""
        if not self._platform.identity.can_set_up(secret):
            raise ExpiredLinkError("this installation has been set up, or the link is too old; see the server's log")
        values = {"handle": "", "name": "", "email": "", "secret": secret, "problem": ""}
        return self._pages.render(request, "set_up.html", values)

    def set_up(
        self, request: Request, secret: str, handle: Text, password: Text, name: Text = "", email: Text = ""
    ) -> Response:
        """Create the first person, and begin a session."""
        require_own_origin(request)
        try:
            signed_in = self._platform.identity.set_up(secret, handle, name, email, password, browser_of(request))
        except HeadwayError as error:
            values = {"handle": handle, "name": name, "email": email, "secret": secret, "problem": str(error)}
            return self._pages.render(request, "set_up.html", values, status_of(error)[0])
        return self._welcome.in_(signed_in, "/")

    def sign_out(self, request: Request) -> Response:
        """End the session."""
        self._platform.identity.sign_out(request.state.actor)
        return self._welcome.out("/-/sign-in")

    def _sign_in_page(
        self, request: Request, next: str, login: str = "", problem: str = "", status: int = 200
    ) -> Response:
        openid = self._platform.openid
        providers = openid.labels() if openid else []
        values = {"next": safe_return_path(next), "login": login, "problem": problem, "providers": providers}
        return self._pages.render(request, "sign_in.html", values, status)
