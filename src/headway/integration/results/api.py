"""The results service: what GitHub's clients of artifacts and caches speak to, as an ASGI application.

Messages are Twirp's in JSON, ``POST /twirp/github.actions.results.api.v1.<Service>/<Method>`` with the job's token;
contents go to and come from ``/blobs/…`` at signed addresses.
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from headway.integration.results import artifact_service, cache_service
from headway.integration.results.answers import twirp_error
from headway.integration.results.backend import Call
from headway.integration.results.blobs import Blobs
from headway.integration.results.bodies import small_body
from headway.integration.results.errors import InvalidRequestError
from headway.integration.results.messages import read_message
from headway.integration.results.tokens import UnauthenticatedError
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send
    from starlette.types import Message as Event

    from headway.integration.results.backend import Backend
    from headway.integration.results.messages import Message

REQUEST_SECONDS = 3600.0
"""How long one request may take in all."""

_PACKAGE = "github.actions.results.api.v1"
_LARGEST_MESSAGE = 1 << 20
_SERVICES: dict[str, dict[str, Callable[[Call, Message], dict[str, object]]]] = {
    f"{_PACKAGE}.ArtifactService": artifact_service.METHODS,
    f"{_PACKAGE}.CacheService": cache_service.METHODS,
}


def create_app(backend: Backend) -> ASGIApp:
    """Return the application."""
    blobs = Blobs(backend)
    routes = [
        Route("/twirp/{service}/{method}", Twirp(backend).call, methods=["POST"]),
        Route("/blobs/{run}/uploads/{number}", blobs.put, methods=["PUT"]),
        Route("/blobs/{run}/{kind}/{number}", blobs.get, methods=["GET"]),
    ]
    return limited(Starlette(routes=routes, exception_handlers={HTTPException: _http_error, Exception: _failure}))


class Twirp:
    """The route of messages."""

    __slots__ = ("_backend",)

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def call(self, request: Request) -> Response:
        """Call the method that the path names."""
        method = _SERVICES.get(request.path_params["service"], {}).get(request.path_params["method"])
        if method is None:
            return JSONResponse({"code": "bad_route", "msg": "There is no such service or method"}, 404)
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return JSONResponse({"code": "bad_route", "msg": "Messages are application/json here"}, 415)
        try:
            call = self._call(request)
            message = read_message(await small_body(request, _LARGEST_MESSAGE))
            return JSONResponse(await run_in_threadpool(method, call, message))
        except ClientDisconnect:
            return Response(status_code=400)
        except (HeadwayError, OSError) as error:
            return twirp_error(error)

    def _call(self, request: Request) -> Call:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            raise UnauthenticatedError("The request has no token: Authorization: Bearer …")
        grant = self._backend.signer.grant(token.strip())
        stores = self._backend.stores(grant.run)
        if stores is None:
            raise UnauthenticatedError("The token is for a run that is not served here")
        return Call(self._backend, grant, stores, _base(request))


def _base(request: Request) -> str:
    """Return the address as the client knows it: containers have another name for this machine than it has itself."""
    host = request.headers.get("host", "")
    if not re.fullmatch(r"[A-Za-z0-9._\-\[\]:]{1,255}", host):
        raise InvalidRequestError("The header Host is no name of a host")
    return f"{request.url.scheme}://{host}"


async def _http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    headers = error.headers if isinstance(error, HTTPException) else None
    return JSONResponse({"code": "bad_route", "msg": f"There is no {request.method} of this path"}, status, headers)


async def _failure(_: Request, error: Exception) -> Response:
    message = f"Headway itself failed, please report it: {type(error).__name__}: {error}"
    return JSONResponse({"code": "internal", "msg": message}, 500)


def limited(app: ASGIApp, seconds: float = REQUEST_SECONDS) -> ASGIApp:
    """Return the application with an end to each request; what took too long is broken off, or answered with 408."""

    async def run(scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched(message: Event) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            async with asyncio.timeout(seconds):
                await app(scope, receive, watched)
        except TimeoutError:
            if not begun:
                late = {"code": "deadline_exceeded", "msg": "The request took too long"}
                await JSONResponse(late, 408)(scope, receive, send)
        except Exception:  # noqa: S110 - the client was told by _failure; there is no log of the service to tell
            pass

    return run
