"""Mirrors in JSON, and where the webhooks of other forges arrive."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from fastapi import APIRouter
from pydantic import Field, SecretStr
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from headway.kernel.errors import LimitError
from headway.kernel.platform import Platform
from headway.kernel.projects.records import Access
from headway.repository.mirrors.service import Mirror, Mirrors, NewMirror
from headway.web.schemas import Model

_MOST_BYTES = 25 * 1024 * 1024
"""As much as GitHub sends at most."""


class NewMirrorShape(Model):
    """What a project shall follow."""

    url: str = Field(max_length=2000, description="an http:// or https:// address")
    username: str = Field("", max_length=200)
    password: SecretStr = Field(
        SecretStr(""), max_length=2000, description="a token; empty keeps the one that is there"
    )
    forge: Literal["github", "gitlab", "gitea", "headway", "other"] = "other"
    minutes: int = Field(15, ge=1, le=10_080, description="how often to look, at least")
    posts_statuses: bool = Field(False, description="tell the origin what checks say of its commits")
    hook_secret: SecretStr = Field(
        SecretStr(""), max_length=200, description="what webhooks are signed with; made when empty"
    )


class MirrorShape(Model):
    """What a project follows, and how that goes."""

    url: str
    username: str
    forge: str
    minutes: int
    posts_statuses: bool
    attempted: datetime | None
    succeeded: datetime | None
    problem: str = Field(description="why the last attempt failed; empty when it went well")
    hook_url: str = Field(description="where webhooks of the origin go")


class SetMirrorShape(MirrorShape):
    """A mirror that was set. The secret is shown this once."""

    hook_secret: str


class MirrorsApi:
    """What projects follow."""

    def __init__(self, platform: Platform, mirrors: Mirrors) -> None:
        self._platform = platform
        self._mirrors = mirrors

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["mirrors"])
        path = "/api/v1/projects/{owner}/{name}/mirror"
        router.add_api_route(path, self.get, methods=["GET"])
        router.add_api_route(path, self.set, methods=["PUT"])
        router.add_api_route(path, self.remove, methods=["DELETE"], status_code=204)
        router.add_api_route(f"{path}/sync", self.sync, methods=["POST"], status_code=202)
        router.add_api_route("/-/mirrors/{project_id}/hook", self.hook, methods=["POST"], include_in_schema=False)
        return router

    def get(self, request: Request, owner: str, name: str) -> MirrorShape:
        """Return what a project follows."""
        access = self._open(request, owner, name)
        return MirrorShape(**self._values(self._mirrors.get(access)))

    def set(self, request: Request, owner: str, name: str, new: NewMirrorShape) -> SetMirrorShape:
        """Let a project follow a repository. Branches and tags that the origin does not have go."""
        access = self._open(request, owner, name)
        values = new.model_dump() | {
            "password": new.password.get_secret_value(),
            "hook_secret": new.hook_secret.get_secret_value(),
        }
        found, secret = self._mirrors.set(request.state.actor, access, NewMirror(**values))
        return SetMirrorShape(hook_secret=secret, **self._values(found))

    def remove(self, request: Request, owner: str, name: str) -> None:
        """Let a project follow nothing. What it has stays, and it can be pushed to again."""
        self._mirrors.remove(request.state.actor, self._open(request, owner, name))

    def sync(self, request: Request, owner: str, name: str) -> MirrorShape:
        """Look at the origin at once."""
        access = self._open(request, owner, name)
        self._mirrors.get(access)
        self._mirrors.look_now(access.project.id)
        return MirrorShape(**self._values(self._mirrors.get(access)))

    async def hook(self, request: Request, project_id: int) -> Response:
        """Take a webhook of the origin: GitHub's, GitLab's, Gitea's, Forgejo's or another Headway's."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _MOST_BYTES:
                raise LimitError(f"a webhook has at most {_MOST_BYTES} bytes")
        headers = {name.lower(): value for name, value in request.headers.items()}
        signed = await run_in_threadpool(self._mirrors.take_hook, project_id, headers, bytes(body))
        return Response(status_code=202 if signed else 403)

    def _open(self, request: Request, owner: str, name: str) -> Access:
        return self._platform.projects.open(request.state.actor, owner, name, "project.update")

    def _values(self, found: Mirror) -> dict[str, object]:
        names = ("url", "username", "forge", "minutes", "posts_statuses", "attempted", "succeeded", "problem")
        hook_url = f"{self._platform.base_url}/-/mirrors/{found.project_id}/hook"
        return {name: getattr(found, name) for name in names} | {"hook_url": hook_url}
