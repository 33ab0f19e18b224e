"""What is in a repository, in JSON: trees, files, history, diffs, blame, comparisons, refs, archives and search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from headway.kernel.platform import Platform
from headway.repository.contents_schemas import (
    BlameShape,
    CommitShape,
    CompareShape,
    DiffShape,
    FileShape,
    PathsShape,
    RefShape,
    SearchShape,
    TreeShape,
    blame_shape,
    change_shape,
    commit_shape,
    entry_shape,
    file_shape,
    match_shape,
    patch_shape,
    ref_shape,
)
from headway.repository.hosting import Hosting
from headway.repository.reading import (
    archives,
    blame,
    blobs,
    commits,
    comparing,
    diffs,
    history,
    listing,
    objects,
    patches,
    refs,
    resolving,
    search,
    trees,
)
from headway.repository.reading.errors import RefMissingError
from headway.repository.reading.opening import Repository, open_repository
from headway.repository.signatures.verifying import Verifying, signed
from headway.web.schemas import ListOf, Model
from headway.web.streaming import Streamed

Text = Annotated[str, Query(max_length=4096)]
Limit = Annotated[int, Query(ge=1, le=1000)]
Ref = Annotated[str, Query(max_length=1024, description="a branch, a tag or a commit; the default branch when empty")]
After = Annotated[str, Query(max_length=2048, description="`following` of the page before")]
OfFiles = Annotated[int, Query(ge=1, le=100)]
OfRefs = Annotated[int, Query(ge=1, le=200)]
Order = Literal["name", "newest"]
_MEDIA_TYPES = {"tar.gz": "application/gzip", "zip": "application/zip"}


class ContentsApi:
    """Reads repositories. Nothing here takes time in proportion to the history or the tree."""

    def __init__(self, platform: Platform, hosting: Hosting) -> None:
        self._platform = platform
        self._hosting = hosting
        self._verifying = Verifying(platform)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/v1/projects/{owner}/{name}", tags=["repository"])
        routes: dict[str, Callable[..., Model]] = {
            "/tree": self.tree,
            "/paths": self.paths,
            "/file": self.file,
            "/commits": self.commits,
            "/commits/{sha}": self.commit,
            "/commits/{sha}/diff": self.diff,
            "/compare": self.compare,
            "/blame": self.blame,
            "/branches": self.branches,
            "/tags": self.tags,
            "/search": self.search,
        }
        for path, endpoint in routes.items():
            router.add_api_route(path, endpoint, methods=["GET"])
        router.add_api_route("/archive", self.archive, methods=["GET"], response_class=Streamed)
        return router

    def tree(
        self,
        request: Request,
        owner: str,
        name: str,
        ref: Ref = "",
        path: Text = "",
        last_commits: bool = False,
        after: After = "",
        limit: Limit = 1000,
    ) -> TreeShape:
        """Return the entries of a folder."""
        repository, at = self._at(request, owner, name, ref)
        page = trees.folder(repository, at.commit, path, after, limit)
        last: history.LastCommits | None = None
        if last_commits:
            last = history.last_commits(repository, at.commit, path, [entry.name for entry in page.items])
        known = last.commits if last else {}
        return TreeShape(
            commit=at.commit,
            path=path.strip("/"),
            items=[entry_shape(entry, known.get(entry.name)) for entry in page.items],
            following=page.following,
            complete=last.complete if last else True,
        )

    def paths(self, request: Request, owner: str, name: str, ref: Ref = "", after: After = "") -> PathsShape:
        """Return the paths of all files, for finding one by a part of its name."""
        repository, at = self._at(request, owner, name, ref)
        page = listing.paths(repository, at.commit, after)
        return PathsShape(commit=at.commit, items=list(page.items), following=page.following, complete=page.complete)

    def file(self, request: Request, owner: str, name: str, path: Text, ref: Ref = "") -> FileShape:
        """Return a file with its content."""
        repository, at = self._at(request, owner, name, ref)
        limit = self._platform.settings.limits.file_bytes
        return file_shape(at.commit, blobs.file(repository, at.commit, path, limit))

    def commits(
        self,
        request: Request,
        owner: str,
        name: str,
        ref: Ref = "",
        path: Text = "",
        follow: bool = False,
        after: After = "",
        limit: Annotated[int, Query(ge=1, le=500)] = 50,
    ) -> ListOf[CommitShape]:
        """Return the history of a branch, or of one path in it, newest first."""
        repository, at = self._at(request, owner, name, ref)
        if path:
            touches = history.of_path(repository, at.commit, path, after, limit, follow=follow)
            items = self._shapes(repository, [touch.commit for touch in touches.items])
            return ListOf(items=items, following=touches.following)
        page = history.of_commit(repository, at.commit, after, limit)
        return ListOf(items=self._shapes(repository, page.items), following=page.following)

    def commit(self, request: Request, owner: str, name: str, sha: str) -> CommitShape:
        """Return one commit."""
        repository, at = self._at(request, owner, name, sha)
        found = commits.commit(repository, at.commit)
        return commit_shape(found, self._verifying.verdict(repository, found))

    def diff(
        self,
        request: Request,
        owner: str,
        name: str,
        sha: str,
        after: After = "",
        limit: OfFiles = 25,
    ) -> DiffShape:
        """Return what a commit changed: all files, and the hunks of ``limit`` of them."""
        repository, at = self._at(request, owner, name, sha)
        return _diff_shape(repository, diffs.of_commit(repository, at.commit), after, limit)

    def compare(
        self,
        request: Request,
        owner: str,
        name: str,
        base: Text,
        head: Text,
        dots: Literal[2, 3] = 3,
        after: After = "",
        limit: OfFiles = 25,
    ) -> CompareShape:
        """Compare two branches, tags or commits: since they parted (3 dots), or from one to the other (2)."""
        repository = self._open(request, owner, name)
        old, new = (resolving.resolve(repository, text).commit for text in (base, head))
        found = comparing.compare(repository, old, new, dots)
        ahead = comparing.ahead(repository, old, new)
        return CompareShape(
            base=old,
            head=new,
            merge_base=found.merge_base,
            ahead=found.distance.ahead if found.distance else None,
            behind=found.distance.behind if found.distance else None,
            commits=self._shapes(repository, ahead.items),
            diff=_diff_shape(repository, found.diff, after, limit),
        )

    def blame(self, request: Request, owner: str, name: str, path: Text, ref: Ref = "") -> BlameShape:
        """Return who last changed each line of a file."""
        repository, at = self._at(request, owner, name, ref)
        return blame_shape(at.commit, path, blame.blame(repository, at.commit, path))

    def branches(
        self,
        request: Request,
        owner: str,
        name: str,
        filter: Text = "",
        order: Order = "name",
        distances: bool = False,
        after: After = "",
        limit: OfRefs = 100,
    ) -> ListOf[RefShape]:
        """Return branches; with ``distances`` how far each is ahead of the default branch, and behind it."""
        repository = self._open(request, owner, name)
        default = refs.default_branch(repository)
        page = refs.branches(repository, filter, order, after, limit)
        items = [ref_shape(ref, default.name) for ref in page.items]
        if distances and default.commit:
            for shape in items:
                distance = history.ahead_behind(repository, default.commit, shape.sha) if shape.sha else None
                if distance:
                    shape.ahead, shape.behind = distance
        return ListOf(items=items, following=page.following)

    def tags(
        self,
        request: Request,
        owner: str,
        name: str,
        filter: Text = "",
        order: Order = "newest",
        after: After = "",
        limit: OfRefs = 100,
    ) -> ListOf[RefShape]:
        """Return tags."""
        repository = self._open(request, owner, name)
        page = refs.tags(repository, filter, order, after, limit)
        return ListOf(items=[ref_shape(ref, None) for ref in page.items], following=page.following)

    def search(
        self,
        request: Request,
        owner: str,
        name: str,
        text: Annotated[str, Query(min_length=1, max_length=500)],
        regex: bool = False,
        case_sensitive: bool = False,
        path: Text = "",
        after: After = "",
        limit: OfFiles = 20,
    ) -> SearchShape:
        """Search the code of the default branch, of each file the first hundred lines that match."""
        repository = self._open(request, owner, name)
        page = search.code(
            repository, text, regex=regex, case_sensitive=case_sensitive, path=path, cursor=after, limit=limit
        )
        searched, files = page.progress or (None, None)
        return SearchShape(
            items=[match_shape(match) for match in page.items],
            following=page.following,
            complete=page.complete,
            searched=searched,
            files=files,
        )

    def archive(
        self, request: Request, owner: str, name: str, ref: Ref = "", format: Literal["tar.gz", "zip"] = "tar.gz"
    ) -> Response:
        """Return all files of a commit as an archive."""
        repository, at = self._at(request, owner, name, ref)
        return archive_response(repository, at, name, format)

    def _shapes(self, repository: Repository, found: Sequence[objects.Commit]) -> list[CommitShape]:
        verdicts = self._verifying.verdicts(repository, map(signed, found))
        return [commit_shape(each, verdicts[each.oid]) for each in found]

    def _open(self, request: Request, owner: str, name: str) -> Repository:
        access = self._platform.projects.open(request.state.actor, owner, name, "code.read")
        return open_repository(self._hosting.path(access.project.id))

    def _at(self, request: Request, owner: str, name: str, ref: str) -> tuple[Repository, resolving.Resolved]:
        repository = self._open(request, owner, name)
        return repository, revision(repository, ref)


def revision(repository: Repository, text: str) -> resolving.Resolved:
    """Return the branch, tag or commit that a text names as a whole.

    Raises ``RefMissingError`` and ``RefAmbiguousError``.
    """
    at = resolving.resolve(repository, text)
    if at.path:
        raise RefMissingError(f"no branch, tag or commit is named '{text[:200]}'", [at.name])
    return at


def archive_response(
    repository: Repository, at: resolving.Resolved, name: str, format_: Literal["tar.gz", "zip"]
) -> Response:
    """Return an archive, streamed, as a file to save."""
    folder = archives.folder_name(name, at.name or at.commit[:12])
    pieces = archives.archive(repository, at.commit, format_, folder)
    headers = {"Content-Disposition": f'attachment; filename="{folder}.{format_}"'}
    return Streamed(pieces, media_type=_MEDIA_TYPES[format_], headers=headers)


def _diff_shape(repository: Repository, diff: diffs.Diff, after: str, limit: int) -> DiffShape:
    page = patches.page(repository, diff, after, limit)
    return DiffShape(
        old=diff.old,
        new=diff.new,
        files=[change_shape(change) for change in diff.files],
        additions=diff.additions,
        deletions=diff.deletions,
        complete=diff.complete,
        patches=[patch_shape(patch) for patch in page.items],
        following=page.following,
    )
