"""The pages of a project: its tree, files, commits and ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headway.kernel.errors import HeadwayError, UnauthenticatedError
from headway.kernel.identity.roles import rank
from headway.kernel.ledger.listing import Filter
from headway.kernel.platform import Platform
from headway.kernel.projects.records import Access
from headway.repository.cloning import clone_addresses
from headway.repository.hosting import Hosting
from headway.repository.markup import Place, rendered_file, rendered_readme
from headway.repository.reading import (
    blobs,
    commits,
    diffs,
    history,
    objects,
    paging,
    patches,
    refs,
    resolving,
    trees,
)
from headway.repository.reading.opening import Repository, open_repository
from headway.repository.service import NewProject, Repositories
from headway.repository.settings import Statuses, newest_of_each
from headway.repository.signatures.verifying import Verifying, signed
from headway.web.failures import status_of
from headway.web.ledger_reading import LedgerReading
from headway.web.rendering import Pages

Text = Annotated[str, Form(max_length=2000)]
_COMMITS = 50
_BRANCHES = 30
_IN_MENU = 20


def by_day(found: Sequence[objects.Commit]) -> list[tuple[date, list[objects.Commit]]]:
    """Return commits in their order, grouped by the day on which they were written. Pure."""
    grouped = groupby(found, key=lambda commit: commit.committer.time.date())
    return [(day, list(commits)) for day, commits in grouped]


class RepositoryPages:
    """Pages of projects."""

    def __init__(self, platform: Platform, repositories: Repositories, hosting: Hosting, pages: Pages) -> None:
        self._platform = platform
        self._repositories = repositories
        self._hosting = hosting
        self._pages = pages
        self._ledger = LedgerReading(platform)
        self._statuses = Statuses(platform)
        self._verifying = Verifying(platform)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False)
        router.add_api_route("/-/projects/new", self.new_page, methods=["GET"])
        router.add_api_route("/-/projects/new", self.create, methods=["POST"])
        project = "/{owner}/{name}"
        router.add_api_route(project, self.project, methods=["GET"])
        router.add_api_route(f"{project}/tree/{{rest:path}}", self.tree, methods=["GET"])
        router.add_api_route(f"{project}/blob/{{rest:path}}", self.blob, methods=["GET"])
        router.add_api_route(f"{project}/commits/{{rest:path}}", self.commits, methods=["GET"])
        router.add_api_route(f"{project}/branches", self.branches, methods=["GET"])
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

    def tree(self, request: Request, owner: str, name: str, rest: str, after: str = "") -> Response:
        """Show a folder."""
        access, repository = self._open(request, owner, name)
        return self._tree(request, access, repository, resolving.resolve(repository, rest), after)

    def commits(self, request: Request, owner: str, name: str, rest: str, after: str = "") -> Response:
        """Show the history of a branch, or of a path in it."""
        access, repository = self._open(request, owner, name)
        at = resolving.resolve(repository, rest)
        if at.path:
            touches = history.of_path(repository, at.commit, at.path, after, _COMMITS)
            found = paging.Page(tuple(touch.commit for touch in touches.items), touches.following, touches.complete)
        else:
            found = history.of_commit(repository, at.commit, after, _COMMITS)
        verdicts = self._verifying.verdicts(repository, map(signed, found.items))
        values = {"at": at, "days": by_day(found.items), "found": found, "kind": "commits", "verdicts": verdicts}
        return self._render(request, access, "commits.html", **values, **self._menu(repository))

    def branches(self, request: Request, owner: str, name: str, filter: str = "", after: str = "") -> Response:
        """Show the branches, the newest first, with how far each is from the default branch."""
        access, repository = self._open(request, owner, name)
        default = refs.default_branch(repository)
        page = refs.branches(repository, filter[:200], "newest", after, _BRANCHES)
        distances = {
            ref.name: history.ahead_behind(repository, default.commit, ref.commit)
            for ref in page.items
            if default.commit and ref.commit and ref.name != default.name
        }
        values = {"found": page, "filter": filter, "default": default.name, "distances": distances}
        return self._render(request, access, "branches.html", **values)

    def blob(self, request: Request, owner: str, name: str, rest: str) -> Response:
        """Show a file."""
        access, repository = self._open(request, owner, name)
        at = resolving.resolve(repository, rest)
        held = blobs.file(repository, at.commit, at.path)
        commit = commits.commit(repository, at.commit)
        touched = history.of_path(repository, at.commit, at.path, limit=1)
        newest = touched.items[0].commit if touched.items else commit
        values = {"at": at, "file": held, "commit": newest, "content": rendered_file(held), "kind": "blob"}
        return self._render(request, access, "blob.html", **values, **self._menu(repository))

    def commit(self, request: Request, owner: str, name: str, sha: str, after: str = "") -> Response:
        """Show a commit and what it changed."""
        access, repository = self._open(request, owner, name)
        at = resolving.resolve(repository, sha)
        diff = diffs.of_commit(repository, at.commit)
        statuses = newest_of_each(self._statuses.of(access, at.commit))
        found = commits.commit(repository, at.commit)
        verdict = self._verifying.verdict(repository, found)
        values = {"commit": found, "diff": diff, "statuses": statuses, "verdict": verdict}
        return self._render(request, access, "commit.html", patches=patches.page(repository, diff, after), **values)

    def ledger(self, request: Request, owner: str, name: str, after: str = "") -> Response:
        """Show what happened in the project."""
        actor = request.state.actor
        access = self._platform.projects.open(actor, owner, name, "ledger.read")
        events = self._ledger.events(actor, Filter(access.project.ledger_name), after, 50)
        return self._render(request, access, "ledger.html", events=events)

    def _open(self, request: Request, owner: str, name: str) -> tuple[Access, Repository]:
        access = self._platform.projects.open(request.state.actor, owner, name, "code.read")
        return access, open_repository(self._hosting.path(access.project.id))

    def _menu(self, repository: Repository) -> dict[str, Any]:
        """What the menu of branches and tags shows."""
        branches = refs.branches(repository, order="newest", limit=_IN_MENU)
        return {"branch_menu": branches, "tag_menu": refs.tags(repository, limit=_IN_MENU)}

    def _tree(
        self, request: Request, access: Access, repository: Repository, at: resolving.Resolved, after: str = ""
    ) -> Response:
        entries = trees.folder(repository, at.commit, at.path, after)
        last = history.last_commits(repository, at.commit, at.path, [entry.name for entry in entries.items])
        readme = trees.readme(repository, at.commit, at.path)
        values = {
            "at": at,
            "entries": entries,
            "last": last.commits,
            "commit": self._newest(repository, at),
            "kind": "tree",
            "readme": readme,
            "readme_html": self._readme(access, repository, at, readme) if readme else "",
        }
        return self._render(request, access, "tree.html", **values, **self._menu(repository))

    @staticmethod
    def _readme(access: Access, repository: Repository, at: resolving.Resolved, readme: trees.Entry) -> Markup:
        base, ref = f"/{access.project.full_name}", quote(at.name)
        place = Place(f"{base}/blob/{ref}", f"{base}/raw/{ref}", at.path)
        return rendered_readme(blobs.file(repository, at.commit, readme.path), place)

    @staticmethod
    def _newest(repository: Repository, at: resolving.Resolved) -> objects.Commit:
        """Return the newest commit that touched the folder that is shown."""
        if at.path:
            touches = history.of_path(repository, at.commit, at.path, limit=1)
            if touches.items:
                return touches.items[0].commit
        return commits.commit(repository, at.commit)

    def _render(self, request: Request, access: Access, template: str, **values: Any) -> Response:
        actor = request.state.actor
        in_browser = actor.account_id is not None and actor.scopes is None
        addresses, name = clone_addresses(self._platform.settings), access.project.full_name
        more = {
            "access": access,
            "project": access.project,
            "clone_url": addresses.over_http(name),
            "ssh_url": addresses.over_ssh(name),
            "in_browser": in_browser,
            "watches": in_browser and self._platform.inbox.watch_level(actor, access.project.subject) == "watch",
        }
        return self._pages.render(request, f"repository/{template}", more | values)

    def _new_page(self, request: Request, values: dict[str, str], problem: str, status: int) -> Response:
        teams = self._platform.teams.mine(request.state.actor)
        owners = [request.state.actor.handle, *(team.handle for team in teams if rank(team.role) >= rank("developer"))]
        return self._pages.render(
            request, "repository/new.html", {"owners": owners, "problem": problem, **values}, status
        )
