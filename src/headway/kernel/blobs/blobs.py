"""Storing and reading blobs.

Whoever stores one has a day to say what uses it (``uses.use``, in the transaction of what uses it); see
``collecting.py`` for what happens otherwise.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from headway.kernel.blobs import uses
from headway.kernel.blobs.disk import DiskStore
from headway.kernel.blobs.errors import BlobBusyError
from headway.kernel.blobs.uploading import Upload

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from headway.kernel.blobs.records import Blob, Store
    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.settings import Settings

_PATIENCE_SECONDS = 10.0


class Blobs:
    """All blobs of the installation."""

    def __init__(self, database: Database, store: Store, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.store = store

    def upload(self, most: int | None = None) -> Upload:
        """Begin an upload of at most so many bytes. Use it in a ``with``, write to it, and ``keep`` it."""
        return Upload(self.store.incoming, most)

    def keep(self, upload: Upload, expected: Blob | None = None) -> Blob:
        """Return the blob, now that it is stored for good.

        Raises ``DigestMismatchError`` when something else was expected, and ``BlobStoreError``.
        """
        came = upload.finish(expected)
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._database.write(lambda connection: uses.note(connection, came, self._clock())):
            if time.monotonic() > deadline:
                raise BlobBusyError("the same content is being deleted at this moment; try again in a minute")
            time.sleep(0.05)
        self.store.take(upload.path, came)
        return came

    def put(self, chunks: Iterable[bytes], expected: Blob | None = None, most: int | None = None) -> Blob:
        """Store what the chunks are together. Raises as ``keep`` does, and ``LimitError``."""
        with self.upload(most) as upload:
            for chunk in chunks:
                upload.write(chunk)
            return self.keep(upload, expected)

    def read(self, digest: str, first: int = 0, end: int | None = None) -> Iterator[bytes]:
        """Return the bytes from ``first`` to before ``end``, chunk by chunk. Raises ``BlobMissingError`` at once."""
        return self.store.read(digest, first, end)

    def size(self, digest: str) -> int | None:
        """Return how long a blob is, ``None`` when there is none."""
        return self.store.size(digest)

    def exists(self, digest: str) -> bool:
        """Whether there is such a blob."""
        return self.store.size(digest) is not None


def store_for(settings: Settings) -> Store:
    """Return the store that the settings name. Raises ``InputError`` for an address that is none."""
    if not settings.blobs:
        return DiskStore(settings.data / "blobs")
    from headway.kernel.blobs.s3 import S3Store  # takes memory that most installations need not spend

    return S3Store(settings.blobs, settings.data / "incoming")
