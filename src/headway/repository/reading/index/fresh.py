"""Commits that the index does not know yet, and what they touched, as Git tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.repository.reading import commits, objects, process

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from headway.repository.reading.opening import Repository

_WALKED_AT_MOST = 300
_SECONDS = 3600.0


class Listed(NamedTuple):
    """A commit and its parents."""

    oid: str
    parents: tuple[str, ...]


def listed(repository: Repository, connection: sqlite3.Connection, tips: Sequence[str]) -> list[Listed]:
    """Return the commits that lead to the tips and that the index does not know: parents first, else by time."""
    unknown = [oid for oid in tips if not _known(connection, oid)]
    if not unknown:
        return []
    few = _walked(repository, connection, unknown)
    return few if few is not None else _asked(repository, connection, unknown)


def _known(connection: sqlite3.Connection, oid: str) -> bool:
    return connection.execute("SELECT 1 FROM commits WHERE oid=?", (bytes.fromhex(oid),)).fetchone() is not None


def _walked(repository: Repository, connection: sqlite3.Connection, tips: Sequence[str]) -> list[Listed] | None:
    """The commits of a usual push, found without starting git; None if they are too many."""
    found: dict[str, objects.Commit] = {}
    waiting = list(tips)
    while waiting:
        oid = waiting.pop()
        if oid in found or _known(connection, oid):
            continue
        if len(found) >= _WALKED_AT_MOST:
            return None
        found[oid] = commits.commit(repository, oid)
        waiting.extend(found[oid].parents)
    return [Listed(one.oid, one.parents) for one in _ordered(found)]


def _ordered(found: dict[str, objects.Commit]) -> list[objects.Commit]:
    oldest = sorted(found.values(), key=lambda one: one.committer.time)
    done: dict[str, objects.Commit] = {}
    for first in oldest:
        waiting = [first]
        while waiting:
            one = waiting[-1]
            missing = [found[oid] for oid in one.parents if oid in found and oid not in done]
            if missing:
                waiting.extend(missing)
            else:
                done.setdefault(one.oid, one)
                waiting.pop()
    return list(done.values())


def _asked(repository: Repository, connection: sqlite3.Connection, tips: Sequence[str]) -> list[Listed]:
    known = [row[0].hex() for row in connection.execute("SELECT oid FROM tip")]
    given = "".join([f"{oid}\n" for oid in tips] + [f"^{oid}\n" for oid in known])
    arguments = ("rev-list", "--reverse", "--date-order", "--parents", "--ignore-missing", "--stdin")
    answer = repository.ask(*arguments, given=given.encode(), seconds=_SECONDS, limit=0).decode()
    every = (line.split() for line in answer.splitlines())
    return [Listed(oid, tuple(parents)) for oid, *parents in every if not _known(connection, oid)]


def touched(repository: Repository, oids: Sequence[str]) -> Iterator[list[bytes]]:
    """Yield the paths that each of these commits changed against its parent, a merge against all of them."""
    arguments = ("diff-tree", "--stdin", "-r", "-c", "--root", "-z", "--raw", "--no-renames", "--always")
    paths: list[bytes] | None = None
    given = "".join(f"{oid}\n" for oid in oids).encode()
    with process.Command(repository.path, arguments, _SECONDS, given) as command:
        fields = command.fields(b"\0")
        for field in fields:
            # The raw form, although only names are wanted: a file's name could be the id of a commit.
            if field.startswith(b":") and paths is not None:
                paths.append(next(fields))
            elif field:
                if paths is not None:
                    yield paths
                paths = []
        command.finish()
    if paths is not None:
        yield paths
