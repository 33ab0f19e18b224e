"""Questions that the index answers. Each returns None if it does not know the commit."""

# ruff: noqa: S608 -- what is put into the statements is ours; values are bound
from __future__ import annotations

import json
from typing import TYPE_CHECKING

from headway.repository.reading import names
from headway.repository.reading.index import graph

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

_GONE_FOR_EACH = 3


def ancestors(connection: sqlite3.Connection, commit: str, after: str, limit: int) -> list[str] | None:
    """Return ``limit`` commits that lead to a commit, newest first; those that follow ``after`` if it is given."""
    reach = graph.reach(connection, commit)
    if reach is None:
        return None
    sql = (
        f"SELECT c.oid FROM commits c WHERE c.number<:before AND {graph.REACHABLE} ORDER BY c.number DESC LIMIT :limit"
    )
    return _listed(connection, sql, reach, after, limit)


def touching(connection: sqlite3.Connection, commit: str, path: str, after: str, limit: int) -> list[str] | None:
    """Return ``limit`` commits that lead to a commit and touched a path, as ``ancestors`` does."""
    reach = graph.reach(connection, commit)
    if reach is None:
        return None
    id_ = path_id(connection, names.segments(path))
    # CROSS JOIN keeps SQLite at this order of tables: the touches are few, and sorted.
    sql = (
        "SELECT c.oid FROM touch t CROSS JOIN commits c ON c.number=t.number "
        f"WHERE t.path=:path AND t.number<:before AND {graph.REACHABLE} ORDER BY t.number DESC LIMIT :limit"
    )
    return _listed(connection, sql, reach, after, limit, path=id_)


def newest(connection: sqlite3.Connection, commit: str, folder: str, entries: Sequence[str]) -> dict[str, str] | None:
    """Return the newest commit that touched each of these entries of a folder, by name."""
    reach = graph.reach(connection, commit)
    if reach is None:
        return None
    known = _entries(connection, path_id(connection, names.segments(folder)), entries)
    sql = (
        "SELECT p.value, (SELECT c.oid FROM touch t CROSS JOIN commits c ON c.number=t.number "
        f"WHERE t.path=p.value AND t.number<=:top AND {graph.REACHABLE} ORDER BY t.number DESC LIMIT 1) "
        "FROM json_each(:paths) p"
    )
    values = {**reach.parameters(), "paths": json.dumps(list(known)), "top": reach.number}
    return {known[id_]: oid.hex() for id_, oid in connection.execute(sql, values) if oid}


def _entries(connection: sqlite3.Connection, parent: int, entries: Sequence[str]) -> dict[int, str]:
    """Return the names of entries of a folder by the number of their path, without those that no commit touched."""
    wanted = {names.encode(name): name for name in entries}
    # Reading a row takes a fifth of the time that looking for a name does, but a folder may have had many more names.
    most = 1 + _GONE_FOR_EACH * len(wanted)
    between = (parent, min(wanted, default=b""), max(wanted, default=b""), most)
    sql = "SELECT id, name FROM path WHERE parent=? AND name BETWEEN ? AND ? LIMIT ?"
    rows = connection.execute(sql, between).fetchall()
    if len(rows) == most:
        one = "SELECT id, name FROM path WHERE parent=? AND name=?"
        rows = [row for name in wanted for row in connection.execute(one, (parent, name))]
    return {id_: wanted[name] for id_, name in rows if name in wanted}


def distance(connection: sqlite3.Connection, base: str, head: str) -> tuple[int, int] | None:
    """Return how far ``head`` is ahead of ``base``, and how far behind."""
    one, other = graph.reach(connection, base), graph.reach(connection, head)
    return None if one is None or other is None else graph.ahead_behind(connection, one, other)


def path_id(connection: sqlite3.Connection, parts: Sequence[bytes]) -> int:
    """Return the number of a path: 0 is the root, and -1 one that no commit ever touched."""
    id_ = 0
    for name in parts:
        row = connection.execute("SELECT id FROM path WHERE parent=? AND name=?", (id_, name)).fetchone()
        if row is None:
            return -1
        id_ = row[0]
    return id_


def _listed(
    connection: sqlite3.Connection, sql: str, reach: graph.Reach, after: str, limit: int, **more: object
) -> list[str] | None:
    before = reach.number + 1
    if after:
        row = connection.execute("SELECT number FROM commits WHERE oid=?", (bytes.fromhex(after),)).fetchone()
        if row is None:
            return None
        before = row[0]
    values = {**reach.parameters(), "before": before, "limit": limit, **more}
    return [row[0].hex() for row in connection.execute(sql, values)]
