"""Uploads and downloads: what GitHub's clients use of Azure's block blobs, at addresses that are signed."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from headway.integration.results.answers import azure_error
from headway.integration.results.bodies import part_of_upload, small_body
from headway.integration.results.cache_service import ARCHIVE
from headway.integration.results.errors import InvalidRequestError, NotFoundError, ResultsError
from headway.integration.results.records import ZIP
from headway.kernel.errors import HeadwayError
from headway.kernel.pieces import begun
from headway.web.streaming import Streamed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.requests import Request

    from headway.integration.results.backend import Backend
    from headway.integration.results.records import Stores

_LARGEST_LIST = 8 << 20
_PIECE = 1 << 20
_LONGEST_BLOCK_ID = 128


class Blobs:
    """The routes of blobs."""

    __slots__ = ("_backend",)

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    async def put(self, request: Request) -> Response:
        """Take a block, the list of blocks, or a whole blob ("Put Block", "Put Block List", "Put Blob")."""
        try:
            self._check(request, "w")
            upload = self._backend.uploads.get(request.path_params["number"])
            comp = request.query_params.get("comp", "")
            if comp == "block":
                name = _block_id(request.query_params.get("blockid", ""))
                upload.keep_block(name, await part_of_upload(request, upload))
            elif comp == "blocklist":
                names = block_list(await small_body(request, _LARGEST_LIST))
                await run_in_threadpool(upload.put_together, names)
            elif comp == "" and request.headers.get("x-ms-blob-type", "").lower() == "blockblob":
                upload.keep_whole(await part_of_upload(request, upload))
            else:
                raise InvalidRequestError("Only block blobs can be uploaded here: Put Block, Put Block List, Put Blob")
        except ClientDisconnect:
            return Response(status_code=400)
        except FileNotFoundError:
            return azure_error(NotFoundError("The upload was finished or given up in the meantime"))
        except (HeadwayError, OSError) as error:
            return azure_error(error)
        return Response(status_code=201, headers={"x-ms-request-server-encrypted": "false"})

    async def get(self, request: Request) -> Response:
        """Send an artifact or a cache; of a cache also a part ("Get Blob")."""
        try:
            self._check(request, "r")
            stores = self._backend.stores(request.path_params["run"])
            if stores is None:
                raise NotFoundError("There is no such run here")
            number = int(request.path_params["number"])  # the address is signed: it is one
            if request.path_params["kind"] == "caches":
                return await run_in_threadpool(_cache, stores, number, request.headers, request.method)
            return await run_in_threadpool(_artifact, stores, number, request.method)
        except (HeadwayError, OSError) as error:
            return azure_error(error)

    def _check(self, request: Request, permission: str) -> None:
        path = request.scope["raw_path"].decode("latin-1").partition("?")[0]
        self._backend.signer.check_address(path, request.url.query, permission)


def _block_id(text: str) -> str:
    if not 0 < len(text) <= _LONGEST_BLOCK_ID:
        raise InvalidRequestError(f"'blockid' must have between 1 and {_LONGEST_BLOCK_ID} characters")
    return text


def block_list(data: bytes) -> list[str]:
    """Return the ids of a block list, in order. Raises ``InvalidRequestError`` for what is no such list."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        root = fromstring(data, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError, LookupError) as error:
        raise InvalidRequestError(f"The block list is no XML that is read here: {error}") from None
    if root.tag != "BlockList":
        raise InvalidRequestError("The block list must be an element BlockList")
    for child in root:
        if child.tag not in ("Latest", "Uncommitted", "Committed"):
            raise InvalidRequestError("A block list holds elements Latest, Uncommitted and Committed only")
    return [_block_id((child.text or "").strip()) for child in root]


def _artifact(stores: Stores, number: int, method: str) -> Response:
    store = stores.artifacts
    artifact = next((artifact for artifact in store.artifacts() if artifact.id == number), None)
    if artifact is None:
        raise NotFoundError("The artifact was deleted, or has expired")
    name = f"{artifact.name}.zip" if artifact.mime == ZIP else artifact.name
    headers = {
        "content-type": artifact.mime,
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "x-ms-blob-type": "BlockBlob",
    }
    if method == "HEAD":
        return Response(headers=headers | {"content-length": str(artifact.archive_size)})
    return Streamed(begun(store.archive(artifact)), headers=headers)


def _cache(stores: Stores, number: int, headers: Mapping[str, str], method: str) -> Response:
    entry = stores.caches.entry(number)
    if entry is None:
        raise NotFoundError("The cache was evicted")
    with stores.caches.content(entry) as folder:
        # The open file stays readable even if the cache is evicted while it is sent.
        descriptor = os.open(os.path.join(folder, ARCHIVE), os.O_RDONLY | os.O_CLOEXEC)
    try:
        size = os.fstat(descriptor).st_size
        asked = headers.get("x-ms-range") or headers.get("range") or ""
        start, end = byte_range(asked, size)
    except BaseException:
        os.close(descriptor)
        raise
    answer = {
        "content-type": "application/octet-stream",
        "content-length": str(end - start),
        "accept-ranges": "bytes",
        "x-ms-blob-type": "BlockBlob",
    }
    partial = (start, end) != (0, size)
    if partial:
        answer["content-range"] = f"bytes {start}-{end - 1}/{size}"
    if method == "HEAD":
        os.close(descriptor)
        return Response(headers=answer)
    return Streamed(_file_part(descriptor, start, end), 206 if partial else 200, answer)


def byte_range(text: str, size: int) -> tuple[int, int]:
    """Return the part of a file that a header ``Range`` asks for, as start and end; all of it for other requests.

    Raises ``InvalidRequestError`` for a part that begins behind the end.
    """
    found = re.fullmatch(r"bytes=(\d{0,18})-(\d{0,18})", text.strip(), re.ASCII)
    if found is None or found.group(1, 2) == ("", ""):
        return 0, size
    if not found[1]:
        return max(size - int(found[2]), 0), size
    start = int(found[1])
    end = min(int(found[2]) + 1, size) if found[2] else size
    if start >= size or end <= start:
        raise InvalidRequestError(f"The range '{text}' is not in a file of {size:,} bytes")
    return start, end


def _file_part(descriptor: int, start: int, end: int) -> Iterator[bytes]:
    try:
        while start < end:
            data = os.pread(descriptor, min(_PIECE, end - start), start)
            if not data:
                raise ResultsError("The file became shorter while it was sent")
            start += len(data)
            yield data
    finally:
        os.close(descriptor)
