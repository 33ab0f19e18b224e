"""GitHub's routes. Lists come in pages with a ``Link`` header, whose addresses are opaque to tools."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from headway.kernel.errors import UnauthenticatedError
from headway.kernel.platform import Platform
from headway.kernel.projects.listing import list_projects
from headway.kernel.projects.records import Access
from headway.repository.cloning import clone_addresses
from headway.repository.contents_api import revision
from headway.repository.github import shapes
from headway.repository.hosting import Hosting
from headway.repository.reading import blobs, commits, diffs, history, refs, trees
from headway.repository.reading.errors import RefMissingError
from headway.repository.reading.objects import Commit
from headway.repository.reading.opening import Repository, open_repository
from headway.repository.settings import NewStatus, Statuses, combined_state, newest_of_each
from headway.repository.signatures.judging import payload
from headway.repository.signatures.verifying import Verifying, signed
from headway.web.schemas import Model

Text = Annotated[str, Query(max_length=2048)]
PerPage = Annotated[int, Query(ge=1, le=100)]
_REPOSITORY = "/repos/{owner}/{name}"


class NewStatusShape(Model):
    """A status, as GitHub's clients send it."""

    state: Literal["error", "failure", "pending", "success"]
    target_url: str | None = Field(None, max_length=2000)
    description: str | None = None
    context: str = Field("default", max_length=255)


