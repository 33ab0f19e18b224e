"""Searching the code of the default branch: candidates from the index of trigrams, each looked into by git."""

# ruff: noqa: S608 -- what is put into the statements is ours; values are bound
from __future__ import annotations

import fnmatch
import json
import time
from typing import TYPE_CHECKING, NamedTuple, Protocol

from headway.repository.reading import grep, names, paging, queries, refs
from headway.repository.reading.errors import ObjectMissingError
from headway.repository.reading.index import content, store
from headway.repository.reading.paging import Page

if TYPE_CHECKING:
    from headway.repository.reading.grep import Line
    from headway.repository.reading.opening import Repository
    from headway.repository.reading.queries import Query

PAGE_AT_MOST = 100
_FIRST_CHUNK, _LAST_CHUNK = 64, 1024
_EXPRESSION_CHUNK = 256
_WILD = "*?["
_LEAST_SECONDS = 0.05


class FileMatch(NamedTuple):
    """A file that holds the text, at ``commit``, with the lines that match and those around them, by number."""

    commit: str
    path: str
    lines: tuple[Line, ...]


class _Candidate(NamedTuple):
    """A blob that may match; ``number`` is its place in the order of all."""

    number: int
    oid: str


def code(
    repository: Repository,
    text: str,
    *,
    regex: bool = False,
    case_sensitive: bool = False,
    path: str = "",
    cursor: str = "",
    limit: int = 20,
    context: int = 1,
    seconds: float = 2.0,
) -> Page[FileMatch]:
    """Return files of the default branch that hold a text, or what matches a Perl-compatible regular expression.

    ``path`` narrows it to paths that contain this in any case, or match it as a whole if it has ``*``, ``?`` or ``[``.
    Binary files, pointers to large files and files of more than 1 MiB are not searched. ``complete`` is False when the
    time was up before the page was full: its cursor goes on from there; or when the index is behind. Raises
    ``SearchError``, ``CursorError``.
    """
    query = queries.query(text, regex=regex, case_sensitive=case_sensitive)
    after = int(paging.parts(cursor, int)[0]) if cursor else 0
    deadline = time.monotonic() + seconds
    limit = paging.bounded(limit, PAGE_AT_MOST)
    source = _source(repository, query, path, seconds)
    found: list[FileMatch] = []
    while len(found) <= limit:
        # Of an expression the needles say little, and one large question costs git less than many small ones.
        wanted = max(limit - len(found) + 1, _EXPRESSION_CHUNK if regex else 0)
        worth, seen = _worth(query, source, after, wanted, deadline)
        oids = [one.oid for one in worth]
        held = grep.grep(repository, query, oids, context, max(_LEAST_SECONDS, deadline - time.monotonic()))
        paths = source.paths([one.number for one in worth if one.oid in held.lines])
        for one in worth:
            if len(found) >= limit:
                return Page(tuple(found), paging.cursor(after), source.complete)
            found += [FileMatch(source.commit, name, held.lines[one.oid]) for name in paths.get(one.number, ())]
            after = one.number
        if seen is None:
            return Page(tuple(found), "", source.complete and held.complete)
        after = max(after, seen)
        if time.monotonic() >= deadline or not held.complete:
            return Page(tuple(found), paging.cursor(after), complete=False)
    return Page(tuple(found), paging.cursor(after), source.complete)


def _worth(
    query: Query, source: _Source, after: int, wanted: int, deadline: float
) -> tuple[list[_Candidate], int | None]:
    """Return blobs that git shall look into, and the number of the last that was seen; None if there are no more."""
    if not query.needles:
        some = source.take(after, _LAST_CHUNK)
        return some, some[-1].number if some else None
    worth: list[_Candidate] = []
    size = source.first
    while some := source.take(after, size):
        for one in some:
            held = source.text(one.oid)
            if held is not None and query.may_match(held):
                worth.append(one)
            after = one.number
            if len(worth) >= wanted or time.monotonic() >= deadline:
                return worth, after
        size = min(size * 2, _LAST_CHUNK)
    return worth, None


class _Source(Protocol):
    """Where candidates come from, in an order that stays; the first number is 1."""

    commit: str
    complete: bool
    first: int

    def take(self, after: int, size: int) -> list[_Candidate]: ...

    def text(self, oid: str) -> str | None: ...

    def paths(self, numbers: list[int]) -> dict[int, list[str]]: ...


def _source(repository: Repository, query: Query, path: str, seconds: float) -> _Source:
    default = refs.default_branch(repository).commit
    searched = store.asked(repository, lambda db: (store.state(db, "searched"), store.state(db, "searching")))
    if searched is None or not searched[0]:
        return _Listed(repository, path, default, seconds)
    return _Indexed(repository, query, path, searched[0], searched == (default, ""), seconds)


