"""The file of an index: its tables, its connections, and its replacement.

``headway-index.sqlite`` is a link to the file in use, whose name is never used again. A damaged file is replaced by
moving the link: connections to the old one go on with it, and cannot touch the journal of the new one.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import threading
import time
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from urllib.parse import quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headway.repository.reading.opening import Repository

    Answer = TypeVar("Answer")

VERSION = 2
LINK = "headway-index.sqlite"
_PREFIX = "headway-index-"
_IDLE_AT_MOST = 4
_POOLS_AT_MOST = 64
_STEPS = 20_000
_BUSY_SECONDS = 5.0

# number      the place of a commit among all, parents before children
# landed      the position of the first commit of the mainline that has it as an ancestor (or is it)
# mainline    the default branch along first parents, from its root; total: how many commits have landed so far
# touch       which commits changed a path (a file, or a file in a folder) against their parents, merges against all
# file, doc   the files of the default branch, and the distinct contents that they have and had
# body        those of them that are searched, as UTF-8: reading one here takes a tenth of the time that Git takes
_SCHEMA = """
CREATE TABLE state(name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE tip(oid BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE commits(number INTEGER PRIMARY KEY, oid BLOB NOT NULL UNIQUE, parents BLOB NOT NULL, landed INTEGER);
CREATE TABLE mainline(position INTEGER PRIMARY KEY, number INTEGER NOT NULL UNIQUE, total INTEGER NOT NULL);
CREATE TABLE path(id INTEGER PRIMARY KEY, parent INTEGER NOT NULL, name BLOB NOT NULL, UNIQUE(parent, name));
CREATE TABLE touch(path INTEGER NOT NULL, number INTEGER NOT NULL, PRIMARY KEY(path, number)) WITHOUT ROWID;
CREATE TABLE doc(id INTEGER PRIMARY KEY, oid BLOB NOT NULL UNIQUE, searched INTEGER NOT NULL);
CREATE TABLE file(path BLOB PRIMARY KEY, doc INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX file_doc ON file(doc);
CREATE TABLE body(doc INTEGER PRIMARY KEY, text BLOB NOT NULL);
CREATE VIRTUAL TABLE trigram USING fts5(body, content='', tokenize='trigram', detail=none);
CREATE TABLE blame(oid BLOB NOT NULL, path BLOB NOT NULL, data BLOB NOT NULL, used INTEGER NOT NULL,
                   PRIMARY KEY(oid, path)) WITHOUT ROWID;
"""


class _Idle(NamedTuple):
    target: str
    connections: list[sqlite3.Connection]


_pools: dict[str, _Idle] = {}
_lock = threading.Lock()


def asked(repository: Repository, ask: Callable[[sqlite3.Connection], Answer], seconds: float = 2.0) -> Answer | None:
    """Return what ``ask`` returns for a consistent state of the index.

    None if there is no index, if it is damaged or of another version, or if the answer took longer than ``seconds``.
    """
    target = current(repository.path)
    if target is None:
        return None
    connection = _borrowed(repository.path, target)
    if connection is None:
        return None
    deadline = time.monotonic() + seconds
    connection.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    try:
        connection.execute("BEGIN")
        answer = ask(connection)
        connection.execute("COMMIT")
    except sqlite3.Error:
        connection.close()
        return None
    except BaseException:
        connection.close()
        raise
    _given_back(repository.path, target, connection)
    return answer


def current(folder: str) -> str | None:
    """Return the name of the file in use, or None. Each file has a name of its own."""
    try:
        return os.readlink(os.path.join(folder, LINK))
    except OSError:
        return None


@contextlib.contextmanager
def writer(repository: Repository) -> Iterator[sqlite3.Connection]:
    """Give a connection that writes, to an index that is made if there is none. One process may do this at once."""
    target = current(repository.path)
    connection = _connected(repository.path, target) if target else None
    if connection is None:
        connection = _connected(repository.path, replace(repository.path))
    if connection is None:
        raise sqlite3.OperationalError(f"the index of the repository at '{repository.path}' cannot be opened")
    connection.execute("PRAGMA cache_size=-65536")
    try:
        yield connection
    finally:
        connection.close()


def replace(folder: str) -> str:
    """Put an empty index in the place of the one in use, and return its name. Its files are removed."""
    name = f"{_PREFIX}{secrets.token_hex(8)}.sqlite"
    connection = sqlite3.connect(os.path.join(folder, name), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version={VERSION};COMMIT;")
    renew_generation(connection)
    # Texts are gathered in memory before they are sorted; with the usual megabyte a build takes three times as long.
    connection.execute("INSERT INTO trigram(trigram, rank) VALUES('hashsize', 33554432)")
    connection.close()
    fresh = os.path.join(folder, f"{LINK}.{secrets.token_hex(4)}")
    os.symlink(name, fresh)
    os.replace(fresh, os.path.join(folder, LINK))
    for other in os.listdir(folder):
        # Also what was left half made by a process that was killed here.
        if other.startswith((_PREFIX, LINK + ".")) and not other.startswith(name):
            with contextlib.suppress(OSError):
                os.unlink(os.path.join(folder, other))
    return name


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Commit what is done inside, or nothing of it."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def remember(repository: Repository, sql: str, values: tuple[object, ...]) -> None:
    """Write something into the index that it can do without: at once, or not at all."""
    target = current(repository.path)
    connection = _connected(repository.path, target) if target else None
    if connection:
        with contextlib.suppress(sqlite3.Error):
            connection.execute("PRAGMA busy_timeout=100")
            connection.execute(sql, values)
        connection.close()


def state(connection: sqlite3.Connection, name: str) -> str:
    """Return a noted value, empty if there is none."""
    row = connection.execute("SELECT value FROM state WHERE name=?", (name,)).fetchone()
    return str(row[0]) if row else ""


def note(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Note a value."""
    connection.execute("INSERT OR REPLACE INTO state VALUES(?,?)", (name, value))


def renew_generation(connection: sqlite3.Connection) -> None:
    """Mark that positions on the mainline are new, so that whatever was remembered of them is forgotten."""
    note(connection, "generation", secrets.token_hex(8))


def _connected(folder: str, target: str) -> sqlite3.Connection | None:
    address = f"file:{quote(os.path.join(folder, target))}?mode=rw"
    try:
        connection = sqlite3.connect(
            address, uri=True, isolation_level=None, check_same_thread=False, timeout=_BUSY_SECONDS
        )
    except sqlite3.Error:
        return None
    try:
        connection.execute("PRAGMA synchronous=NORMAL")
        if connection.execute("PRAGMA user_version").fetchone()[0] == VERSION:
            return connection
    except sqlite3.Error:
        pass
    connection.close()
    return None


def _borrowed(folder: str, target: str) -> sqlite3.Connection | None:
    with _lock:
        idle = _pools.get(folder)
        if idle and idle.target == target and idle.connections:
            return idle.connections.pop()
    connection = _connected(folder, target)
    if connection:
        connection.execute("PRAGMA query_only=ON")
        connection.execute("PRAGMA cache_size=-8192")
    return connection


def _given_back(folder: str, target: str, connection: sqlite3.Connection) -> None:
    superfluous = [connection]
    with _lock:
        idle = _pools.pop(folder, None)
        if idle is None or idle.target != target:
            superfluous += idle.connections if idle else []
            idle = _Idle(target, [])
        if len(idle.connections) < _IDLE_AT_MOST:
            idle.connections.append(superfluous.pop(0))
        _pools[folder] = idle
        while len(_pools) > _POOLS_AT_MOST:
            superfluous += _pools.pop(next(iter(_pools))).connections
    for one in superfluous:
        one.close()
