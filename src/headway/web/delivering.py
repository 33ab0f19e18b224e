"""Answering with bytes of any length: ranges, and not sending what the browser has already (RFC 9110)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal, NamedTuple

from starlette.responses import Response

from headway.web.streaming import Streamed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from starlette.requests import Request

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


class Content(NamedTuple):
    """What is delivered. ``read`` returns the bytes from a position to before another one.

    ``tag`` changes whenever the bytes do; a digest does.
    """

    size: int
    tag: str
    media_type: str
    read: Callable[[int, int], Iterator[bytes]]
    headers: Mapping[str, str] = {}


class Window(NamedTuple):
    """A part: from ``first`` to before ``end``."""

    first: int
    end: int


def deliver(request: Request, content: Content) -> Response:
    """Return the content, a part of it, or that nothing has changed."""
    tag = f'"{content.tag}"'
    headers = {"ETag": tag, "Accept-Ranges": "bytes", "Cache-Control": "private, no-cache", **content.headers}
    if _matches(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    asked = request.headers.get("range", "") if request.headers.get("if-range", tag) == tag else ""
    window = requested(asked, content.size)
    if window is None:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{content.size}"})
    part = window or Window(0, content.size)
    headers["Content-Length"] = str(part.end - part.first)
    if isinstance(window, Window):
        headers["Content-Range"] = f"bytes {part.first}-{part.end - 1}/{content.size}"
    status = 206 if isinstance(window, Window) else 200
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=content.media_type)
    chunks = content.read(part.first, part.end)
    return Streamed(chunks, status, headers, media_type=content.media_type)


def requested(text: str, size: int) -> Window | Literal[False] | None:
    """Return the part that a ``Range`` header asks for: ``False`` for all of it, ``None`` for one that is not there.

    Pure. What is no range of one part is ignored, as section 14.2 allows.
    """
    found = _RANGE.fullmatch(text.strip())
    if not found or (not found[1] and not found[2]):
        return False
    if not found[1]:
        length = min(int(found[2]), size)
        return Window(size - length, size) if length else None
    first, last = int(found[1]), int(found[2] or size)
    if found[2] and last < first:
        return False
    return Window(first, min(last + 1, size)) if first < size else None


def _matches(header: str, tag: str) -> bool:
    return header.strip() == "*" or tag in [part.strip().removeprefix("W/") for part in header.split(",")]
