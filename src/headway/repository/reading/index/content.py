"""The files of the default branch, and the texts in them, for the index."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

from headway.repository.reading import diffs, names, objects, text
from headway.repository.reading.errors import CommandError, ObjectMissingError
from headway.repository.reading.index import store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

    from headway.repository.reading.opening import Repository

FILE_LIMIT = 1 << 20
"""Bytes of a file beyond which its text is not searched."""
_SECONDS = 3600.0
_STEP_SIZE = 8 << 20
_FILES_PER_COMMIT = 5
_OUTDATED_AT_LEAST = 20_000


class _Change(NamedTuple):
    path: bytes
    oid: str
    """Empty where the file is gone."""


def update(
    repository: Repository, connection: sqlite3.Connection, commit: str | None, batch: int
) -> Iterator[tuple[int, int]]:
    """Lead the files to those of a commit, and yield how many of how many changes are done; each step stays done.

    While it is under way ``searching`` names the commit; ``searched`` is the commit whose files these are.
    """
    _tidy(connection)
    before, unfinished = store.state(connection, "searched"), store.state(connection, "searching")
    if commit == before and not unfinished:
        return
    changes = _changes(repository, connection, "" if unfinished else before, commit)
    with store.transaction(connection):
        store.note(connection, "searching", commit or "none")
    done = 0
    while done < len(changes):
        with store.transaction(connection):
            done = _step(_Writing(repository, connection), changes, done, batch * _FILES_PER_COMMIT)
        yield done, len(changes)
    with store.transaction(connection):
        store.note(connection, "searched", commit or "")
        store.note(connection, "searching", "")


def _step(writing: _Writing, changes: list[_Change], start: int, most: int) -> int:
    """Apply some changes, and return how many are applied then."""
    size = 0
    done = start
    while done < len(changes) and done - start < most and size < _STEP_SIZE:
        size += writing.change(changes[done])
        done += 1
    writing.finish()
    return done


def _tidy(connection: sqlite3.Connection) -> None:
    """Contents that no file has any more stay until they are most of all; then all is made anew."""
    docs, files = (connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("doc", "file"))  # noqa: S608
    if docs > _OUTDATED_AT_LEAST and docs > 2 * files:
        with store.transaction(connection):
            for table in ("file", "doc", "body"):
                connection.execute(f"DELETE FROM {table}")  # noqa: S608
            connection.execute("INSERT INTO trigram(trigram) VALUES('delete-all')")
            store.note(connection, "searched", "")


def _changes(repository: Repository, connection: sqlite3.Connection, before: str, commit: str | None) -> list[_Change]:
    if before and commit:
        # A branch that was rewritten may have left a commit that was pruned since.
        with contextlib.suppress(CommandError):
            return _between(repository, before, commit)
    # Nothing is sure: compare what is there with what should be.
    held = dict(connection.execute("SELECT f.path, d.oid FROM file f JOIN doc d ON d.id=f.doc").fetchall())
    wanted = {one.path: one.oid for one in _between(repository, objects.EMPTY_TREE, commit)} if commit else {}
    gone = [_Change(path, "") for path in held.keys() - wanted.keys()]
    return gone + [_Change(path, oid) for path, oid in wanted.items() if held.get(path) != bytes.fromhex(oid)]


def _between(repository: Repository, old: str, new: str) -> list[_Change]:
    arguments = ("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "--no-renames", old, new)
    data = repository.ask(*arguments, seconds=_SECONDS, limit=0)
    changed = diffs.parse(old, new, data, complete=True).files
    return [_Change(names.encode(one.path), one.oid if _is_file(one.mode) else "") for one in changed]


def _is_file(mode: int) -> bool:
    return mode != 0 and objects.kind(mode) in {"file", "executable", "symlink"}


class _Writing:
    """Changes of one step. The texts go in last and together: each other statement between them would flush them."""

    __slots__ = ("_connection", "_repository", "_texts")

    def __init__(self, repository: Repository, connection: sqlite3.Connection) -> None:
        self._repository, self._connection = repository, connection
        self._texts: list[tuple[int, str]] = []

    def change(self, change: _Change) -> int:
        """Apply a change; return the size of the text that it brings."""
        if not change.oid:
            self._connection.execute("DELETE FROM file WHERE path=?", (change.path,))
            return 0
        oid = bytes.fromhex(change.oid)
        row = self._connection.execute("SELECT id FROM doc WHERE oid=?", (oid,)).fetchone()
        doc, size = (row[0], 0) if row else self._add(oid)
        self._connection.execute("INSERT OR REPLACE INTO file VALUES(?,?)", (change.path, doc))
        return size

    def finish(self) -> None:
        self._connection.executemany("INSERT INTO trigram(rowid, body) VALUES(?,?)", self._texts)
        bodies = ((doc, held.encode()) for doc, held in self._texts)
        self._connection.executemany("INSERT INTO body(doc, text) VALUES(?,?)", bodies)

    def _add(self, oid: bytes) -> tuple[int, int]:
        held = searchable(self._repository, oid.hex())
        doc = self._connection.execute("INSERT INTO doc(oid, searched) VALUES(?,?)", (oid, held is not None)).lastrowid
        if held is None or doc is None:
            return doc or 0, 0
        self._texts.append((doc, held))
        return doc, len(held)


def searchable(repository: Repository, oid: str) -> str | None:
    """Return the text of a file, or None if it is binary, too large, a pointer to a large file, or missing."""
    with contextlib.suppress(ObjectMissingError):
        kind, size = repository.header(oid)
        return decoded(repository.raw(oid)[1]) if kind == "blob" and size <= FILE_LIMIT else None
    return None


def decoded(data: bytes) -> str | None:
    """Return a file's text, its lines ended by LF, or None if it is binary or a pointer to a large file."""
    encoding = text.encoding(data)
    if not encoding or text.large_file(data):
        return None
    # The index of trigrams takes a NUL, which a text may have far from its beginning, for the end.
    return text.decoded(data, encoding).replace("\r\n", "\n").replace("\0", "\ufffd")
