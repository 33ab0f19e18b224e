"""Where clients of Git LFS ask: below ``/<owner>/<name>.git/info/lfs``. Content is streamed both ways."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from headway.kernel.blobs.errors import DigestMismatchError
from headway.kernel.blobs.records import CHUNK, is_digest
from headway.kernel.blobs.uploading import Upload
from headway.kernel.errors import (
    DeadlineError,
    HeadwayError,
    InputError,
    LimitError,
    MovedError,
    NotFoundError,
    Problem,
)
from headway.kernel.settings import Settings
from headway.repository.git_routes import known_actor
from headway.repository.lfs import messages
from headway.repository.lfs.locks import LockedError, Locking
from headway.repository.lfs.objects import LargeFiles, LargeObject
from headway.repository.transport.access import PUSH, READ, GitAccess
from headway.repository.transport.hook import Caller
from headway.web.delivering import Content, deliver
from headway.web.failures import status_of

_LFS = "/{owner}/{name}/info/lfs"


class LfsRoutes:
    """Finds the project, asks the gate, and moves content between clients and blobs."""

    def __init__(self, access: GitAccess, files: LargeFiles, locking: Locking, settings: Settings) -> None:
        self._access = access
        self._files = files
        self._locking = locking
        self._settings = settings
        # Clients transfer eight objects at once.
        self._places = asyncio.Semaphore(settings.limits.transfers * 8)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False)
        routes: list[tuple[str, str, Callable[..., Any]]] = [
            ("POST", "/objects/batch", self.batch),
            ("GET", "/objects/{oid}", self.download),
            ("PUT", "/objects/{oid}", self.upload),
            ("POST", "/objects/{oid}/verify", self.verify),
            ("GET", "/locks", self.locks),
            ("POST", "/locks", self.lock),
            ("POST", "/locks/verify", self.verify_locks),
            ("POST", "/locks/{lock_id}/unlock", self.unlock),
        ]
        for method, path, endpoint in routes:
            methods = ["GET", "HEAD"] if method == "GET" else [method]
            router.add_api_route(f"{_LFS}{path}", endpoint, methods=methods)
        return router

    async def batch(self, request: Request, owner: str, name: str) -> Response:
        """Say what to do with each of some objects."""
        return await self._answered(request, partial(self._batch, request, owner, name))

    async def download(self, request: Request, owner: str, name: str, oid: str) -> Response:
        """Send an object, or the part of it that a broken download still lacks."""

        def answer() -> Response:
            caller = self._caller(request, owner, name, READ)
            found = self._files.object(caller.access.project.id, oid)
            headers = {"Content-Disposition": "attachment"}
            read = partial(self._files.read, found)
            return deliver(request, Content(found.size, oid, "application/octet-stream", read, headers))

        try:
            return await run_in_threadpool(answer)
        except HeadwayError as error:
            return _failed(request, error)

    async def upload(self, request: Request, owner: str, name: str, oid: str) -> Response:
        """Take an object."""
        try:
            caller = await run_in_threadpool(self._caller, request, owner, name, PUSH)
            if not is_digest(oid):
                raise InputError([Problem("oid", 0, 0, "an oid is 64 hexadecimal digits")])
            async with self._places, asyncio.timeout(self._settings.limits.transfer_seconds):
                await self._take(request, caller, oid)
        except TimeoutError:
            return _failed(request, DeadlineError("the upload took too long"))
        except HeadwayError as error:
            return _failed(request, error)
        return Response(status_code=200)

    async def verify(self, request: Request, owner: str, name: str, oid: str) -> Response:
        """Say whether an object has come."""

        def answer(body: bytes) -> Response:
            caller = self._caller(request, owner, name, PUSH)
            pointer = messages.parsed(messages.Pointer, body)
            if self._files.object(caller.access.project.id, oid) != LargeObject(pointer.oid, pointer.size):
                raise InputError([Problem("size", 0, 0, "the object that came is another one")])
            return _json({})

        return await self._answered(request, answer)

    async def locks(
        self,
        request: Request,
        owner: str,
        name: str,
        path: str = "",
        id: str = "",
        cursor: str = "",
        limit: int = 100,
    ) -> Response:
        """List locks."""

        def answer(_body: bytes) -> Response:
            caller = self._caller(request, owner, name, READ)
            found = self._locking.list(caller.access.project.id, path, id, cursor, limit)
            shapes = [messages.lock_shape(each) for each in found.items]
            return _json({"locks": shapes, "next_cursor": found.following})

        return await self._answered(request, answer)

    async def lock(self, request: Request, owner: str, name: str) -> Response:
        """Lock a file."""

        def answer(body: bytes) -> Response:
            caller = self._caller(request, owner, name, PUSH)
            wanted = messages.parsed(messages.NewLock, body)
            try:
                return _json({"lock": messages.lock_shape(self._locking.lock(caller, wanted.path))}, 201)
            except LockedError as error:
                return _json({"lock": messages.lock_shape(error.lock), "message": str(error)}, 409)

        return await self._answered(request, answer)

    async def verify_locks(self, request: Request, owner: str, name: str) -> Response:
        """List locks before a push: the caller's own and those of others."""

        def answer(body: bytes) -> Response:
            caller = self._caller(request, owner, name, PUSH)
            asked = messages.parsed(messages.Verification, body)
            found = self._locking.list(caller.access.project.id, cursor=asked.cursor, limit=asked.limit)
            parts: dict[str, list[object]] = {"ours": [], "theirs": []}
            for each in found.items:
                parts["ours" if each.owner == caller.actor.subject else "theirs"].append(messages.lock_shape(each))
            return _json({**parts, "next_cursor": found.following})

        return await self._answered(request, answer)

    async def unlock(self, request: Request, owner: str, name: str, lock_id: str) -> Response:
        """Take a lock away."""

        def answer(body: bytes) -> Response:
            caller = self._caller(request, owner, name, PUSH)
            asked = messages.parsed(messages.Unlocking, body)
            return _json({"lock": messages.lock_shape(self._locking.unlock(caller, lock_id, force=asked.force))})

        return await self._answered(request, answer)

    def _batch(self, request: Request, owner: str, name: str, body: bytes) -> Response:
        batch = messages.parsed(messages.Batch, body)
        if batch.hash_algo != "sha256":
            return _json({"message": "objects are named by their SHA-256 here"}, 409)
        if batch.operation == "upload":
            # Files come before the push that speaks of them, and so it is they that make a new project.
            caller = self._access.pusher(known_actor(request), owner, name)
        else:
            caller = self._caller(request, owner, name, READ)
        project = caller.access.project
        known = self._files.known(project.id, [pointer.oid for pointer in batch.objects])
        # The client's own word is good for the transfers too: it goes to the same server.
        authorization = request.headers.get("authorization")
        headers = {"Authorization": authorization} if authorization else {}
        address = f"{self._base_url(request)}/{project.full_name}.git/info/lfs/objects"
        most = self._settings.limits.lfs_bytes
        return _json(messages.batch_answer(batch, known, most, address, headers))

    async def _take(self, request: Request, caller: Caller, oid: str) -> None:
        declared = request.headers.get("content-length", "")
        most = self._settings.limits.lfs_bytes
        if declared.isdigit() and int(declared) > most:
            raise LimitError(f"an object has at most {most} bytes here, and this one has {declared}")
        upload = await run_in_threadpool(self._files.begin)
        try:
            async for chunk in _gathered(request.stream()):
                await run_in_threadpool(upload.write, chunk)
            await run_in_threadpool(self._files.keep, caller.access.project.id, oid, upload)
        finally:
            await asyncio.shield(run_in_threadpool(_discard, upload))

    def _caller(self, request: Request, owner: str, name: str, action: str) -> Caller:
        return self._access.caller(known_actor(request), owner, name, action)

    def _base_url(self, request: Request) -> str:
        configured = self._settings.base_url
        return str(configured or request.base_url).rstrip("/")

    async def _answered(self, request: Request, answer: Callable[[bytes], Response]) -> Response:
        try:
            return await run_in_threadpool(answer, await _body(request, self._settings.limits.request_bytes))
        except HeadwayError as error:
            return _failed(request, error)


