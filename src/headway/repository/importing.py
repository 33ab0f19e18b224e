"""Importing a repository: a new project with everything that is at an address, or in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.kernel.errors import HeadwayError
from headway.kernel.projects import store as projects
from headway.kernel.projects.records import Access
from headway.repository import fetching

if TYPE_CHECKING:
    from headway.kernel.identity.actors import Actor
    from headway.kernel.platform import Platform
    from headway.kernel.projects.records import Project
    from headway.repository.administration import Administration
    from headway.repository.discovering import Discovering
    from headway.repository.fetching import Source
    from headway.repository.hosting import Hosting
    from headway.repository.service import NewProject, Repositories


class Importing:
    """Makes projects from repositories that are elsewhere."""

    def __init__(
        self,
        platform: Platform,
        hosting: Hosting,
        repositories: Repositories,
        administration: Administration,
        discovering: Discovering,
    ) -> None:
        self._platform = platform
        self._hosting = hosting
        self._repositories = repositories
        self._administration = administration
        self._discovering = discovering

    def import_from(self, actor: Actor, source: Source, new: NewProject) -> Project:
        """Create a project with the branches and tags of the source. What was begun is taken back when it fails.

        Raises what ``Repositories.create`` and ``fetching.fetch`` raise.
        """
        project = self._repositories.create(actor, new)
        try:
            self.fetch(project.id, source)
        except HeadwayError:
            self._administration.delete(actor, Access(project, "owner"))
            raise
        self._discovering.discover(project.id, actor.subject, "import")
        found = self._platform.database.read(lambda connection: projects.by_id(connection, project.id))
        if found is None:
            raise AssertionError("it was created just now")
        return found

    def fetch(self, project_id: int, source: Source) -> None:
        """Make a project's branches and tags those of the source."""
        settings = self._platform.settings
        fetching.fetch(
            self._hosting,
            self._hosting.path(project_id),
            source,
            private=settings.outbound_private,
            seconds=settings.limits.transfer_seconds,
            most=settings.limits.push_bytes,
        )
