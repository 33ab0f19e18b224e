"""What a blob is, and what a place for blobs can do."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from headway.kernel.blobs.errors import BlobMissingError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

CHUNK = 256 * 1024
"""Bytes that are read or written at a time."""

_DIGEST = re.compile(r"[0-9a-f]{64}")


class Blob(NamedTuple):
    """Content: its SHA-256 as 64 hexadecimal digits, and its size in bytes."""

    digest: str
    size: int


class Stored(NamedTuple):
    """What a store has, whether the database knows of it or not."""

    digest: str
    modified: datetime


class Store(Protocol):
    """A place for blobs. It knows names and bytes; the database knows what they are for.

    Every function may raise ``BlobStoreError``.
    """

    incoming: Path
    """A folder on this machine for what is on its way in."""

    def take(self, path: Path, blob: Blob) -> None:
        """Keep the verified content of a file of ``incoming``. Durable on return; idempotent, also at the same time."""

    def read(self, digest: str, first: int, end: int | None) -> Iterator[bytes]:
        """Return the bytes from ``first`` to before ``end``. Raises ``BlobMissingError`` before the first byte."""

    def size(self, digest: str) -> int | None:
        """Return how long a blob is, ``None`` when there is none."""

    def delete(self, digest: str) -> None:
        """Delete a blob. Idempotent."""

    def listed(self) -> Iterator[Stored]:
        """Yield everything that is there."""


def checked_digest(text: str) -> str:
    """Return ``text`` if it is a digest, so that it can be part of a path. Raises ``BlobMissingError``."""
    if _DIGEST.fullmatch(text):
        return text
    raise BlobMissingError("there is no such blob: a digest is 64 hexadecimal digits")


def is_digest(text: str) -> bool:
    """Whether a text is a digest."""
    return _DIGEST.fullmatch(text) is not None


def missing(digest: str) -> BlobMissingError:
    """Return the error for a blob that is not there."""
    return BlobMissingError(f"there is no blob sha256:{digest}")
