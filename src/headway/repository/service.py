"""What people do with projects and their repositories."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy.exc import IntegrityError

from headway.kernel.errors import NotFoundError, UnauthenticatedError
from headway.kernel.gate import DeniedError, deny
from headway.kernel.identity import store as accounts
from headway.kernel.identity.errors import MissingScopeError, TakenError
from headway.kernel.identity.names import checked_project_name
from headway.kernel.identity.roles import rank, scopes_allow
from headway.kernel.ledger.records import Link
from headway.kernel.ledger.types import cdevent
from headway.kernel.projects import store as projects

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from headway.kernel.identity.actors import Actor
    from headway.kernel.identity.roles import Visibility
    from headway.kernel.platform import Platform
    from headway.kernel.projects.records import Project
    from headway.repository.hosting import Hosting


class NewProject(NamedTuple):
    """What is said of a project that is to be created; without an owner it is the actor's own."""

    name: str
    owner: str = ""
    description: str = ""
    visibility: Visibility = "private"
    default_branch: str = "main"


class Repositories:
    """Projects with their repositories."""

    def __init__(self, platform: Platform, hosting: Hosting) -> None:
        self._platform = platform
        self._hosting = hosting

    def create(self, actor: Actor, new: NewProject) -> Project:
        """Create a project with an empty repository.

        Raises ``InvalidNameError``, ``TakenError``, ``NotFoundError`` for an unknown owner, and ``DeniedError``.
        """
        checked_project_name(new.name)
        owner = self.owner_for(actor, new.owner or actor.handle)

        def work(connection: Connection) -> Project:
            more = {"description": new.description, "visibility": new.visibility}
            now = self._platform.clock()
            try:
                project_id = projects.add_project(connection, owner.id, owner.handle, new.name, now, **more)
            except IntegrityError:
                raise TakenError(
                    f"there is a project '{owner.handle}/{new.name}' already; choose another name"
                ) from None
            project = projects.by_id(connection, project_id)
            if project is None:
                raise AssertionError("it was added just now")
            self._tell_created(connection, actor, project)
            # Before the commit: a project without a repository must not be seen. What a failed commit leaves behind
            # is an empty folder, which nothing points to and the next project of this number takes over.
            self._hosting.create(project_id, new.default_branch)
            return project

        return self._platform.database.write(work)

    def owner_for(self, actor: Actor, handle: str) -> accounts.Account:
        """Return the account that the actor may create projects for.

        Raises ``UnauthenticatedError``, ``NotFoundError`` and ``DeniedError``.
        """
        if actor.account_id is None and not actor.administers:
            raise UnauthenticatedError("sign in to create a project")
        if not scopes_allow(actor.scopes, "write:project"):
            raise MissingScopeError("write:project", "create projects")
        owner = self._platform.database.read(lambda connection: accounts.account_by_handle(connection, handle))
        if owner is None or owner.kind == "service":
            raise NotFoundError(f"there is no person or team '{handle[:40]}'")
        if owner.id == actor.account_id or actor.administers:
            return owner
        role = self._platform.database.read(
            lambda connection: accounts.role_in_team(connection, owner.id, actor.account_id)
        )
        if rank(role) < rank("developer"):
            raise DeniedError(deny(f"to create projects of '{owner.handle}' takes the role developer in that team"))
        return owner

    def _tell_created(self, connection: Connection, actor: Actor, project: Project) -> None:
        self._platform.ledger.append(
            connection,
            cdevent("repository.created"),
            project.subject,
            actor=actor.subject,
            project=project.ledger_name,
            data={
                "name": project.name,
                "owner": project.owner,
                "uri": f"{self._platform.base_url}/{project.full_name}.git",
                "viewUrl": f"{self._platform.base_url}/{project.full_name}",
                "visibility": project.visibility,
            },
            links=[Link(project.subject, "requested-by", actor.subject)],
        )
