"""Git's smart HTTP protocol, versions 0 to 2, at ``/<owner>/<name>`` and ``/<owner>/<name>.git`` (gitprotocol-http)."""

from __future__ import annotations

import asyncio
import zlib
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import Response

from headway.kernel.errors import HeadwayError
from headway.repository.errors import TransportError
from headway.repository.transport import programs
from headway.repository.transport.hook import Hook
from headway.repository.transport.pktline import fatal_line, service_header
from headway.repository.transport.serving import Served, started
from headway.web.streaming import Streamed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable
    from pathlib import Path

    from starlette.requests import Request

    from headway.kernel.settings import Limits
    from headway.repository.hosting import Hosting
    from headway.repository.receiving import Receiving
    from headway.repository.transport.hook import Caller

_NO_CACHE = {"Cache-Control": "no-cache, max-age=0, must-revalidate", "Pragma": "no-cache"}
_REPORT = "application/x-git-receive-pack-result"
_LARGEST_QUESTION = 64 * 1024 * 1024
"""Bytes that a fetch may say about what it wants and has."""


class GitHttp:
    """Serves clones, fetches and pushes; so many at once as the limits say."""

    def __init__(self, hosting: Hosting, receiving: Receiving, limits: Limits) -> None:
        self._hosting = hosting
        self._receiving = receiving
        self._limits = limits
        self._places = asyncio.Semaphore(limits.transfers)

    async def advertise(self, folder: Path, service: str, request: Request) -> Response:
        """Return the answer to ``GET info/refs``: what a repository has and can do."""
        protocol = _protocol(request)
        parts = [] if protocol == "version=2" and service == "git-upload-pack" else [service_header(service)]
        program = programs.advertisement(self._hosting, folder, service, protocol)
        async with self._places, self._deadline(), started(program) as git:
            await git.feed(_each([]))
            parts.extend([chunk async for chunk in git.output()])
            if await git.end():
                raise TransportError("git could not read this repository; the server's log says why")
        media_type = f"application/x-{service}-advertisement"
        return Response(b"".join(parts), media_type=media_type, headers=_NO_CACHE)

    async def upload(self, folder: Path, request: Request) -> Response:
        """Return the answer to ``POST git-upload-pack``: references, or a pack, streamed."""
        question = [chunk async for chunk in _body(request, _LARGEST_QUESTION)]
        program = programs.upload_pack(self._hosting, folder, _protocol(request), stateless=True)

        async def answer() -> AsyncIterator[bytes]:
            async with self._places, self._deadline(), started(program) as git:
                feeding = git.meanwhile(git.feed(_each(question)))
                async for chunk in git.output():
                    yield chunk
                await feeding
                await git.end()

        return Streamed(answer(), media_type="application/x-git-upload-pack-result", headers=_NO_CACHE)

    async def receive(self, caller: Caller, folder: Path, request: Request) -> Response:
        """Return the answer to ``POST git-receive-pack``.

        The pack is passed on as it comes. What git reports is held back until the ledger knows what happened: a
        client that hears of success can rely on it.
        """
        if await _is_probe(request):
            return Response(b"", media_type=_REPORT, headers=_NO_CACHE)
        try:
            async with self._places, self._deadline():
                report = await self._receive(caller, folder, request)
        except TimeoutError:
            report = fatal_line(f"the push took longer than {self._limits.transfer_seconds} s")
        except HeadwayError as error:
            report = fatal_line(str(error))
        return Response(report, media_type=_REPORT, headers=_NO_CACHE)

    async def _receive(self, caller: Caller, folder: Path, request: Request) -> bytes:
        hook = Hook(self._receiving, caller)
        most = self._limits.push_bytes
        program = programs.receive_pack(self._hosting, folder, _protocol(request), hook, most=most, stateless=True)
        try:
            async with started(program) as git:
                hook.start()
                collecting = git.meanwhile(_collected(git))
                await git.feed(_body(request, most + _LARGEST_QUESTION))
                report = await collecting
                await git.end()
        finally:
            # Also when the client went away: what git did is told all the same.
            await asyncio.shield(hook.finish())
        return report

    def _deadline(self) -> asyncio.Timeout:
        return asyncio.timeout(self._limits.transfer_seconds)


async def _is_probe(request: Request) -> bool:
    """Whether a client only tries whether it may push: a flush without a command, as git sends before a large pack."""
    return request.headers.get("content-length") == "4" and await request.body() == b"0000"


def _protocol(request: Request) -> str:
    return request.headers.get("git-protocol", "")


async def _collected(git: Served) -> bytes:
    return b"".join([chunk async for chunk in git.output()])


async def _each(chunks: Iterable[bytes]) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


async def _body(request: Request, most: int) -> AsyncIterator[bytes]:
    """Yield a request's body, unpacked if it is packed. Raises ``HTTPException`` 413 beyond ``most`` bytes."""
    encoding = request.headers.get("content-encoding", "identity").lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise HTTPException(415, f"bodies packed with '{encoding[:20]}' are not read here; use gzip, or none")
    unpacker = zlib.decompressobj(wbits=31) if "gzip" in encoding else None
    seen = 0
    async for chunk in request.stream():
        for part in _unpacked(unpacker, chunk):
            seen += len(part)
            if seen > most:
                raise HTTPException(413, f"this request has more than the {most} bytes that are allowed")
            yield part


def _unpacked(unpacker: zlib._Decompress | None, chunk: bytes) -> Iterable[bytes]:
    """Yield a chunk's content, at most a megabyte at a time, whatever it would grow to."""
    if unpacker is None:
        yield chunk
        return
    while chunk:
        try:
            yield unpacker.decompress(chunk, 1024 * 1024)
        except zlib.error as error:
            raise HTTPException(400, f"the body is not what gzip makes: {error}") from None
        chunk = unpacker.unconsumed_tail
