"""Bytes that come in pieces."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator


def begun(pieces: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    """Return the same pieces, the first of them made: what cannot be had at all fails now, not when they are sent."""
    return _from(next(pieces, b""), pieces)


def _from(first: bytes, rest: Generator[bytes, None, None]) -> Generator[bytes, None, None]:
    with contextlib.closing(rest):
        yield first
        yield from rest
