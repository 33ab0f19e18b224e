"""Who sends a request: the browser's session, a token, or nobody. ``request.state.actor`` has it."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from headway.kernel.errors import HeadwayError
from headway.kernel.identity.actors import ANONYMOUS
from headway.web.failures import failure
from headway.web.security import require_own_origin

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from headway.kernel.identity.actors import Actor
    from headway.kernel.identity.authentication import Authentication
    from headway.web.rendering import Pages


class Proof(NamedTuple):
    """What a request brings to say who sends it: a session's or a token's secret."""

    session: str = ""
    token: str = ""


def cookie_name(*, https: bool) -> str:
    """Return the name of the session's cookie; a browser takes ``__Host-`` only over HTTPS, from this very host."""
    return "__Host-headway" if https else "headway"


def proof_of(headers: Request, cookie: str) -> Proof:
    """Return the proof in a request: a header counts before a cookie."""
    scheme, _, value = headers.headers.get("authorization", "").partition(" ")
    if scheme.lower() in ("bearer", "token"):
        return Proof(token=value.strip())
    if scheme.lower() == "basic":
        return Proof(token=_basic(value))
    return Proof(session=headers.cookies.get(cookie, ""))


def _basic(value: str) -> str:
    """Return the token of a user name and password: git sends it as the password, some tools as the name."""
    try:
        name, _, password = base64.b64decode(value, validate=True).decode("utf-8", "replace").partition(":")
    except (binascii.Error, ValueError):
        return "invalid"
    return name if password in ("", "x-oauth-basic") else password


class Authenticating:
    """Finds out who sends each request, and refuses what a foreign page makes a signed-in browser send."""

    def __init__(self, app: ASGIApp, authentication: Authentication, pages: Pages, *, https: bool) -> None:
        self._app = app
        self._authentication = authentication
        self._pages = pages
        self._cookie = cookie_name(https=https)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        request.state.actor = ANONYMOUS
        request.state.has_token = False
        try:
            request.state.actor = await self._actor(request)
        except HeadwayError as error:
            await failure(request, error, self._pages)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _actor(self, request: Request) -> Actor:
        proof = proof_of(request, self._cookie)
        if proof.token:
            request.state.has_token = True
            return await run_in_threadpool(self._authentication.by_token, proof.token)
        if proof.session:
            require_own_origin(request)
            return await run_in_threadpool(self._authentication.by_session, proof.session)
        return ANONYMOUS
