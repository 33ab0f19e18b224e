"""Bodies of requests: read in bounded memory, to a stated size, while they keep coming."""

from __future__ import annotations

import asyncio
import os
import secrets
from contextlib import suppress
from typing import TYPE_CHECKING

from headway.integration.results.errors import InvalidRequestError, TooLargeError
from headway.kernel.errors import DeadlineError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.requests import Request

    from headway.integration.results.uploads import Upload

QUIET_SECONDS = 60.0
"""How long a client may send nothing in the middle of a request."""


async def small_body(request: Request, largest: int) -> bytes:
    """Return a body. Raises ``TooLargeError`` for more than ``largest`` bytes."""
    _announced(request, largest)
    data = bytearray()
    async for piece in _pieces(request):
        data += piece
        if len(data) > largest:
            raise TooLargeError(f"The request may have at most {largest:,} bytes")
    return bytes(data)


async def part_of_upload(request: Request, upload: Upload) -> str:
    """Write a body into a file of the upload's folder, and return its path. Raises ``TooLargeError``, ``OSError``."""
    upload.check_room(_announced(request, upload.limits.block))
    path = os.path.join(upload.folder, f"{secrets.token_hex(8)}.part")
    written = 0
    try:
        with open(path, "xb", buffering=0) as file:
            async for piece in _pieces(request):
                upload.check_room(len(piece))
                upload.pending += len(piece)
                written += len(piece)
                if written > upload.limits.block:
                    raise TooLargeError(f"One request may bring at most {upload.limits.block:,} bytes")
                file.write(piece)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(path)
        raise
    finally:
        upload.pending -= written
    return path


def _announced(request: Request, largest: int) -> int:
    """Return the size that the request speaks of, 0 if it does not. Raises ``TooLargeError``."""
    text = request.headers.get("content-length", "0")
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise InvalidRequestError("The Content-Length is no number")
    if int(text) > largest:
        raise TooLargeError(f"The request may have at most {largest:,} bytes, not {text}")
    return int(text)


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    stream = request.stream()
    while True:
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                piece = await anext(stream)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise DeadlineError(f"Nothing came for {QUIET_SECONDS:.0f} s") from None
        yield piece
