"""Responses that come in pieces, and end what makes the pieces."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from typing import TYPE_CHECKING

import anyio
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import Receive, Scope, Send


class Streamed(StreamingResponse):
    """Pieces of bytes. When the last was sent, or the client is gone, their generator is closed.

    ``StreamingResponse`` leaves that to the collection of garbage: a git would wait for it with its pipe full.
    """

    def __init__(
        self,
        pieces: Iterator[bytes] | AsyncIterator[bytes],
        status_code: int = 200,
        headers: Mapping[str, str] | None = None,
        media_type: str | None = None,
    ) -> None:
        super().__init__(pieces, status_code, headers, media_type)
        self._pieces = pieces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the pieces."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            with anyio.CancelScope(shield=True):
                await self._close()

    async def _close(self) -> None:
        if isinstance(self._pieces, AsyncGenerator):
            await self._pieces.aclose()
        elif isinstance(self._pieces, Generator):
            # A server that is told to end at once cancels the task, not the thread that waits for the next piece.
            with contextlib.suppress(ValueError):
                await run_in_threadpool(self._pieces.close)
