"""Searching the code of the default branch: candidates from the index of trigrams, each looked into by git."""

# ruff: noqa: S608 -- what is put into the statements is ours; values are bound
from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, NamedTuple

from headway.repository.reading import grep, names, paging, queries, refs
from headway.repository.reading.index import store
from headway.repository.reading.paging import Page

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable

    from headway.repository.reading.grep import Line
    from headway.repository.reading.opening import Repository
    from headway.repository.reading.queries import Query

PAGE_AT_MOST = 100
_FIRST_CHUNK, _LAST_CHUNK = 64, 1024
_WILD = "*?["


class FileMatch(NamedTuple):
    """A file that holds the text, at ``commit``, with the lines that match and those around them, by number."""

    commit: str
    path: str
    lines: tuple[Line, ...]


class _Candidate(NamedTuple):
    doc: int
    oid: str


class _Candidates(NamedTuple):
    commit: str
    docs: list[_Candidate]
    current: bool


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
    deadline = time.monotonic() + seconds
    limit = paging.bounded(limit, PAGE_AT_MOST)
    after = int(paging.parts(cursor, int)[0]) if cursor else 0
    size = _FIRST_CHUNK
    found: list[FileMatch] = []
    current = True
    while True:
        candidates = _candidates(repository, query, path, after, size)
        if candidates is None:
            return _without_index(repository, query, path, after, limit, context, seconds)
        current = current and candidates.current
        if not candidates.docs:
            return Page(tuple(found), "", current)
        oids = [one.oid for one in candidates.docs]
        held = grep.grep(repository, query, oids, context, max(0.05, deadline - time.monotonic()))
        paths = _paths(repository, (one for one in candidates.docs if one.oid in held.lines), path)
        for one in candidates.docs:
            if len(found) >= limit:
                return Page(tuple(found), paging.cursor(after), current)
            found += [FileMatch(candidates.commit, name, held.lines[one.oid]) for name in paths.get(one.doc, ())]
            after = one.doc
        if time.monotonic() >= deadline or not held.complete:
            return Page(tuple(found), paging.cursor(after), complete=False)
        size = min(size * 2, _LAST_CHUNK)


def _candidates(repository: Repository, query: Query, path: str, after: int, size: int) -> _Candidates | None:
    def ask(connection: sqlite3.Connection) -> tuple[str, bool, list[_Candidate]]:
        values = {"after": after, "size": size, "match": query.match(), "path": _filter(path)}
        rows = connection.execute(_sql(query, path), values).fetchall()
        unfinished = store.state(connection, "searching")
        return store.state(connection, "searched"), not unfinished, [_Candidate(doc, oid.hex()) for doc, oid in rows]

    answer = store.asked(repository, ask)
    if answer is None or not answer[0]:
        return None
    commit, finished, docs = answer
    return _Candidates(commit, docs, finished and commit == refs.default_branch(repository).commit)


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


def _filter(path: str) -> str:
    return path if any(character in path for character in _WILD) else path.lower()


def _paths(repository: Repository, docs: Iterable[_Candidate], path: str) -> dict[int, list[str]]:
    numbers = json.dumps([one.doc for one in docs])
    sql = "SELECT doc, path FROM file WHERE doc IN (SELECT value FROM json_each(:docs))"
    sql += f" AND {_condition(path)}" if path else ""

    def ask(connection: sqlite3.Connection) -> list[tuple[int, bytes]]:
        return connection.execute(sql + " ORDER BY path", {"docs": numbers, "path": _filter(path)}).fetchall()

    found: dict[int, list[str]] = {}
    for doc, name in store.asked(repository, ask) or ():
        found.setdefault(doc, []).append(names.decode(name))
    return found


def _without_index(
    repository: Repository, query: Query, path: str, offset: int, limit: int, context: int, seconds: float
) -> Page[FileMatch]:
    commit = refs.default_branch(repository).commit
    if commit is None:
        return Page(())
    held = grep.grep(repository, query, [commit], context, seconds)
    every = [(name.removeprefix(commit + ":"), lines) for name, lines in held.lines.items()]
    wanted = [FileMatch(commit, name, lines) for name, lines in every if not path or _wanted(name, path)]
    end = offset + limit
    more = paging.cursor(end) if len(wanted) > end else ""
    return Page(tuple(wanted[offset:end]), more, held.complete)


def _wanted(name: str, path: str) -> bool:
    if any(character in path for character in _WILD):
        import fnmatch

        return fnmatch.fnmatchcase(name, path)
    return path.lower() in name.lower()
