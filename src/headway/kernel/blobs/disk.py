"""Blobs in a folder: ``ab/cd/<digest>``, written under another name first, so that a file that is there is whole."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from headway.kernel.blobs.records import CHUNK, Blob, Stored, checked_digest, is_digest, missing
from headway.kernel.blobs.uploading import told_of_the_disk
from headway.kernel.durable import flush_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

INCOMING = "incoming"


class DiskStore:
    """A folder of blobs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        # Within the folder: moving a file to its name is atomic on one file system only.
        self.incoming = folder / INCOMING

    def take(self, path: Path, blob: Blob) -> None:
        """Move a file to its name. Another writer of the same content may do so at the same time."""
        target = self._path(blob.digest)
        with told_of_the_disk():
            if target.exists() and target.stat().st_size == blob.size:
                return
            self._make(target.parent)
            path.chmod(0o640)
            path.replace(target)
            flush_names(target.parent)

    def read(self, digest: str, first: int, end: int | None) -> Iterator[bytes]:
        """Return the bytes from ``first`` to before ``end``."""
        try:
            file = self._path(digest).open("rb", buffering=0)
        except FileNotFoundError:
            raise missing(digest) from None
        return _slices(file, first, end)

    def size(self, digest: str) -> int | None:
        """Return how long a blob is, ``None`` when there is none."""
        try:
            return self._path(digest).stat().st_size
        except FileNotFoundError:
            return None

    def delete(self, digest: str) -> None:
        """Delete a blob; whoever reads it at this moment reads it to its end."""
        with told_of_the_disk():
            self._path(digest).unlink(missing_ok=True)

    def listed(self) -> Iterator[Stored]:
        """Yield everything that is there, folder by folder."""
        for folder in self._folder.glob("??/??"):
            with os.scandir(folder) as entries:
                for entry in entries:
                    if is_digest(entry.name):
                        yield Stored(entry.name, datetime.fromtimestamp(entry.stat().st_mtime, UTC))

    def _path(self, digest: str) -> Path:
        checked_digest(digest)
        return self._folder / digest[:2] / digest[2:4] / digest

    def _make(self, folder: Path) -> None:
        """Make a folder so that it is still there after the power failed: each new name is flushed in its parent."""
        if not folder.is_dir():
            self._make(folder.parent)
            folder.mkdir(exist_ok=True)
            flush_names(folder.parent)


def _slices(file: BinaryIO, first: int, end: int | None) -> Iterator[bytes]:
    with file:
        file.seek(first)
        left = None if end is None else max(0, end - first)
        while left is None or left > 0:
            chunk = file.read(CHUNK if left is None else min(CHUNK, left))
            if not chunk:
                return
            if left is not None:
                left -= len(chunk)
            yield chunk
