"""What protects every answer: headers, the size of requests, and that a browser's changes come from our own pages."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.exceptions import HTTPException

from headway.web.errors import ForeignRequestError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from headway.kernel.settings import Limits

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
    (b"x-frame-options", b"DENY"),
)


class SecurityHeaders:
    """Adds the headers to every answer that has none of its own."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._headers = [*_HEADERS, (b"content-security-policy", CONTENT_SECURITY_POLICY.encode())]
        if https:
            self._headers.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                present = {name.lower() for name, _ in message["headers"]}
                message["headers"] = [
                    *message["headers"],
                    *((name, value) for name, value in self._headers if name not in present),
                ]
            await send(message)

        await self._app(scope, receive, send_with_headers)


class BodyLimit:
    """Refuses requests with more bytes than are allowed, before anybody holds them in memory, and those that drip.

    ``streams``: whether the request at a path is passed on as it comes, under a limit of its own.
    """

    def __init__(self, app: ASGIApp, limits: Limits, streams: Callable[[str], bool]) -> None:
        self._app = app
        self._most = limits.request_bytes
        self._seconds = limits.request_seconds
        self._streams = streams

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http" or self._streams(scope["path"]):
            await self._app(scope, receive, send)
            return
        seen, whole = 0, False
        deadline = asyncio.get_running_loop().time() + self._seconds

        async def counted() -> Message:
            nonlocal seen, whole
            try:
                async with asyncio.timeout_at(None if whole else deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408, f"this request was not here within {self._seconds} s") from None
            seen += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if seen > self._most:
                raise HTTPException(413, f"this request has more than the {self._most} bytes that are allowed")
            return message

        await self._app(scope, counted, send)


def require_own_origin(request: Request) -> None:
    """Raise ``ForeignRequestError`` when a browser was made to change something by a page that is not ours.

    Browsers tell where a request comes from (Sec-Fetch-Site, else Origin), and pages cannot make them lie; what
    tells neither is no browser, and has no cookie unless it was given one on purpose.
    """
    if request.method in SAFE_METHODS:
        return
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site in ("same-origin", "none"):
            return
    else:
        origin = request.headers.get("origin")
        if origin and urlsplit(origin).netloc == request.headers.get("host"):
            return
    raise ForeignRequestError("this was sent from another site; open the page here and try again")


def safe_return_path(path: str | None) -> str:
    """Return where to go after signing in: a path of our own, whatever was asked for."""
    if path and path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable():
        return path
    return "/"
