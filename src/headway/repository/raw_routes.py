"""Files as they are: streamed, with Git LFS pointers followed, and such that no browser runs what is in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from headway.kernel.platform import Platform
from headway.repository.contents_api import Ref, revision
from headway.repository.hosting import Hosting
from headway.repository.lfs.objects import LargeFiles
from headway.repository.reading import blobs, resolving, text
from headway.repository.reading.opening import Repository, open_repository
from headway.web.delivering import Content, deliver

Read = Callable[[int, int], Iterator[bytes]]
_IN_MEMORY = 1024 * 1024
_LOOKED_AT = 8000
_CHARSETS = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "utf-16": "utf-16", "cp1252": "windows-1252"}
# An SVG may have a style of its own; nothing may run, load anything, or be of our origin.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class RawRoutes:
    """Files of commits, for pages, programs and people who save them."""

    def __init__(self, platform: Platform, hosting: Hosting, large_files: LargeFiles) -> None:
        self._platform = platform
        self._hosting = hosting
        self._large_files = large_files

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter()
        reading = ["GET", "HEAD"]
        router.add_api_route("/{owner}/{name}/raw/{rest:path}", self.page, methods=reading, include_in_schema=False)
        router.add_api_route(
            "/api/v1/projects/{owner}/{name}/raw",
            self.raw,
            methods=["GET"],
            tags=["repository"],
            response_class=Response,
            responses={200: {"description": "the bytes of the file", "content": {"application/octet-stream": {}}}},
        )
        return router

    def page(self, request: Request, owner: str, name: str, rest: str) -> Response:
        """Return a file at ``<branch, tag or commit>/<path>``."""
        project_id, repository = self._open(request, owner, name)
        at = resolving.resolve(repository, rest)
        return self._answer(request, project_id, repository, at.commit, at.path)

    def raw(
        self,
        request: Request,
        owner: str,
        name: str,
        path: Annotated[str, Query(min_length=1, max_length=4096)],
        ref: Ref = "",
    ) -> Response:
        """Return the bytes of a file; those of the large file where Git LFS has a pointer. Takes ranges."""
        project_id, repository = self._open(request, owner, name)
        return self._answer(request, project_id, repository, revision(repository, ref).commit, path)

    def _open(self, request: Request, owner: str, name: str) -> tuple[int, Repository]:
        access = self._platform.projects.open(request.state.actor, owner, name, "code.read")
        return access.project.id, open_repository(self._hosting.path(access.project.id))

    def _answer(self, request: Request, project_id: int, repository: Repository, commit: str, path: str) -> Response:
        file = blobs.file(repository, commit, path, _LOOKED_AT)
        if file.large_file is not None:
            found = self._large_files.object(project_id, file.large_file.sha256)
            beginning = b"".join(self._large_files.read(found, 0, min(found.size, _LOOKED_AT)))
            read = partial(self._large_files.read, found)
            return deliver(request, _content(file, found.size, found.oid, beginning, read))
        size, oid = file.content.size, file.entry.oid
        if size <= _IN_MEMORY:
            data = file.content.data if file.content.complete else blobs.content(repository, oid, _IN_MEMORY).data
            return deliver(request, _content(file, size, oid, data[:_LOOKED_AT], partial(_slice, data)))
        return deliver(request, _content(file, size, oid, file.content.data, partial(_part, repository, oid)))


def _content(file: blobs.File, size: int, tag: str, beginning: bytes, read: Read) -> Content:
    media_type, inline = media_type_of(file.entry.name, beginning, image=bool(file.image))
    shown = "inline" if inline else "attachment"
    headers = {
        "Content-Disposition": f"{shown}; filename*=UTF-8''{quote(file.entry.name.encode('utf-8', 'surrogateescape'))}",
        "Content-Security-Policy": _POLICY,
        "X-Content-Type-Options": "nosniff",
    }
    return Content(size, tag, media_type, read, headers)


def media_type_of(name: str, beginning: bytes, *, image: bool) -> tuple[str, bool]:
    """Return the media type of a file, and whether a browser may show it. Pure.

    Text is plain text, whatever language it is in: a page that somebody pushed is not one of ours.
    """
    if image:
        return text.image(name), True
    encoding = text.encoding(beginning)
    if not encoding:
        return "application/octet-stream", False
    return f"text/plain; charset={_CHARSETS.get(encoding, 'utf-8')}", True


def _slice(data: bytes, first: int, end: int) -> Iterator[bytes]:
    yield data[first:end]


def _part(repository: Repository, oid: str, first: int, end: int) -> Iterator[bytes]:
    """Yield a part of a blob. Git cannot begin in the middle, and so what comes before is read and dropped."""
    position = 0
    with closing(blobs.stream(repository, oid)) as chunks:
        for chunk in chunks:
            piece = chunk[max(0, first - position) : max(0, end - position)]
            position += len(chunk)
            if piece:
                yield piece
            if position >= end:
                return
