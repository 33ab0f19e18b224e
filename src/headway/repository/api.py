"""Projects and repositories in JSON."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from headway.kernel.platform import Platform
from headway.kernel.projects.listing import list_projects
from headway.kernel.projects.records import Access
from headway.repository.hosting import Hosting
from headway.repository.schemas import NewProjectShape, ProjectShape, project_shape
from headway.repository.service import NewProject, Repositories
from headway.web.schemas import ListOf


class RepositoryApi:
    """Projects and what is in their repositories."""

    def __init__(self, platform: Platform, repositories: Repositories, hosting: Hosting) -> None:
        self._platform = platform
        self._repositories = repositories
        self._hosting = hosting

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/v1", tags=["projects"])
        router.add_api_route("/projects", self.projects, methods=["GET"])
        router.add_api_route("/projects", self.create, methods=["POST"], status_code=201)
        router.add_api_route("/projects/{owner}/{name}", self.project, methods=["GET"])
        return router

    def projects(
        self,
        request: Request,
        filter: Annotated[str, Query(max_length=200)] = "",
        after: Annotated[str, Query(max_length=500)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> ListOf[ProjectShape]:
        """Return the projects that you may see, the most recently active first."""
        actor = request.state.actor
        page = self._platform.database.read(lambda connection: list_projects(connection, actor, filter, after, limit))
        items = [project_shape(Access(each, None), self._platform.base_url) for each in page.items]
        return ListOf(items=items, following=page.following)

    def project(self, request: Request, owner: str, name: str) -> ProjectShape:
        """Return one project."""
        access = self._platform.projects.open(request.state.actor, owner, name, "project.read")
        return project_shape(access, self._platform.base_url)

    def create(self, request: Request, new: NewProjectShape) -> ProjectShape:
        """Create a project with an empty repository."""
        actor = request.state.actor
        project = self._repositories.create(actor, NewProject(**new.model_dump()))
        return project_shape(Access(project, "owner"), self._platform.base_url)
