"""Searching the code of the default branch: candidates from the index of trigrams, each looked into."""

from __future__ import annotations

import contextlib
import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

from headway.repository.reading import excerpts, grep, matching, paging, queries, refs
from headway.repository.reading.candidates import Candidate, Indexed, Listed
from headway.repository.reading.excerpts import Line
from headway.repository.reading.index import store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Generator, Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from headway.repository.reading.candidates import Source
    from headway.repository.reading.matching import Matcher
    from headway.repository.reading.opening import Repository
    from headway.repository.reading.queries import Query

PAGE_AT_MOST = 100
_LEAST_SECONDS = 0.05
_ROUNDS_ALONE = 4

_Match = tuple[Candidate, tuple[Line, ...]]


class FileMatch(NamedTuple):
    """A file that holds the text, at ``commit``, with the lines that match and those around them, by number."""

    commit: str
    path: str
    lines: tuple[Line, ...]


class Progress(NamedTuple):
    """How many files were looked through, or ruled out by the index, and how many there are."""

    searched: int
    files: int


class Found(NamedTuple):
    """A page of what was found, as ``Page`` has it. ``progress`` is told where the time was up before the end."""

    items: tuple[FileMatch, ...]
    following: str
    complete: bool
    progress: Progress | None


class _Place(NamedTuple):
    """Where a search goes on: at the candidate of this number, after this path of it."""

    number: int
    path: str


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
) -> Found:
    """Return files of the default branch that hold a text, or a line that a Perl-compatible regular expression matches.

    ``path`` narrows it to paths that contain this in any case, or match it as a whole if it has ``*``, ``?`` or ``[``.
    Binary files, pointers to large files and files of more than 1 MiB are not searched. ``complete`` is False when the
    time was up before the page was full: its cursor goes on from there; or when the index is behind. Raises
    ``SearchError``, ``CursorError``.
    """
    query = queries.query(text, regex=regex, case_sensitive=case_sensitive)
    number, name = paging.parts(cursor, int, str) if cursor else (0, "")
    found = _Search(repository, query, _Place(int(number), str(name)), paging.bounded(limit, PAGE_AT_MOST))
    found.context, found.deadline = max(0, min(context, excerpts.CONTEXT_AT_MOST)), time.monotonic() + seconds
    default = refs.default_branch(repository).commit

    def indexed(connection: sqlite3.Connection) -> bool:
        searched = store.state(connection, "searched")
        if not searched:
            return False
        found.complete = searched == default and not store.state(connection, "searching")
        found.through(Indexed(connection, query, path, searched))
        return True

    known = store.asked(repository, indexed, seconds)
    if known is None and found.started:
        # The time was up within a statement, or the index was replaced: what is found by now stays.
        store.asked(repository, lambda connection: found.ended(Indexed(connection, query, path, "")))
        found.late = True
    elif not known:
        listed = Listed(repository, path, default, seconds)
        found.complete = listed.complete
        found.through(listed)
    return found.page()


class _Search:
    """What was found by now, and where to go on."""

    def __init__(self, repository: Repository, query: Query, place: _Place, limit: int) -> None:
        self._repository, self._query, self._place, self._limit = repository, query, place, limit
        self._matcher: Matcher | None = matching.matcher(query)
        if self._matcher is None:
            grep.check(repository, query)
        self._items: list[FileMatch] = []
        self._progress: Progress | None = None
        self.context, self.deadline = 1, 0.0
        self.complete, self.started, self.late, self._more = True, False, False, False

    def through(self, source: Source) -> None:
        """Go through candidates until the page is full or the time is up."""
        self.started = True
        with contextlib.closing(self._rounds(source)) as rounds:
            for batch, matches in rounds:
                if not self._taken(source, matches):
                    self._more = True
                    return
                self._place = _Place(batch[-1].number + 1, "")
                if self.late or time.monotonic() >= self.deadline:
                    self.ended(source)
                    return

    def ended(self, source: Source) -> None:
        """Note that the time is up, and how far it came."""
        self.late = True
        self._progress = Progress(*source.progress(self._place.number))

    def page(self) -> Found:
        """Return the page."""
        following = paging.cursor(*self._place) if self._more or self.late else ""
        return Found(tuple(self._items), following, self.complete and not self.late, self._progress)

    def _taken(self, source: Source, matches: Iterable[_Match]) -> bool:
        """Take what matches; whether there was room for all of it."""
        for one, lines in matches:
            for path in source.paths(one.number):
                if (one.number, path) <= self._place:
                    continue
                if len(self._items) >= self._limit:
                    return False
                self._items.append(FileMatch(source.commit, path, lines))
                self._place = _Place(one.number, path)
        return True

    def _rounds(self, source: Source) -> Generator[tuple[list[Candidate], Iterable[_Match]], None, None]:
        """Yield batches of candidates, each with what matches in it."""
        batches = source.batches(self._place.number)
        matcher = self._matcher
        if matcher is None:
            yield from ((batch, self._by_git(source, batch)) for batch in batches)
            return
        for batch in itertools.islice(batches, _ROUNDS_ALONE):
            yield batch, self._found(matcher, batch, matcher.holding([one.text for one in batch]))
        # It looks to be long: a thread looks into a batch while the next one comes. The connection stays with this one:
        # its handler of progress wants Python's lock while it holds that of the connection.
        with ThreadPoolExecutor(1, "search") as thread:
            before: tuple[list[Candidate], Future[list[int]]] | None = None
            for batch in batches:
                coming = batch, thread.submit(list, matcher.holding([one.text for one in batch]))
                if before:
                    yield before[0], self._found(matcher, before[0], before[1].result())
                before = coming
            if before:
                yield before[0], self._found(matcher, before[0], before[1].result())

    def _found(self, matcher: Matcher, batch: Sequence[Candidate], places: Iterable[int]) -> Iterator[_Match]:
        return ((batch[place], matcher.lines(batch[place].text, self.context)) for place in places)

    def _by_git(self, source: Source, batch: Sequence[Candidate]) -> list[_Match]:
        oids = [source.oid(one.number) for one in batch]
        left = max(_LEAST_SECONDS, self.deadline - time.monotonic())
        held = grep.grep(self._repository, self._query, oids, self.context, left)
        self.late = not held.complete
        return [(one, held.lines[oid]) for one, oid in zip(batch, oids, strict=True) if oid in held.lines]
