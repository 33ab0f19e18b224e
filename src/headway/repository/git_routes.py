"""Where git finds a repository: ``/<owner>/<name>`` and ``/<owner>/<name>.git``."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from headway.kernel.errors import HeadwayError, MovedError, NotFoundError, UnauthenticatedError
from headway.kernel.gate import DeniedError
from headway.kernel.identity.errors import MissingScopeError
from headway.kernel.platform import Platform
from headway.repository.hosting import Hosting
from headway.repository.service import NewProject, Repositories
from headway.repository.transport.hook import Caller
from headway.repository.transport.http import GitHttp
from headway.repository.transport.programs import SERVICES
from headway.web.failures import status_of

_ACTIONS = {"git-upload-pack": "code.read", "git-receive-pack": "code.push"}


class GitRoutes:
    """Finds the repository, asks the gate, and hands over to the transport."""

    def __init__(self, platform: Platform, repositories: Repositories, hosting: Hosting, git: GitHttp) -> None:
        self._platform = platform
        self._repositories = repositories
        self._hosting = hosting
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
        if service not in SERVICES:
            return PlainTextResponse("Headway speaks Git's smart protocol only; use git 1.6.6 or newer.\n", 403)
        try:
            folder = await run_in_threadpool(self._folder_to_show, request, owner, name, service)
            return await self._git.advertise(folder, service, request)
        except HeadwayError as error:
            return _refusal(request, error)

    async def upload(self, request: Request, owner: str, name: str) -> Response:
        """Serve a clone or fetch."""
        try:
            caller = await run_in_threadpool(self._caller, request, owner, name, "git-upload-pack")
        except HeadwayError as error:
            return _refusal(request, error)
        return await self._git.upload(self._hosting.path(caller.access.project.id), request)

    async def receive(self, request: Request, owner: str, name: str) -> Response:
        """Take a push."""
        try:
            caller = await run_in_threadpool(self._caller_who_may_create, request, owner, name)
        except HeadwayError as error:
            return _refusal(request, error)
        return await self._git.receive(caller, self._hosting.path(caller.access.project.id), request)

    def _caller(self, request: Request, owner: str, name: str, service: str) -> Caller:
        actor = request.state.actor
        if actor.is_anonymous and request.state.has_token:
            raise UnauthenticatedError("this token is not known here, or is too old, or was revoked")
        try:
            access = self._platform.projects.open(actor, owner, name.removesuffix(".git"), _ACTIONS[service])
        except NotFoundError:
            # Whoever has not said who they are is asked to, whether there is such a project or not.
            if actor.is_anonymous:
                raise UnauthenticatedError("sign in with a token as the password") from None
            raise
        return Caller(access, actor, "http")

    def _folder_to_show(self, request: Request, owner: str, name: str, service: str) -> Path:
        try:
            caller = self._caller(request, owner, name, service)
        except NotFoundError as error:
            if not isinstance(error, MovedError) and self._may_create(request, owner, service):
                return self._hosting.empty
            raise
        return self._hosting.path(caller.access.project.id)

    def _may_create(self, request: Request, owner: str, service: str) -> bool:
        if service != "git-receive-pack" or not self._platform.settings.push_to_create:
            return False
        try:
            self._repositories.owner_for(request.state.actor, owner)
        except (NotFoundError, DeniedError, MissingScopeError, UnauthenticatedError):
            return False
        return True

    def _caller_who_may_create(self, request: Request, owner: str, name: str) -> Caller:
        try:
            return self._caller(request, owner, name, "git-receive-pack")
        except NotFoundError as error:
            if isinstance(error, MovedError) or not self._may_create(request, owner, "git-receive-pack"):
                raise
        self._repositories.create(request.state.actor, NewProject(name.removesuffix(".git"), owner))
        return self._caller(request, owner, name, "git-receive-pack")


def _refusal(request: Request, error: HeadwayError) -> Response:
    """Return what git shows to its user: the text of a refusal, after ``remote:``."""
    if isinstance(error, MovedError):
        old = f"/{request.path_params['owner']}/{request.path_params['name']}"
        path = request.url.path.replace(old, f"/{error.name}.git", 1)
        return Response(status_code=308, headers={"Location": f"{path}?{request.url.query}".rstrip("?")})
    status = status_of(error)[0]
    headers = {"WWW-Authenticate": 'Basic realm="Headway: a token is the password"'} if status == 401 else {}
    return PlainTextResponse(f"{error}\n", status, headers)
