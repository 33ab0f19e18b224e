"""Locks: files that somebody works on alone, since nobody can merge them."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from headway.kernel.errors import HeadwayError, InputError, LimitError, NotFoundError, Problem
from headway.kernel.gate import DeniedError, deny
from headway.kernel.ledger.types import own_event
from headway.repository.lfs.tables import lfs_lock

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from headway.kernel.database.tables import AnyRow
    from headway.kernel.identity.actors import Actor
    from headway.kernel.platform import Platform
    from headway.repository.transport.hook import Caller

MOST_LOCKS = 10_000
MOST_LISTED = 100


class Lock(NamedTuple):
    """A lock; ``owner`` is a subject of the ledger."""

    id: int
    path: str
    owner: str
    owner_name: str
    locked: datetime


class Locks(NamedTuple):
    """Some locks; ``following`` is where the next ones begin, empty at the end."""

    items: tuple[Lock, ...]
    following: str = ""


class LockedError(HeadwayError):
    """The path is locked already: by ``lock``."""

    def __init__(self, lock: Lock) -> None:
        self.lock = lock
        super().__init__(f"'{lock.path[:200]}' is locked by {lock.owner_name} already")


class Locking:
    """Locks of all projects. The gate has been asked for reading or pushing by whoever calls."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def lock(self, caller: Caller, path: str) -> Lock:
        """Lock a path for the caller. Raises ``LockedError`` and ``LimitError``."""
        project_id = caller.access.project.id
        hashed = _hash(path)
        values = {
            "project_id": project_id,
            "path": path,
            "path_hash": hashed,
            "owner": caller.actor.subject,
            "owner_name": (caller.actor.handle or caller.actor.name or caller.actor.subject)[:100],
            "locked": self._platform.clock(),
        }
        there = (lfs_lock.c.project_id == project_id) & (lfs_lock.c.path_hash == hashed)

        def work(connection: Connection) -> Lock:
            count = select(func.count()).select_from(lfs_lock).where(lfs_lock.c.project_id == project_id)
            if connection.execute(count).scalar_one() >= MOST_LOCKS:
                raise LimitError(f"a project has at most {MOST_LOCKS} locks")
            try:
                with connection.begin_nested():
                    connection.execute(insert(lfs_lock).values(values))
            except IntegrityError:
                raise LockedError(_lock(connection.execute(select(lfs_lock).where(there)).one())) from None
            self._tell(connection, caller, path, "locked")
            return _lock(connection.execute(select(lfs_lock).where(there)).one())

        return self._platform.database.write(work)

    def list(self, project_id: int, path: str = "", lock_id: str = "", cursor: str = "", limit: int = 100) -> Locks:
        """Return locks by age, all or those of a path or with an id. Raises ``InputError`` for a wrong cursor."""
        limit = max(1, min(limit, MOST_LISTED))
        query = select(lfs_lock).where(lfs_lock.c.project_id == project_id).order_by(lfs_lock.c.id)
        if path:
            query = query.where(lfs_lock.c.path_hash == _hash(path))
        if lock_id:
            query = query.where(lfs_lock.c.id == _number(lock_id, "id"))
        if cursor:
            query = query.where(lfs_lock.c.id >= _number(cursor, "cursor"))
        found = self._platform.database.read(
            lambda connection: [_lock(row) for row in connection.execute(query.limit(limit + 1))]
        )
        return Locks(tuple(found[:limit]), str(found[limit].id) if len(found) > limit else "")

    def unlock(self, caller: Caller, lock_id: str, *, force: bool) -> Lock:
        """Take a lock away, and return it.

        That of somebody else takes ``force`` and the permission for it. Raises ``NotFoundError`` and ``DeniedError``.
        """
        mine = (lfs_lock.c.project_id == caller.access.project.id) & (lfs_lock.c.id == _number(lock_id, "id"))

        def work(connection: Connection) -> Lock:
            row = connection.execute(select(lfs_lock).where(mine).with_for_update()).one_or_none()
            if row is None:
                raise NotFoundError("there is no such lock")
            if row.owner != caller.actor.subject:
                self._require_force(caller.actor, caller, row.owner_name, force=force)
            connection.execute(delete(lfs_lock).where(mine))
            self._tell(connection, caller, row.path, "unlocked")
            return _lock(row)

        return self._platform.database.write(work)

    def _require_force(self, actor: Actor, caller: Caller, owner: str, *, force: bool) -> None:
        if not force:
            raise DeniedError(deny(f"this lock belongs to {owner}; to take it away all the same, use --force"))
        access = caller.access
        self._platform.gate.require(actor, "lock.break", access.project.subject, access.facts())

    def _tell(self, connection: Connection, caller: Caller, path: str, change: str) -> None:
        project = caller.access.project
        self._platform.ledger.append(
            connection,
            own_event("lock.changed"),
            project.subject,
            actor=caller.actor.subject,
            project=project.ledger_name,
            data={"path": path, "change": change},
        )


def _hash(path: str) -> str:
    return hashlib.sha256(path.encode("utf-8", "surrogatepass")).hexdigest()


def _number(text: str, where: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 19:
        return int(text)
    raise InputError([Problem(where, 0, 0, "this is no number of a lock")])


def _lock(row: AnyRow) -> Lock:
    return Lock(row.id, row.path, row.owner, row.owner_name, row.locked)
