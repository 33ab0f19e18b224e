"""To an OpenID Connect provider and back."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headway.kernel.errors import NotFoundError
from headway.kernel.identity.openid.records import Return
from headway.kernel.platform import Platform
from headway.web.errors import ForeignRequestError
from headway.web.forms import required
from headway.web.requests import browser_of
from headway.web.security import safe_return_path
from headway.web.welcome import Welcome

_MINUTES = 10


class OpenIdPages:
    """Where the browser leaves, and where it comes back."""

    def __init__(self, platform: Platform, welcome: Welcome, *, https: bool) -> None:
        self._platform = platform
        self._welcome = welcome
        self._https = https
        self._cookie = "__Host-headway-openid" if https else "headway-openid"

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False, prefix="/-/openid")
        router.add_api_route("/{provider}", self.depart, methods=["GET"])
        router.add_api_route("/{provider}/callback", self.arrive, methods=["GET"])
        return router

    def depart(self, request: Request, provider: str, next: str = "/", link: bool = False) -> Response:
        """Send the browser to the provider; ``link``: so that who is signed in can sign in there later."""
        if self._platform.openid is None:
            raise NotFoundError("there is no such provider to sign in with")
        if link:
            required(request, "link an identity")
            # Another site must not begin this: it might have signed the browser in at the provider as somebody else.
            if request.headers.get("sec-fetch-site", "none") not in ("same-origin", "none"):
                raise ForeignRequestError("this was begun by another site; open your account here and try again")
        linking = request.state.actor if link else None
        departure = self._platform.openid.depart(provider, safe_return_path(next), linking)
        answer = RedirectResponse(departure.address, 303, headers={"Cache-Control": "no-store"})
        answer.set_cookie(
            self._cookie,
            departure.browser,
            max_age=_MINUTES * 60,
            path="/",
            secure=self._https,
            httponly=True,
            samesite="lax",
        )
        return answer

    def arrive(
        self, request: Request, provider: str, state: str = "", code: str = "", iss: str | None = None
    ) -> Response:
        """Take the browser back, and begin a session or link the identity."""
        if self._platform.openid is None:
            raise NotFoundError("there is no such provider to sign in with")
        back = Return(state, code, request.cookies.get(self._cookie, ""), iss)
        arrival = self._platform.openid.arrive(provider, back, request.state.actor, browser_of(request))
        if arrival.session is None:
            answer: Response = RedirectResponse("/-/account/sign-in?done=linked", 303)
        else:
            answer = self._welcome.in_(arrival.session, arrival.next_path)
        answer.delete_cookie(self._cookie, path="/", secure=self._https, httponly=True)
        answer.headers["Cache-Control"] = "no-store"
        return answer
