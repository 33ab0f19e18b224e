"""Signing in and out, and setting up a new installation."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headway.kernel.errors import HeadwayError
from headway.kernel.identity.errors import ExpiredLinkError
from headway.kernel.identity.service import SignedIn
from headway.kernel.platform import Platform
from headway.web.authenticating import cookie_name
from headway.web.failures import status_of
from headway.web.rendering import Pages
from headway.web.requests import browser_of
from headway.web.security import require_own_origin, safe_return_path

Text = Annotated[str, Form(max_length=300)]


class AccountPages:
    """Pages for those who come and go."""

    def __init__(self, platform: Platform, pages: Pages, *, https: bool) -> None:
        self._platform = platform
        self._pages = pages
        self._https = https

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
        return self._pages.render(request, "sign_in.html", {"next": safe_return_path(next), "login": "", "problem": ""})

    def sign_in(self, request: Request, login: Text, password: Text, next: Text = "/") -> Response:
        """Take name and password, and begin a session."""
        require_own_origin(request)
        try:
            signed_in = self._platform.identity.sign_in(login.strip(), password, browser_of(request))
        except HeadwayError as error:
            values = {"next": safe_return_path(next), "login": login, "problem": str(error)}
            return self._pages.render(request, "sign_in.html", values, status_of(error)[0])
        return self._welcome(signed_in, safe_return_path(next))

    def link_page(self, request: Request, secret: str) -> Response:
        """Ask for a click: what only looks at addresses shall not use the link up."""
        return self._pages.render(request, "sign_in_link.html", {"secret": secret})

    def use_link(self, request: Request, secret: str) -> Response:
        """Begin a session by a one-time link."""
        require_own_origin(request)
        return self._welcome(self._platform.identity.sign_in_by_link(secret, browser_of(request)), "/")

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
        return self._welcome(signed_in, "/")

    def sign_out(self, request: Request) -> Response:
        """End the session."""
        self._platform.identity.sign_out(request.state.actor)
        answer = RedirectResponse("/-/sign-in", 303)
        answer.delete_cookie(cookie_name(https=self._https), path="/", secure=self._https, httponly=True)
        return answer

    def _welcome(self, signed_in: SignedIn, path: str) -> Response:
        answer = RedirectResponse(path, 303)
        answer.set_cookie(
            cookie_name(https=self._https),
            signed_in.secret,
            max_age=self._platform.settings.session_days * 86400,
            path="/",
            secure=self._https,
            httponly=True,
            samesite="lax",
        )
        return answer
