"""The files that may hold what is searched for: from the index, or all of a commit where there is none."""

# ruff: noqa: S608 -- what is put into the statements is ours; values are bound
from __future__ import annotations

import fnmatch
import re
from typing import TYPE_CHECKING, NamedTuple, Protocol

from headway.repository.reading import names
from headway.repository.reading.index import content

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from headway.repository.reading.opening import Repository
    from headway.repository.reading.queries import Query

_FIRST_BATCH, _LAST_BATCH = 32, 2048
_BATCH_BYTES = 1 << 20
_WILD = "*?["
_SPECIAL, _ESCAPED = re.compile(r"[%_\\]"), r"\\\g<0>"


class Candidate(NamedTuple):
    """A text that may match; ``number`` is its place in the order of all."""

    number: int
    text: bytes


class Source(Protocol):
    """Where candidates come from, in an order that stays."""

    commit: str

    def batches(self, number: int) -> Iterator[list[Candidate]]:
        """Yield the candidates from a number on, a few at first."""
        ...

    def oid(self, number: int) -> str:
        """Return the blob of a candidate."""
        ...

    def paths(self, number: int) -> list[str]:
        """Return the paths of a candidate that are wanted."""
        ...

    def progress(self, number: int) -> tuple[int, int]:
        """Return how many files come before a number, and how many there are."""
        ...


class Indexed:
    """Candidates that hold the trigrams of what is searched for, from the index."""

    def __init__(self, connection: sqlite3.Connection, query: Query, path: str, commit: str) -> None:
        self._connection, self._query, self._path = connection, query, path
        self.commit = commit
        if not _plain(path):
            connection.create_function("wanted", 1, lambda name: _wanted(names.decode(name), path))

    def batches(self, number: int) -> Iterator[list[Candidate]]:
        values = {"number": number, "match": self._query.condition.match(), "path": _bound(self._path)}
        rows = self._connection.execute(_sql(self._query, self._path), values)
        return _batches(Candidate(*row) for row in rows)

    def oid(self, number: int) -> str:
        row = self._connection.execute("SELECT oid FROM doc WHERE id=?", (number,)).fetchone()
        return str(row[0].hex())

    def paths(self, number: int) -> list[str]:
        sql = "SELECT path FROM file WHERE doc=:doc" + (f" AND {_condition(self._path)}" if self._path else "")
        rows = self._connection.execute(sql, {"doc": number, "path": _bound(self._path)})
        return sorted(names.decode(row[0]) for row in rows)

    def progress(self, number: int) -> tuple[int, int]:
        sql = "SELECT (SELECT count(*) FROM file WHERE doc<?), (SELECT count(*) FROM file)"
        before, every = self._connection.execute(sql, (number,)).fetchone()
        return int(before), int(every)


class Listed:
    """All files of a commit, where there is no index yet."""

    def __init__(self, repository: Repository, path: str, commit: str | None, seconds: float) -> None:
        self.commit, self.complete = commit or "", True
        self._repository = repository
        self._files: list[tuple[str, str]] = []
        if commit:
            output = repository.run("ls-tree", "-r", "-z", commit, seconds=seconds)
            self.complete = output.complete
            lines = (line.partition(b"\t") for line in output.data.split(b"\0")[:-1])
            every = ((head.split()[2].decode(), names.decode(name)) for head, _, name in lines if b" blob " in head)
            self._files = [(oid, name) for oid, name in every if not path or _wanted(name, path)]

    def batches(self, number: int) -> Iterator[list[Candidate]]:
        texts = (
            (place, content.searchable(self._repository, self._files[place][0]))
            for place in range(max(0, number), len(self._files))
        )
        return _batches(Candidate(place, text.encode()) for place, text in texts if text is not None)

    def oid(self, number: int) -> str:
        return self._files[number][0]

    def paths(self, number: int) -> list[str]:
        return [self._files[number][1]]

    def progress(self, number: int) -> tuple[int, int]:
        return min(number, len(self._files)), len(self._files)


def _batches(candidates: Iterable[Candidate]) -> Iterator[list[Candidate]]:
    most = _FIRST_BATCH
    size = 0
    batch: list[Candidate] = []
    for one in candidates:
        batch.append(one)
        size += len(one.text)
        if len(batch) >= most or size >= _BATCH_BYTES:
            yield batch
            batch, size, most = [], 0, min(most * 2, _LAST_BATCH)
    if batch:
        yield batch


def _sql(query: Query, path: str) -> str:
    """Return how to find candidates, in the order of their numbers, which new ones do not change."""
    # CROSS JOIN and the plus keep SQLite at going through what matches and looking each up; else it would ask the index
    # of trigrams anew for each file. Texts that no file has any more are not left out: those that match have no paths.
    if query.condition.match():
        tables, number, wanted = "trigram CROSS JOIN body ON body.doc=trigram.rowid", "trigram.rowid", "+trigram.rowid"
        matching = "trigram MATCH :match AND "
    else:
        tables, number, wanted, matching = "body", "body.doc", "body.doc", ""
    chosen = f" AND {wanted} IN (SELECT doc FROM file WHERE {_condition(path)})" if path else ""
    return f"SELECT doc, text FROM {tables} WHERE {matching}{number}>=:number{chosen} ORDER BY {number}"


def _condition(path: str) -> str:
    if not _plain(path):
        return "wanted(path)"
    if any(character in path for character in _WILD):
        return "CAST(path AS TEXT) GLOB :path"
    # Half the time that looking for it in lower(path) takes: nothing is copied.
    return r"CAST(path AS TEXT) LIKE :path ESCAPE '\'"


def _plain(path: str) -> bool:
    """Whether SQLite can tell what is in a path, or match it, by itself: it knows the case of ASCII only."""
    return path.isascii() and "\0" not in path


def _bound(path: str) -> str:
    if any(character in path for character in _WILD):
        return path
    return f"%{_SPECIAL.sub(_ESCAPED, path)}%"


def _wanted(name: str, path: str) -> bool:
    if any(character in path for character in _WILD):
        return fnmatch.fnmatchcase(name, path)
    return path.lower() in name.lower()