class GithubRoutes:
    """Answers in GitHub's words. Errors have ``message``, which its clients show."""

    def __init__(self, platform: Platform, hosting: Hosting) -> None:
        self._platform = platform
        self._hosting = hosting
        self._statuses = Statuses(platform)
        self._at = shapes.Addresses(clone_addresses(platform.settings))
        self._verifying = Verifying(platform)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/v3", include_in_schema=False)
        routes: dict[str, Callable[..., Response]] = {
            "/user": self.user,
            "/user/repos": self.repositories,
            _REPOSITORY: self.repository,
            f"{_REPOSITORY}/branches": self.branches,
            f"{_REPOSITORY}/branches/{{branch:path}}": self.branch,
            f"{_REPOSITORY}/tags": self.tags,
            f"{_REPOSITORY}/commits": self.commits,
            f"{_REPOSITORY}/commits/{{ref:path}}/status": self.combined_status,
            f"{_REPOSITORY}/commits/{{ref:path}}/statuses": self.statuses,
            f"{_REPOSITORY}/commits/{{ref:path}}": self.commit,
            f"{_REPOSITORY}/readme": self.readme,
            f"{_REPOSITORY}/contents": self.contents,
            f"{_REPOSITORY}/contents/{{path:path}}": self.contents,
            f"{_REPOSITORY}/tarball/{{ref:path}}": self.tarball,
            f"{_REPOSITORY}/zipball/{{ref:path}}": self.zipball,
        }
        for path, endpoint in routes.items():
            router.add_api_route(path, endpoint, methods=["GET"])
        router.add_api_route(f"{_REPOSITORY}/statuses/{{sha}}", self.report_status, methods=["POST"])
        return router

    def user(self, request: Request) -> Response:
        """Return who asks."""
        actor = request.state.actor
        if actor.is_anonymous:
            raise UnauthenticatedError("Requires authentication")
        return JSONResponse(shapes.account(actor.handle, self._at) | {"id": actor.account_id, "name": actor.name})

    def repositories(self, request: Request, after: Text = "", per_page: PerPage = 30) -> Response:
        """Return the repositories that the one who asks may see."""
        actor = request.state.actor
        page = self._platform.database.read(lambda connection: list_projects(connection, actor, "", after, per_page))
        items = [shapes.repository(Access(project, None), None, self._at) for project in page.items]
        return self._page(request, items, page.following, per_page)

    def repository(self, request: Request, owner: str, name: str) -> Response:
        """Return a repository."""
        access, repository = self._open(request, owner, name)
        return JSONResponse(shapes.repository(access, refs.default_branch(repository).name, self._at))

    def branches(self, request: Request, owner: str, name: str, after: Text = "", per_page: PerPage = 30) -> Response:
        """Return branches."""
        access, repository = self._open(request, owner, name)
        page = refs.branches(repository, "", "name", after, per_page)
        items = [shapes.branch(ref, access.project, self._at) for ref in page.items]
        return self._page(request, items, page.following, per_page)

    def branch(self, request: Request, owner: str, name: str, branch: str) -> Response:
        """Return one branch."""
        access, repository = self._open(request, owner, name)
        sha = refs.commit_of(repository, f"refs/heads/{branch}")
        if sha is None:
            raise RefMissingError("Branch not found")
        (commit,) = self._commits(access, repository, [commits.commit(repository, sha)])
        return JSONResponse({"name": branch, "commit": commit, "protected": False})

    def tags(self, request: Request, owner: str, name: str, after: Text = "", per_page: PerPage = 30) -> Response:
        """Return tags."""
        access, repository = self._open(request, owner, name)
        page = refs.tags(repository, "", "newest", after, per_page)
        items = [shapes.tag(ref, access.project, self._at) for ref in page.items]
        return self._page(request, items, page.following, per_page)

    def commits(
        self,
        request: Request,
        owner: str,
        name: str,
        sha: Text = "",
        path: Text = "",
        after: Text = "",
        per_page: PerPage = 30,
    ) -> Response:
        """Return the history of a branch, or of a path in it."""
        access, repository = self._open(request, owner, name)
        at = revision(repository, sha)
        if path:
            touches = history.of_path(repository, at.commit, path, after, per_page)
            found, following = [touch.commit for touch in touches.items], touches.following
        else:
            page = history.of_commit(repository, at.commit, after, per_page)
            found, following = list(page.items), page.following
        return self._page(request, self._commits(access, repository, found), following, per_page)

    def commit(self, request: Request, owner: str, name: str, ref: str) -> Response:
        """Return one commit with its files."""
        access, repository = self._open(request, owner, name)
        at = revision(repository, ref)
        (found,) = self._commits(access, repository, [commits.commit(repository, at.commit)])
        return JSONResponse(found | shapes.changed_files(diffs.of_commit(repository, at.commit)))

    def combined_status(self, request: Request, owner: str, name: str, ref: str) -> Response:
        """Return what all checks of a commit amount to."""
        access, repository = self._open(request, owner, name)
        sha = revision(repository, ref).commit
        newest = newest_of_each(self._statuses.of(access, sha))
        return JSONResponse(shapes.combined_status(sha, combined_state(newest), newest, access, self._at))

    def statuses(self, request: Request, owner: str, name: str, ref: str) -> Response:
        """Return all statuses of a commit, newest first."""
        access, repository = self._open(request, owner, name)
        found = self._statuses.of(access, revision(repository, ref).commit)
        return JSONResponse([shapes.status(each, self._at, access.project) for each in found])

    def report_status(self, request: Request, owner: str, name: str, sha: str, new: NewStatusShape) -> Response:
        """Report what a check says of a commit."""
        access = self._platform.projects.open(request.state.actor, owner, name, "status.write")
        description = (new.description or "")[:300]
        wanted = NewStatus(new.state, new.context, description, new.target_url or "")
        made = self._statuses.report(request.state.actor, access, sha, wanted)
        return JSONResponse(shapes.status(made, self._at, access.project), 201)

    def readme(self, request: Request, owner: str, name: str, ref: Text = "") -> Response:
        """Return the README of the root folder."""
        access, repository = self._open(request, owner, name)
        at = revision(repository, ref)
        found = trees.readme(repository, at.commit)
        if found is None:
            raise RefMissingError("there is no README")
        return self._file(access, repository, at.commit, at.name, found.path)

    def contents(self, request: Request, owner: str, name: str, path: str = "", ref: Text = "") -> Response:
        """Return a file with its content, or the entries of a folder."""
        access, repository = self._open(request, owner, name)
        at = revision(repository, ref)
        if path.strip("/") and trees.entry(repository, at.commit, path).kind != "folder":
            return self._file(access, repository, at.commit, at.name, path)
        page = trees.folder(repository, at.commit, path, "", 1000)
        return JSONResponse([shapes.entry(each, at.name, access.project, self._at) for each in page.items])

    def tarball(self, request: Request, owner: str, name: str, ref: str) -> Response:
        """Lead to an archive."""
        return self._archive(request, owner, name, ref, "tar.gz")

    def zipball(self, request: Request, owner: str, name: str, ref: str) -> Response:
        """Lead to an archive."""
        return self._archive(request, owner, name, ref, "zip")

    def _commits(self, access: Access, repository: Repository, found: Sequence[Commit]) -> list[dict[str, Any]]:
        verdicts, now = self._verifying.verdicts(repository, map(signed, found)), self._platform.clock()
        items = []
        for each in found:
            data = payload(repository.raw(each.oid)[1]) if each.signature else b""
            known = shapes.verification(verdicts[each.oid], each.signature, data, now)
            items.append(shapes.commit(each, access.project, self._at, known))
        return items

    def _archive(self, request: Request, owner: str, name: str, ref: str, format_: str) -> Response:
        access, _ = self._open(request, owner, name)
        query = urlencode({"ref": ref, "format": format_})
        return RedirectResponse(f"/api/v1/projects/{access.project.full_name}/archive?{query}", 302)

    def _file(self, access: Access, repository: Repository, commit: str, ref: str, path: str) -> Response:
        limit = self._platform.settings.limits.file_bytes
        found = blobs.file(repository, commit, path, limit)
        return JSONResponse(shapes.file(found, ref, access.project, self._at))

    def _open(self, request: Request, owner: str, name: str) -> tuple[Access, Repository]:
        access = self._platform.projects.open(request.state.actor, owner, name, "code.read")
        return access, open_repository(self._hosting.path(access.project.id))

    def _page(self, request: Request, items: list[dict[str, Any]], following: str, per_page: int) -> Response:
        headers = {}
        if following:
            query = dict(request.query_params) | {"after": following, "per_page": str(per_page)}
            query.pop("page", None)
            headers["Link"] = f'<{self._at.pages}{request.url.path}?{urlencode(query)}>; rel="next"'
        return JSONResponse(items, headers=headers)
