"""The pages of a project: its tree, files, commits and ledger."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headway.kernel.errors import HeadwayError, UnauthenticatedError
from headway.kernel.identity.roles import rank
from headway.kernel.ledger.listing import Filter
from headway.kernel.platform import Platform
from headway.kernel.projects.records import Access
from headway.repository.hosting import Hosting
from headway.repository.markup import rendered_file, rendered_readme
from headway.repository.reading import blobs, commits, diffs, patches, refs, resolving, trees
from headway.repository.reading.opening import Repository, open_repository
from headway.repository.service import NewProject, Repositories
from headway.web.failures import status_of
from headway.web.ledger_reading import LedgerReading
from headway.web.rendering import Pages

Text = Annotated[str, Form(max_length=2000)]


class RepositoryPages:
    """Pages of projects."""

    def __init__(self, platform: Platform, repositories: Repositories, hosting: Hosting, pages: Pages) -> None:
        self._platform = platform
        self._repositories = repositories
        self._hosting = hosting
        self._pages = pages
        self._ledger = LedgerReading(platform)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/-/projects/new", self.new_page, methods=["GET"])
        router.add_api_route("/-/projects/new", self.create, methods=["POST"])
        project = "/{owner}/{name}"
        router.add_api_route(project, self.project, methods=["GET"])
        router.add_api_route(f"{project}/tree/{{rest:path}}", self.tree, methods=["GET"])
        router.add_api_route(f"{project}/blob/{{rest:path}}", self.blob, methods=["GET"])
        router.add_api_route(f"{project}/commit/{{sha}}", self.commit, methods=["GET"])
        router.add_api_route(f"{project}/ledger", self.ledger, methods=["GET"])
        return router

    def new_page(self, request: Request, owner: str = "") -> Response:
        """Ask what a new project shall be called."""
        if request.state.actor.is_anonymous:
            raise UnauthenticatedError("sign in to create a project")
        return self._new_page(
            request, {"name": "", "description": "", "visibility": "private", "chosen": owner}, "", 200
        )

    def create(
        self, request: Request, name: Text, owner: Text = "", description: Text = "", visibility: Text = "private"
    ) -> Response:
        """Create a project, and go there."""
        new = NewProject(name.strip(), owner, description.strip(), visibility)  # type: ignore[arg-type]
        try:
            project = self._repositories.create(request.state.actor, new)
        except HeadwayError as error:
            values = {"name": name, "description": description, "visibility": visibility, "chosen": owner}
            return self._new_page(request, values, str(error), status_of(error)[0])
        return RedirectResponse(f"/{project.full_name}", 303)

    def project(self, request: Request, owner: str, name: str) -> Response:
        """Show the project: the tree of its default branch, and its README."""
        access, repository = self._open(request, owner, name)
        default = refs.default_branch(repository)
        if default.commit is None or default.name is None:
            return self._render(request, access, "empty.html", branch=default.name or "main")
        return self._tree(request, access, repository, resolving.resolve(repository, default.name))

    def tree(self, request: Request, owner: str, name: str, rest: str) -> Response:
        """Show a folder."""
        access, repository = self._open(request, owner, name)
        return self._tree(request, access, repository, resolving.resolve(repository, rest))

    def blob(self, request: Request, owner: str, name: str, rest: str) -> Response:
        """Show a file."""
        access, repository = self._open(request, owner, name)
        at = resolving.resolve(repository, rest)
        held = blobs.file(repository, at.commit, at.path)
        commit = commits.commit(repository, at.commit)
        values = {"at": at, "file": held, "commit": commit, "content": rendered_file(held)}
        return self._render(request, access, "blob.html", **values)

    def commit(self, request: Request, owner: str, name: str, sha: str) -> Response:
        """Show a commit and what it changed."""
        access, repository = self._open(request, owner, name)
        at = resolving.resolve(repository, sha)
        diff = diffs.of_commit(repository, at.commit)
        values = {"commit": commits.commit(repository, at.commit), "diff": diff}
        return self._render(request, access, "commit.html", patches=patches.page(repository, diff), **values)

    def ledger(self, request: Request, owner: str, name: str, after: str = "") -> Response:
        """Show what happened in the project."""
        actor = request.state.actor
        access = self._platform.projects.open(actor, owner, name, "ledger.read")
        events = self._ledger.events(actor, Filter(access.project.ledger_name), after, 50)
        return self._render(request, access, "ledger.html", events=events)

    def _open(self, request: Request, owner: str, name: str) -> tuple[Access, Repository]:
        access = self._platform.projects.open(request.state.actor, owner, name, "code.read")
        return access, open_repository(self._hosting.path(access.project.id))

    def _tree(self, request: Request, access: Access, repository: Repository, at: resolving.Resolved) -> Response:
        entries = trees.folder(repository, at.commit, at.path)
        readme = trees.readme(repository, at.commit, at.path)
        values = {
            "at": at,
            "entries": entries,
            "commit": commits.commit(repository, at.commit),
            "readme": readme,
            "readme_html": rendered_readme(blobs.file(repository, at.commit, readme.path)) if readme else "",
        }
        return self._render(request, access, "tree.html", **values)

    def _render(self, request: Request, access: Access, template: str, **values: Any) -> Response:
        clone_url = f"{self._platform.base_url}/{access.project.full_name}.git"
        more = {"access": access, "project": access.project, "clone_url": clone_url}
        return self._pages.render(request, f"repository/{template}", more | values)

    def _new_page(self, request: Request, values: dict[str, str], problem: str, status: int) -> Response:
        teams = self._platform.teams.mine(request.state.actor)
        owners = [request.state.actor.handle, *(team.handle for team in teams if rank(team.role) >= rank("developer"))]
        return self._pages.render(
            request, "repository/new.html", {"owners": owners, "problem": problem, **values}, status
        )
