"""Where git finds a repository: ``/<owner>/<name>`` and ``/<owner>/<name>.git``."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from headway.kernel.errors import HeadwayError, MovedError, UnauthenticatedError
from headway.kernel.identity.actors import Actor
from headway.repository.transport.access import ACTIONS, READ, GitAccess
from headway.repository.transport.http import GitHttp
from headway.repository.transport.pktline import error_line, fatal_line
from headway.web.failures import status_of


class GitRoutes:
    """Finds the repository, asks the gate, and hands over to the transport."""

    def __init__(self, access: GitAccess, git: GitHttp) -> None:
        self._access = access
        self._git = git

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/{owner}/{name}/info/refs", self.advertise, methods=["GET"])
        router.add_api_route("/{owner}/{name}/git-upload-pack", self.upload, methods=["POST"])
        router.add_api_route("/{owner}/{name}/git-receive-pack", self.receive, methods=["POST"])
        return router

    async def advertise(self, request: Request, owner: str, name: str, service: str = "") -> Response:
        """Say what a repository has."""
        if service not in ACTIONS:
            return PlainTextResponse("Headway speaks Git's smart protocol only; use git 1.6.6 or newer.\n", 403)
        try:
            actor = known_actor(request)
            action = ACTIONS[service]
            folder = await run_in_threadpool(self._access.folder_to_show, actor, owner, name, action)
            return await self._git.advertise(folder, service, request)
        except HeadwayError as error:
            return _refusal(request, error)

    async def upload(self, request: Request, owner: str, name: str) -> Response:
        """Serve a clone or fetch."""
        try:
            caller = await run_in_threadpool(self._access.caller, known_actor(request), owner, name, READ)
        except HeadwayError as error:
            return _late_refusal(request, error, "git-upload-pack")
        return await self._git.upload(self._access.folder(caller), request)

    async def receive(self, request: Request, owner: str, name: str) -> Response:
        """Take a push."""
        try:
            caller = await run_in_threadpool(self._access.pusher, known_actor(request), owner, name)
        except HeadwayError as error:
            return _late_refusal(request, error, "git-receive-pack")
        return await self._git.receive(caller, self._access.folder(caller), request)


def known_actor(request: Request) -> Actor:
    """Return who sends a request. Raises ``UnauthenticatedError`` for a token that is not known, or no longer."""
    actor: Actor = request.state.actor
    if actor.is_anonymous and request.state.has_token:
        raise UnauthenticatedError("this token is not known here, or is too old, or was revoked")
    return actor


def _late_refusal(request: Request, error: HeadwayError, service: str) -> Response:
    """Return a refusal after references were shown: git shows no text of an HTTP error then, but that of its protocol.

    What the client can do something about by itself (sign in, follow to another address) stays an HTTP error.
    """
    if status_of(error)[0] < 500:
        return _refusal(request, error)
    line = fatal_line if service == "git-receive-pack" else error_line
    return Response(line(str(error)), media_type=f"application/x-{service}-result")


def _refusal(request: Request, error: HeadwayError) -> Response:
    """Return what git shows to its user: the text of a refusal, after ``remote:``."""
    if isinstance(error, MovedError):
        old = f"/{request.path_params['owner']}/{request.path_params['name']}"
        path = request.url.path.replace(old, f"/{error.name}.git", 1)
        return Response(status_code=308, headers={"Location": f"{path}?{request.url.query}".rstrip("?")})
    status = status_of(error)[0]
    headers = {"WWW-Authenticate": 'Basic realm="Headway: a token is the password"'} if status == 401 else {}
    return PlainTextResponse(f"{error}\n", status, headers)
