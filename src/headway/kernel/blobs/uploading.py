"""Bytes on their way in: a file that nobody looks for yet, with its digest and size so far."""

from __future__ import annotations

import errno
import hashlib
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

from headway.kernel.blobs.errors import BlobStoreError, BlobStoreFullError, DigestMismatchError
from headway.kernel.blobs.records import Blob
from headway.kernel.errors import LimitError, explained

if TYPE_CHECKING:
    from collections.abc import Iterator

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class Upload:
    """One upload. Use it in a ``with``: leaving it removes what was not kept."""

    def __init__(self, folder: Path, most: int | None = None) -> None:
        self._most = most
        self._hash = hashlib.sha256()
        self.size = 0
        with told_of_the_disk():
            folder.mkdir(parents=True, exist_ok=True)
            self._descriptor, name = tempfile.mkstemp(prefix="blob-", dir=folder)
        self.path = Path(name)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        self.path.unlink(missing_ok=True)

    def write(self, data: bytes) -> None:
        """Add bytes. Raises ``LimitError`` beyond what is allowed, and ``BlobStoreFullError``."""
        self.size += len(data)
        if self._most is not None and self.size > self._most:
            raise LimitError(f"this is longer than the {self._most} bytes that are allowed")
        self._hash.update(data)
        with told_of_the_disk():
            view = memoryview(data)
            while view:
                view = view[os.write(self._descriptor, view) :]

    def finish(self, expected: Blob | None = None) -> Blob:
        """Return what came, once it is on the disk.

        Raises ``DigestMismatchError`` when something else was expected.
        """
        came = Blob(self._hash.hexdigest(), self.size)
        if expected is not None and came != expected:
            raise DigestMismatchError(
                f"what came has {came.size} bytes and the SHA-256 {came.digest}; "
                f"announced were {expected.size} bytes with {expected.digest}"
            )
        with told_of_the_disk():
            os.fsync(self._descriptor)
        return came


@contextmanager
def told_of_the_disk() -> Iterator[None]:
    """Turn errors of the file system into ``BlobStoreFullError`` and ``BlobStoreError``."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            text = "the disk for blobs is full; nothing was kept, and room on it helps at once"
            raise BlobStoreFullError(text) from error
        raise BlobStoreError(f"the blobs cannot be used: {explained(error)}") from error
