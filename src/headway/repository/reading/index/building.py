"""Bringing the index up to date, in steps that are small, each of which stays done whatever happens next."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
from typing import TYPE_CHECKING, Literal, NamedTuple

from headway.repository.reading import refs
from headway.repository.reading.errors import IndexBusyError
from headway.repository.reading.index import content, fresh, graph, mainline, store

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator, Sequence

    from headway.repository.reading.index.fresh import Listed
    from headway.repository.reading.opening import Repository

_LOCK = "headway-index.lock"
_PATHS_KEPT = 300_000
_NO_DAMAGE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}


class Progress(NamedTuple):
    """How far a part of the index is."""

    part: Literal["commits", "mainline", "files"]
    done: int
    total: int


def update(repository: Repository, batch: int = 1000) -> Generator[Progress, None, None]:
    """Bring the index up to date with the refs, and yield after each step of ``batch`` commits or files.

    What was yielded is on the disk. Stop when you like, and call it again after each push: it goes on where it was, and
    a missing, damaged or outdated index is made anew. Raises ``IndexBusyError`` while another thread or process does
    this.
    """
    with exclusive(repository.path, _LOCK):
        try:
            with store.writer(repository) as connection:
                yield from _updated(repository, connection, batch)
        except sqlite3.DatabaseError as error:
            # The lower byte is the kind of error; what the disk or another program causes is no damage.
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in _NO_DAMAGE:
                raise
            store.replace(repository.path)
            with store.writer(repository) as connection:
                yield from _updated(repository, connection, batch)


@contextlib.contextmanager
def exclusive(folder: str, name: str) -> Iterator[int]:
    """Hold a lock that ends with this process, however that ends. Raises ``IndexBusyError`` if somebody else has it."""
    lock = os.open(os.path.join(folder, name), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise IndexBusyError(f"somebody else holds '{name}' of the repository at '{folder}'") from None
        yield lock
    finally:
        os.close(lock)


def _updated(repository: Repository, connection: sqlite3.Connection, batch: int) -> Iterator[Progress]:
    tips = sorted({ref.commit for ref in refs.all_refs(repository) if ref.commit})
    yield from _commits(repository, connection, tips, batch)
    default = refs.default_branch(repository).commit
    for done, total in mainline.update(connection, default or _newest(connection), batch):
        yield Progress("mainline", done, total)
    for done, total in content.update(repository, connection, default, batch):
        yield Progress("files", done, total)


def _newest(connection: sqlite3.Connection) -> str | None:
    """The newest commit, to lead the mainline to, where there is neither a default branch nor a mainline yet."""
    sql = "SELECT oid FROM commits WHERE NOT EXISTS (SELECT 1 FROM mainline) ORDER BY number DESC LIMIT 1"
    row = connection.execute(sql).fetchone()
    return row[0].hex() if row else None


def _commits(
    repository: Repository, connection: sqlite3.Connection, tips: Sequence[str], batch: int
) -> Iterator[Progress]:
    new = fresh.listed(repository, connection, tips)
    writing = _Writing(connection)
    for start in range(0, len(new), batch):
        some = new[start : start + batch]
        touched = fresh.touched(repository, [one.oid for one in some])
        with store.transaction(connection):
            # Git answers in the order in which it was asked.
            for one, paths in zip(some, touched, strict=True):
                writing.commit(one, paths)
        yield Progress("commits", start + len(some), len(new))
    with store.transaction(connection):
        connection.execute("DELETE FROM tip")
        connection.executemany("INSERT INTO tip VALUES(?)", ((bytes.fromhex(oid),) for oid in tips))


class _Writing:
    """Commits and paths get their numbers here."""

    __slots__ = ("_connection", "_next", "_paths")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._next = connection.execute("SELECT coalesce(max(number), 0) + 1 FROM commits").fetchone()[0]
        self._paths: dict[bytes, int] = {}

    def commit(self, one: Listed, paths: Sequence[bytes]) -> None:
        number = self._next
        self._next += 1
        parents = [found for oid in one.parents if (found := self._number(oid)) is not None]
        row = (number, bytes.fromhex(one.oid), graph.packed(parents))
        self._connection.execute("INSERT INTO commits(number, oid, parents) VALUES(?,?,?)", row)
        ids = {id_ for path in paths for id_ in self._ids(path)}
        self._connection.executemany("INSERT INTO touch VALUES(?,?)", [(id_, number) for id_ in sorted(ids)])

    def _number(self, oid: str) -> int | None:
        row = self._connection.execute("SELECT number FROM commits WHERE oid=?", (bytes.fromhex(oid),)).fetchone()
        return row[0] if row else None

    def _ids(self, path: bytes) -> Iterator[int]:
        """The path's own id and those of the folders that it is in; the root folder has none."""
        while path:
            yield self._id(path)
            path = path.rpartition(b"/")[0]

    def _id(self, path: bytes) -> int:
        if (known := self._paths.get(path)) is not None:
            return known
        folder, _, name = path.rpartition(b"/")
        row = (self._id(folder) if folder else 0, name)
        found = self._connection.execute("SELECT id FROM path WHERE parent=? AND name=?", row).fetchone()
        if found is None:
            found = self._connection.execute("INSERT INTO path(parent, name) VALUES(?,?) RETURNING id", row).fetchone()
        if len(self._paths) >= _PATHS_KEPT:
            self._paths.clear()
        self._paths[path] = int(found[0])
        return self._paths[path]
