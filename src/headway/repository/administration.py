"""Changing what a project is called, whose it is, who sees it, and whether it is still there."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from headway.kernel.errors import InputError, NotFoundError, Problem, UnauthenticatedError
from headway.kernel.identity.errors import TakenError
from headway.kernel.identity.names import checked_project_name
from headway.kernel.ledger.types import cdevent, own_event
from headway.kernel.projects import store as projects
from headway.kernel.projects.tables import former_name, project
from headway.kernel.secrets.store import forget_project as forget_secrets
from headway.repository.lfs.objects import forget_project as forget_large_files

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from headway.kernel.identity.actors import Actor
    from headway.kernel.identity.roles import Visibility
    from headway.kernel.platform import Platform
    from headway.kernel.projects.records import Access, Project
    from headway.repository.hosting import Hosting
    from headway.repository.service import Repositories


class Changes(NamedTuple):
    """What to change of a project; ``None`` leaves it as it is."""

    description: str | None = None
    visibility: Visibility | None = None
    default_branch: str | None = None
    archived: bool | None = None


class Administration:
    """Changes projects. Who may, the gate has been asked by whoever calls."""

    def __init__(self, platform: Platform, hosting: Hosting, repositories: Repositories) -> None:
        self._platform = platform
        self._hosting = hosting
        self._repositories = repositories

    def change(self, actor: Actor, access: Access, changes: Changes) -> Project:
        """Change a project, and return it. Raises ``InputError`` for a default branch that is none."""
        found = access.project
        if changes.default_branch is not None:
            self._set_default_branch(found.id, changes.default_branch)
        values: dict[str, object] = {
            name: value for name in ("description", "visibility") if (value := getattr(changes, name)) is not None
        }
        if changes.archived is not None:
            values["archived"] = self._platform.clock() if changes.archived else None

        def work(connection: Connection) -> Project:
            if values:
                projects.change_project(connection, found.id, **values)
            told = {name: value for name, value in changes._asdict().items() if value is not None}
            self._tell(connection, cdevent("repository.modified"), actor, found, **told)
            if changes.archived is not None and changes.archived != bool(found.archived):
                event = own_event("project.archived" if changes.archived else "project.unarchived")
                self._tell(connection, event, actor, found)
            return _there(connection, found.id)

        return self._platform.database.write(work)

    def move(self, actor: Actor, access: Access, owner: str | None = None, name: str | None = None) -> Project:
        """Rename a project or give it to another owner. Its old address leads to the new one.

        Raises ``InvalidNameError``, ``TakenError``, ``NotFoundError`` and ``DeniedError``: the actor has to be one
        who may create projects for the new owner.
        """
        found = access.project
        new_name = checked_project_name(name) if name else found.name
        new_owner = self._repositories.owner_for(actor, owner) if owner else None
        owner_id = new_owner.id if new_owner else found.owner_id

        def work(connection: Connection) -> Project:
            values = {"owner_id": owner_id, "name": new_name, "name_key": new_name.lower()}
            try:
                with connection.begin_nested():
                    projects.change_project(connection, found.id, **values)
            except IntegrityError:
                whose = new_owner.handle if new_owner else found.owner
                raise TakenError(f"there is a project '{whose}/{new_name}' already; choose another name") from None
            moved = _there(connection, found.id)
            projects.forget_former_name(connection, moved.owner, moved.name)
            if moved.full_name.lower() != found.full_name.lower():
                _remember_name(connection, found)
            self._tell(connection, cdevent("repository.modified"), actor, moved, formerName=found.full_name)
            return moved

        return self._platform.database.write(work)

    def delete(self, actor: Actor, access: Access) -> None:
        """Delete a project: nobody sees it any more, its name is free, and for a time it can be brought back."""
        found = access.project

        def work(connection: Connection) -> None:
            values = {"deleted": self._platform.clock(), "name_key": f"~{found.id}"}
            projects.change_project(connection, found.id, **values)
            self._tell(connection, cdevent("repository.deleted"), actor, found)

        self._platform.database.write(work)

    def deleted(self, actor: Actor) -> list[Project]:
        """Return the deleted projects that the actor can bring back: their own, or all for an administrator."""
        if actor.account_id is None:
            raise UnauthenticatedError("sign in to see what you deleted")
        query = (
            projects.projects()
            .where(project.c.deleted.is_not(None), project.c.purged.is_(None))
            .order_by(project.c.deleted.desc())
            .limit(500)
        )
        if not actor.administers:
            query = query.where(project.c.owner_id == actor.account_id)
        return self._platform.database.read(
            lambda connection: [projects.project_of(row) for row in connection.execute(query)]
        )

    def restore(self, actor: Actor, project_id: int, name: str | None = None) -> Project:
        """Bring a deleted project back, under another name if its own has been taken.

        Raises ``NotFoundError`` and ``TakenError``.
        """
        found = next((each for each in self.deleted(actor) if each.id == project_id), None)
        if found is None:
            raise NotFoundError("there is no such deleted project, or it is not yours, or it was erased")
        new_name = checked_project_name(name or found.name)

        def work(connection: Connection) -> Project:
            values = {"deleted": None, "name": new_name, "name_key": new_name.lower()}
            try:
                with connection.begin_nested():
                    projects.change_project(connection, found.id, **values)
            except IntegrityError:
                taken = f"{found.owner}/{new_name}"
                raise TakenError(f"there is a project '{taken}' now; bring this one back under another name") from None
            restored = _there(connection, found.id)
            projects.forget_former_name(connection, restored.owner, restored.name)
            self._tell(connection, own_event("project.restored"), actor, restored)
            return restored

        return self._platform.database.write(work)

    def purge(self) -> int:
        """Erase the repositories whose time to be brought back is over. Return how many. Idempotent."""
        before = self._platform.clock() - timedelta(days=self._platform.settings.deletion_days)
        query = projects.projects().where(project.c.deleted < before, project.c.purged.is_(None)).limit(100)
        due = self._platform.database.read(
            lambda connection: [projects.project_of(row) for row in connection.execute(query)]
        )
        for found in due:
            self._hosting.delete(found.id)
            self._platform.database.write(partial(self._note_purged, found=found))
        return len(due)

    def _note_purged(self, connection: Connection, found: Project) -> None:
        now = self._platform.clock()
        projects.change_project(connection, found.id, purged=now)
        forget_large_files(connection, found.id, now)
        forget_secrets(connection, found.id)
        self._platform.ledger.append(
            connection, own_event("repository.purged"), found.subject, actor="system", project=found.ledger_name
        )

    def _set_default_branch(self, project_id: int, branch: str) -> None:
        path = self._hosting.path(project_id)
        listed = self._hosting.git("for-each-ref", "--count=1", f"refs/heads/{branch}", "refs/heads/", at=path)
        exact = self._hosting.git("for-each-ref", "--format=%(refname)", f"refs/heads/{branch}", at=path)
        if listed and exact.strip() != f"refs/heads/{branch}":
            problem = Problem("default_branch", 0, 0, f"there is no branch '{branch[:100]}'", "Push it first")
            raise InputError([problem])
        self._hosting.git("symbolic-ref", "HEAD", f"refs/heads/{branch}", at=path)

    def _tell(self, connection: Connection, event: str, actor: Actor, found: Project, **data: object) -> None:
        base = {"name": found.name, "owner": found.owner, "uri": f"{self._platform.base_url}/{found.full_name}.git"}
        self._platform.ledger.append(
            connection, event, found.subject, actor=actor.subject, project=found.ledger_name, data=base | data
        )


def _there(connection: Connection, project_id: int) -> Project:
    found = projects.by_id(connection, project_id)
    if found is None:
        raise AssertionError(f"project {project_id} is being changed and does not exist")
    return found


def _remember_name(connection: Connection, found: Project) -> None:
    projects.forget_former_name(connection, found.owner, found.name)
    values = {"owner_key": found.owner.lower(), "name_key": found.name.lower(), "project_id": found.id}
    connection.execute(insert(former_name).values(values))
