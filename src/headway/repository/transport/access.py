"""Who may clone from and push to what, whatever the transport."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.kernel.errors import MovedError, NotFoundError, UnauthenticatedError
from headway.kernel.gate import DeniedError
from headway.kernel.identity.errors import MissingScopeError
from headway.repository.service import NewProject
from headway.repository.transport.hook import Caller

if TYPE_CHECKING:
    from pathlib import Path

    from headway.kernel.identity.actors import Actor
    from headway.kernel.platform import Platform
    from headway.repository.hosting import Hosting
    from headway.repository.service import Repositories

READ = "code.read"
PUSH = "code.push"
ACTIONS = {"git-upload-pack": READ, "git-receive-pack": PUSH}
"""What each of Git's services takes."""


class GitAccess:
    """Finds the project, asks the gate, and makes a project for whoever pushes to a new address."""

    def __init__(self, platform: Platform, repositories: Repositories, hosting: Hosting, transport: str) -> None:
        self._platform = platform
        self._repositories = repositories
        self._hosting = hosting
        self._transport = transport

    def caller(self, actor: Actor, owner: str, name: str, action: str) -> Caller:
        """Return who calls and what.

        Raises ``NotFoundError`` for a project that does not exist and for one that the actor may not know of, alike;
        ``MovedError``, ``DeniedError``, and ``UnauthenticatedError`` for somebody who has not said who they are.
        """
        try:
            access = self._platform.projects.open(actor, owner, name.removesuffix(".git"), action)
        except NotFoundError:
            # Whoever has not said who they are is asked to, whether there is such a project or not.
            if actor.is_anonymous:
                raise UnauthenticatedError("sign in with a token as the password") from None
            raise
        return Caller(access, actor, self._transport)

    def pusher(self, actor: Actor, owner: str, name: str) -> Caller:
        """Return who pushes and where to; the project is made if it may be. Raises as ``caller`` does."""
        try:
            return self.caller(actor, owner, name, PUSH)
        except NotFoundError as error:
            if isinstance(error, MovedError) or not self._may_create(actor, owner):
                raise
        self._repositories.create(actor, NewProject(name.removesuffix(".git"), owner))
        return self.caller(actor, owner, name, PUSH)

    def folder_to_show(self, actor: Actor, owner: str, name: str, action: str) -> Path:
        """Return the repository; an empty one where a push would make it. Raises as ``caller`` does."""
        try:
            caller = self.caller(actor, owner, name, action)
        except NotFoundError as error:
            if not isinstance(error, MovedError) and action == PUSH and self._may_create(actor, owner):
                return self._hosting.empty
            raise
        return self.folder(caller)

    def folder(self, caller: Caller) -> Path:
        """Return the repository that somebody calls for."""
        return self._hosting.path(caller.access.project.id)

    def _may_create(self, actor: Actor, owner: str) -> bool:
        if not self._platform.settings.push_to_create:
            return False
        try:
            self._repositories.owner_for(actor, owner)
        except (NotFoundError, DeniedError, MissingScopeError, UnauthenticatedError):
            return False
        return True
