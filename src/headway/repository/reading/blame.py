"""Who wrote each line of a file last.

That takes long for a long history: there is a deadline, and the index keeps the answers.
"""

from __future__ import annotations

import json
import time
import zlib
from typing import TYPE_CHECKING, NamedTuple

from headway.repository.reading import commits, names, process, trees
from headway.repository.reading.errors import PathMissingError
from headway.repository.reading.index import store
from headway.repository.reading.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headway.repository.reading.objects import Commit
    from headway.repository.reading.opening import Repository

_KEPT = 2000
_since_when: Recent[str] = Recent(4096)


class Region(NamedTuple):
    """Lines that follow each other and come from one commit: ``first`` counts from 1.

    ``path`` and ``original`` are where the first of them was in that commit.
    """

    first: int
    lines: int
    commit: str
    path: str
    original: int


class Blame(NamedTuple):
    """The regions of a file, by line, and their commits by id. ``complete`` is False if some lines took too long."""

    regions: tuple[Region, ...]
    commits: dict[str, Commit]
    complete: bool


def blame(repository: Repository, commit: str, path: str, seconds: float = 10.0) -> Blame:
    """Return who wrote the lines of a file. Raises ``PathMissingError``."""
    entry = trees.entry(repository, commit, path)
    if entry.kind not in {"file", "executable"}:
        raise PathMissingError(f"'{names.shown(path)}' at {commit[:12]} is a {entry.kind}, not a file", [entry.path])
    # Commits that took the file as it was share the answer of the one that they took it from.
    start = _since(repository, commit, entry.path)
    kept = _kept(repository, start, entry.path)
    if kept is not None:
        return _with_commits(repository, kept, complete=True)
    arguments = ["blame", "--incremental", "--root", start, "--", process.argument(names.encode(entry.path))]
    with process.Command(repository.path, arguments, seconds) as command:
        regions = parse(command.fields(b"\n"))
        complete = not command.late
        if complete:
            command.finish()
    if complete:
        _keep(repository, start, entry.path, regions)
    return _with_commits(repository, regions, complete=complete)


def parse(lines: Iterable[bytes]) -> list[Region]:
    """Return what `git blame --incremental` prints, by line; neighbours of one commit are one region."""
    found: list[Region] = []
    head: list[bytes] = []
    for line in lines:
        key, _, value = line.partition(b" ")
        if process.is_oid(key.decode(errors="replace")):
            head = line.split(b" ")
        elif key == b"filename" and head:
            oid, original, first, count = head
            found.append(Region(int(first), int(count), oid.decode(), _unquoted(value), int(original)))
            head = []
    merged: list[Region] = []
    for region in sorted(found):
        last = merged[-1] if merged else None
        if last and last[2:4] == region[2:4] and last.original + last.lines == region.original:
            merged[-1] = last._replace(lines=last.lines + region.lines)
        else:
            merged.append(region)
    return merged


def _unquoted(name: bytes) -> str:
    if not name.startswith(b'"'):
        return names.decode(name)
    return names.decode(name[1:-1].decode("unicode_escape").encode("latin-1", errors="replace"))


def _since(repository: Repository, commit: str, path: str) -> str:
    """Return the commit that a file comes from, along first parents, which `git blame` looks at first.

    Not simply the newest that changed it: another side may have made the same content, and is not who is blamed.
    """

    def walked() -> str:
        where = ("--", process.argument(names.encode(path)))
        output = repository.run("rev-list", "-1", "--first-parent", commit, *where, seconds=0.5)
        oid = output.data.decode().strip()
        return oid if process.is_oid(oid) else commit

    return _since_when.made((repository.identity, commit, path), walked)


def _with_commits(repository: Repository, regions: list[Region], *, complete: bool) -> Blame:
    oids = {region.commit for region in regions}
    return Blame(tuple(regions), {oid: commits.commit(repository, oid) for oid in oids}, complete)


def _kept(repository: Repository, commit: str, path: str) -> list[Region] | None:
    key = (bytes.fromhex(commit), names.encode(path))
    sql = "SELECT data FROM blame WHERE oid=? AND path=?"
    row = store.asked(repository, lambda connection: connection.execute(sql, key).fetchone() or ())
    return [Region(*one) for one in json.loads(zlib.decompress(row[0]))] if row else None


def _keep(repository: Repository, commit: str, path: str, regions: list[Region]) -> None:
    data = zlib.compress(json.dumps(regions).encode(), 1)
    row = (bytes.fromhex(commit), names.encode(path), data, int(time.time()))
    store.remember(repository, "INSERT OR REPLACE INTO blame VALUES(?,?,?,?)", row)
    oldest = "DELETE FROM blame WHERE used<(SELECT used FROM blame ORDER BY used DESC LIMIT 1 OFFSET ?)"
    store.remember(repository, oldest, (_KEPT,))
