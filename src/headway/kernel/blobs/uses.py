"""What the database knows of blobs: that they are there, and what uses them. Functions of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from headway.kernel.blobs.records import Blob, missing
from headway.kernel.blobs.tables import blob, blob_use

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection


def note(connection: Connection, new: Blob, now: datetime) -> bool:
    """Write down that a blob is about to be stored. Return whether it may: not while its content is being deleted.

    Its time to be used begins, also when it was there already.
    """
    known = update(blob).where(blob.c.digest == new.digest, blob.c.doomed.is_(False))
    if connection.execute(known.where(blob.c.unused.is_not(None)).values(unused=now)).rowcount:
        return True
    found = connection.execute(select(blob.c.doomed).where(blob.c.digest == new.digest)).one_or_none()
    if found is not None:
        return not found[0]
    try:
        with connection.begin_nested():
            connection.execute(insert(blob).values(digest=new.digest, size=new.size, created=now, unused=now))
    except IntegrityError:
        return note(connection, new, now)  # somebody else noted the same content at the same moment
    return True


def use(connection: Connection, digest: str, kind: str, owner_id: int) -> None:
    """Let an owner use a blob. Idempotent. Raises ``BlobMissingError`` when it is not there or about to go."""
    taken = update(blob).where(blob.c.digest == digest, blob.c.doomed.is_(False)).values(unused=None)
    if not connection.execute(taken).rowcount:
        raise missing(digest)
    mine = _use(digest, kind, owner_id)
    if connection.execute(select(blob_use.c.digest).where(*mine)).first() is None:
        connection.execute(insert(blob_use).values(digest=digest, kind=kind, owner_id=owner_id))


def end_use(connection: Connection, digest: str, kind: str, owner_id: int, now: datetime) -> None:
    """Let an owner no longer use a blob. When nothing else does, its time begins to run. Idempotent."""
    # Locked first: of two that end their use at the same time, the second sees that it is the last.
    connection.execute(select(blob.c.digest).where(blob.c.digest == digest).with_for_update())
    connection.execute(delete(blob_use).where(*_use(digest, kind, owner_id)))
    others = select(blob_use.c.digest).where(blob_use.c.digest == blob.c.digest).exists()
    connection.execute(update(blob).where(blob.c.digest == digest, blob.c.unused.is_(None), ~others).values(unused=now))


def end_all_uses(connection: Connection, kind: str, owner_id: int, now: datetime) -> None:
    """Let an owner no longer use any blob."""
    owned = select(blob_use.c.digest).where(blob_use.c.kind == kind, blob_use.c.owner_id == owner_id)
    for digest in sorted(connection.execute(owned).scalars()):
        end_use(connection, digest, kind, owner_id, now)


def uses(connection: Connection, digest: str) -> list[tuple[str, int]]:
    """Return what uses a blob: kinds and owners."""
    query = select(blob_use.c.kind, blob_use.c.owner_id).where(blob_use.c.digest == digest)
    return [(row.kind, row.owner_id) for row in connection.execute(query.order_by(*query.selected_columns))]


def unused_since(connection: Connection, before: datetime, limit: int) -> list[str]:
    """Return blobs that nothing has used since ``before``, the oldest first."""
    query = select(blob.c.digest).where(*_unused_since(before)).order_by(blob.c.unused).limit(limit)
    return list(connection.execute(query).scalars())


def doom_unused(connection: Connection, digests: Iterable[str], before: datetime) -> None:
    """Doom those of some blobs that nothing has used since ``before``: they can be neither used nor stored then."""
    for digest in sorted(digests):
        # Asked once more: since they were found, somebody may have begun to use one.
        doomed_now = update(blob).where(blob.c.digest == digest, *_unused_since(before)).values(doomed=True)
        connection.execute(doomed_now)


def _unused_since(before: datetime) -> tuple[ColumnElement[bool], ...]:
    used = select(blob_use.c.digest).where(blob_use.c.digest == blob.c.digest).exists()
    return blob.c.unused < before, blob.c.doomed.is_(False), ~used


def doom_unknown(connection: Connection, digests: Iterable[str], now: datetime) -> None:
    """Doom content that the database does not know."""
    for digest in digests:
        if connection.execute(select(blob.c.digest).where(blob.c.digest == digest)).first() is None:
            connection.execute(insert(blob).values(digest=digest, size=0, created=now, unused=now, doomed=True))


def doomed(connection: Connection, limit: int) -> list[str]:
    """Return blobs whose content has to be deleted."""
    return list(connection.execute(select(blob.c.digest).where(blob.c.doomed.is_(True)).limit(limit)).scalars())


def forget(connection: Connection, digests: Iterable[str]) -> None:
    """Forget doomed blobs, now that their content is gone."""
    connection.execute(delete(blob).where(blob.c.digest.in_(tuple(digests)), blob.c.doomed.is_(True)))


def unknown(connection: Connection, digests: Iterable[str]) -> set[str]:
    """Return those of some digests that the database does not know."""
    wanted = set(digests)
    return wanted - set(connection.execute(select(blob.c.digest).where(blob.c.digest.in_(wanted))).scalars())


def _use(digest: str, kind: str, owner_id: int) -> tuple[ColumnElement[bool], ...]:
    return blob_use.c.digest == digest, blob_use.c.kind == kind, blob_use.c.owner_id == owner_id
