"""Deploy keys of a project, and watching it, in JSON."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request

from headway.kernel.errors import UnauthenticatedError
from headway.kernel.identity.ssh_keys import deploy_keys
from headway.kernel.inbox.records import Level
from headway.kernel.platform import Platform
from headway.web.identity_schemas import NewDeployKeyShape, SshKeyShape
from headway.web.schemas import ListOf, Model

_PROJECT = "/api/v1/projects/{owner}/{name}"


class WatchLevelShape(Model):
    """Whether you watch a project."""

    level: Level | None


class ProjectAccessApi:
    """Who reaches a project by a key of its own, and who hears of it."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(tags=["projects"])
        add = router.add_api_route
        add(f"{_PROJECT}/deploy-keys", self.keys, methods=["GET"])
        add(f"{_PROJECT}/deploy-keys", self.add_key, methods=["POST"], status_code=201)
        add(f"{_PROJECT}/deploy-keys/{{key_id}}", self.remove_key, methods=["DELETE"], status_code=204)
        add(f"{_PROJECT}/watch", self.watch_level, methods=["GET"])
        add(f"{_PROJECT}/watch", self.watch, methods=["PUT"])
        return router

    def keys(self, request: Request, owner: str, name: str) -> ListOf[SshKeyShape]:
        """Return the deploy keys."""
        access = self._platform.projects.open(request.state.actor, owner, name, "token.write")
        found = self._platform.ssh_keys.of(deploy_keys(access.project))
        return ListOf(items=[SshKeyShape(**key._asdict()) for key in found], following="")

    def add_key(self, request: Request, owner: str, name: str, new: NewDeployKeyShape) -> SshKeyShape:
        """Add a deploy key: it reads the code of this one project, or reads and writes it."""
        actor = request.state.actor
        access = self._platform.projects.open(actor, owner, name, "token.write")
        keys, whose = self._platform.ssh_keys, deploy_keys(access.project)
        return SshKeyShape(**keys.add(actor, whose, new.key, new.name, may_write=new.may_write)._asdict())

    def remove_key(self, request: Request, owner: str, name: str, key_id: int) -> None:
        """Remove a deploy key."""
        access = self._platform.projects.open(request.state.actor, owner, name, "token.write")
        self._platform.ssh_keys.remove(request.state.actor, deploy_keys(access.project), key_id)

    def watch_level(self, request: Request, owner: str, name: str) -> WatchLevelShape:
        """Return whether you watch or ignore the project."""
        subject = self._subject(request, owner, name)
        return WatchLevelShape(level=self._platform.inbox.watch_level(request.state.actor, subject))

    def watch(self, request: Request, owner: str, name: str, how: WatchLevelShape) -> WatchLevelShape:
        """Watch or ignore the project; `null`: as if you had said nothing, when you watch what you own."""
        self._platform.inbox.watch(request.state.actor, self._subject(request, owner, name), how.level)
        return how

    def _subject(self, request: Request, owner: str, name: str) -> str:
        if request.state.actor.is_anonymous:
            raise UnauthenticatedError("sign in to watch projects")
        return self._platform.projects.open(request.state.actor, owner, name, "project.read").project.subject