def _discard(upload: Upload) -> None:
    upload.__exit__(None, None, None)


async def _body(request: Request, most: int) -> bytes:
    parts, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > most:
            raise LimitError(f"this request has more than the {most} bytes that are allowed")
        parts.append(chunk)
    return b"".join(parts)


async def _gathered(stream: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Yield what comes in larger pieces: each costs a change of threads. Raises ``HTTPException`` 400 when it ends."""
    parts, size = [], 0
    try:
        while True:
            chunk = await anext(stream, None)
            if chunk is None:
                break
            parts.append(chunk)
            size += len(chunk)
            if size >= CHUNK:
                yield b"".join(parts)
                parts, size = [], 0
    except ClientDisconnect:
        raise HTTPException(400, "the client went away") from None
    if parts:
        yield b"".join(parts)


def _json(content: dict[str, Any], status: int = 200) -> Response:
    return JSONResponse(content, status, media_type=messages.MEDIA_TYPE)


def _failed(request: Request, error: HeadwayError) -> Response:
    """Return an error as clients of Git LFS show it."""
    if isinstance(error, MovedError):
        old = f"/{request.path_params['owner']}/{request.path_params['name']}"
        path = request.url.path.replace(old, f"/{error.name}.git", 1)
        return Response(status_code=308, headers={"Location": f"{path}?{request.url.query}".rstrip("?")})
    status = 422 if isinstance(error, DigestMismatchError) else status_of(error)[0]
    answer = _json({"message": str(error)}, status)
    if status == 401:
        realm = 'Basic realm="Headway: a token is the password"'
        answer.headers["LFS-Authenticate"] = answer.headers["WWW-Authenticate"] = realm
    if isinstance(error, NotFoundError):
        answer.headers["Cache-Control"] = "no-store"
    return answer
