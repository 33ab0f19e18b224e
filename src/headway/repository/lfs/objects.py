"""Which large files a project has.

They are kept as blobs, each once for all projects. A project has one when it was uploaded to that very project:
whoever knows the digest of another project's file has to show that they hold its content.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import IntegrityError

from headway.kernel.blobs import Blob, uses
from headway.kernel.blobs.records import is_digest
from headway.kernel.errors import NotFoundError
from headway.repository.lfs.tables import lfs_lock, lfs_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from headway.kernel.blobs.uploading import Upload
    from headway.kernel.platform import Platform

USE = "lfs"
"""The kind of use of a blob; the owner is the project."""


class LargeObject(NamedTuple):
    """A large file: the SHA-256 of its content, and its size in bytes."""

    oid: str
    size: int


class LargeFiles:
    """The large files of all projects. Who may, the gate has been asked by whoever calls."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def known(self, project_id: int, oids: Iterable[str]) -> dict[str, LargeObject]:
        """Return those of some objects that a project has, by their oids."""
        query = select(lfs_object.c.oid, lfs_object.c.size).where(
            lfs_object.c.project_id == project_id, lfs_object.c.oid.in_(tuple(oids))
        )
        found = self._platform.database.read(lambda connection: connection.execute(query).all())
        return {row.oid: LargeObject(row.oid, row.size) for row in found}

    def object(self, project_id: int, oid: str) -> LargeObject:
        """Return an object that a project has. Raises ``NotFoundError``."""
        found = self.known(project_id, [oid]).get(oid) if is_digest(oid) else None
        if found is None:
            raise NotFoundError("this large file has not been uploaded to this project")
        return found

    def read(self, found: LargeObject, first: int, end: int) -> Iterator[bytes]:
        """Return a part of an object's content. Raises ``BlobMissingError`` before the first byte."""
        return self._platform.blobs.read(found.oid, first, end)

    def begin(self) -> Upload:
        """Begin an upload."""
        return self._platform.blobs.upload(self._platform.settings.limits.lfs_bytes)

    def keep(self, project_id: int, oid: str, upload: Upload) -> LargeObject:
        """Return the object, now that the project has it for good.

        Raises ``DigestMismatchError`` when its content is not what the oid says, and ``BlobStoreError``.
        """
        blob = self._platform.blobs.keep(upload, Blob(oid, upload.size))
        now = self._platform.clock()
        self._platform.database.write(lambda connection: _add(connection, project_id, blob, now))
        return LargeObject(*blob)


def _add(connection: Connection, project_id: int, blob: Blob, now: datetime) -> None:
    uses.use(connection, blob.digest, USE, project_id)
    row = {"project_id": project_id, "oid": blob.digest, "size": blob.size, "created": now}
    mine = (lfs_object.c.project_id == project_id) & (lfs_object.c.oid == blob.digest)
    if connection.execute(select(lfs_object.c.oid).where(mine)).first() is None:
        try:
            with connection.begin_nested():
                connection.execute(insert(lfs_object).values(row))
        except IntegrityError:
            return  # somebody else uploaded the same at the same moment


def forget_project(connection: Connection, project_id: int, now: datetime) -> None:
    """Let an erased project have no large files and locks any more; what no other project has will be deleted."""
    uses.end_all_uses(connection, USE, project_id, now)
    for table in (lfs_object, lfs_lock):
        connection.execute(delete(table).where(table.c.project_id == project_id))
