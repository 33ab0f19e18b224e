"""All paths of a commit, for finding a file by a part of its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.repository.reading import commits, names, objects, paging
from headway.repository.reading.index import store
from headway.repository.reading.recent import Recent

if TYPE_CHECKING:
    import sqlite3

    from headway.repository.reading.opening import Repository
    from headway.repository.reading.paging import Page

PAGE_AT_MOST = 500_000
_kept: Recent[tuple[str, ...]] = Recent(4)


def paths(
    repository: Repository, commit: str, cursor: str = "", limit: int = PAGE_AT_MOST, seconds: float = 5.0
) -> Page[str]:
    """Return the paths of all files and symbolic links of a commit, in Git's order.

    ``complete`` is False if listing took too long. Raises ``CursorError``, ``ObjectMissingError``.
    """
    tree = commits.commit(repository, commit).tree
    every = _kept.get((repository.identity, tree))
    if every is None:
        every, complete = _listed(repository, commit, seconds)
        if not complete:
            return paging.offset_page(every, cursor, paging.bounded(limit, PAGE_AT_MOST))._replace(complete=False)
        _kept.put((repository.identity, tree), every)
    return paging.offset_page(every, cursor, paging.bounded(limit, PAGE_AT_MOST))


def forget() -> None:
    """Forget the lists that are kept in memory."""
    _kept.clear()


def _listed(repository: Repository, commit: str, seconds: float) -> tuple[tuple[str, ...], bool]:
    def ask(connection: sqlite3.Connection) -> bytes | None:
        if store.state(connection, "searched") != commit or store.state(connection, "searching"):
            return None
        # Joined in the database: a hundred thousand rows would take seven times as long to come out of it. A path never
        # ends with a slash, so that two of them part it from the next.
        sql = "SELECT CAST(group_concat(path, '//') AS BLOB) FROM (SELECT path FROM file ORDER BY path)"
        found = connection.execute(sql).fetchone()[0]
        return found or b""

    joined = store.asked(repository, ask)
    if joined is not None:
        return tuple(map(names.decode, joined.split(b"//"))) if joined else (), True
    output = repository.run("ls-tree", "-r", "-z", commit, seconds=seconds)
    lines = (line.partition(b"\t") for line in output.data.split(b"\0")[:-1])
    return tuple(names.decode(path) for head, _, path in lines if _is_file(head)), output.complete


def _is_file(head: bytes) -> bool:
    return objects.kind(int(head.split(b" ")[0], 8)) != "submodule"