class _Indexed:
    """Candidates that hold all trigrams of the text, from the index."""

    def __init__(
        self, repository: Repository, query: Query, path: str, commit: str, current: bool, seconds: float
    ) -> None:
        self._repository, self._query, self._path = repository, query, path
        self._seconds = seconds
        self.commit, self.complete = commit, current
        # A filter of paths looks at all paths each time, so that fewer times are better.
        self.first = _LAST_CHUNK if path else _FIRST_CHUNK

    def take(self, after: int, size: int) -> list[_Candidate]:
        values = {"after": after, "size": size, "match": self._query.match(), "path": _bound(self._path)}
        rows = self._asked(_sql(self._query, self._path), values)
        return [_Candidate(number, oid.hex()) for number, oid in rows]

    def text(self, oid: str) -> str | None:
        try:
            # That it is not large was seen when it came into the index.
            return content.decoded(self._repository.raw(oid)[1])
        except ObjectMissingError:
            return None

    def paths(self, numbers: list[int]) -> dict[int, list[str]]:
        sql = "SELECT doc, path FROM file WHERE doc IN (SELECT value FROM json_each(:docs))"
        sql += f" AND {_condition(self._path)} ORDER BY path" if self._path else " ORDER BY path"
        found: dict[int, list[str]] = {}
        for number, name in self._asked(sql, {"docs": json.dumps(numbers), "path": _bound(self._path)}):
            found.setdefault(number, []).append(names.decode(name))
        return found

    def _asked(self, sql: str, values: dict[str, object]) -> list[tuple[int, bytes]]:
        rows = store.asked(self._repository, lambda db: db.execute(sql, values).fetchall(), self._seconds)
        if rows is None:
            # Too slow, or replaced meanwhile: what is found by now is not all.
            self.complete = False
        return rows or []


class _Listed:
    """All files of a commit, where there is no index yet."""

    def __init__(self, repository: Repository, path: str, commit: str | None, seconds: float) -> None:
        self.commit, self.complete, self.first = commit or "", True, _LAST_CHUNK
        self._repository = repository
        self._files: list[tuple[str, str]] = []
        if commit:
            output = repository.run("ls-tree", "-r", "-z", commit, seconds=seconds)
            self.complete = output.complete
            lines = (line.partition(b"\t") for line in output.data.split(b"\0")[:-1])
            every = ((head.split()[2].decode(), names.decode(name)) for head, _, name in lines if b" blob " in head)
            self._files = [(oid, name) for oid, name in every if not path or _wanted(name, path)]

    def take(self, after: int, size: int) -> list[_Candidate]:
        some = self._files[after : after + size]
        return [_Candidate(after + place, oid) for place, (oid, _) in enumerate(some, 1)]

    def text(self, oid: str) -> str | None:
        return content.searchable(self._repository, oid)

    def paths(self, numbers: list[int]) -> dict[int, list[str]]:
        return {number: [self._files[number - 1][1]] for number in numbers}


def _sql(query: Query, path: str) -> str:
    """Return how to find candidates, in the order of their numbers, which new ones do not change."""
    # With the plus SQLite goes through what matches and looks each up among the files; else it would ask the index of
    # trigrams anew for each file. Without a filter most candidates are files, and looking each up costs least.
    wanted, listed = "EXISTS (SELECT 1 FROM file WHERE doc={})", ""
    if path:
        wanted = "+{} IN wanted"
        listed = f"WITH wanted AS MATERIALIZED (SELECT doc FROM file WHERE {_condition(path)}) "
    if not query.grams:
        files = wanted.format("doc.id")
        return f"{listed}SELECT id, oid FROM doc WHERE searched AND id>:after AND {files} ORDER BY id LIMIT :size"
    matching = "SELECT rowid FROM trigram WHERE trigram MATCH :match AND rowid>:after"
    chosen = f"{matching} AND {wanted.format('trigram.rowid')} ORDER BY rowid LIMIT :size"
    return f"{listed}SELECT id, oid FROM doc WHERE id IN ({chosen}) ORDER BY id"


def _condition(path: str) -> str:
    if any(character in path for character in _WILD):
        return "CAST(path AS TEXT) GLOB :path"
    return "instr(lower(CAST(path AS TEXT)), :path)>0"


def _bound(path: str) -> str:
    return path if any(character in path for character in _WILD) else path.lower()


def _wanted(name: str, path: str) -> bool:
    if any(character in path for character in _WILD):
        return fnmatch.fnmatchcase(name, path)
    return path.lower() in name.lower()
