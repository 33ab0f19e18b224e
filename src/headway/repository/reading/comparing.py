"""Two commits beside each other: how far they are apart, the commits of one that the other lacks, the files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from headway.repository.reading import commits, diffs, history, objects, paging, process
from headway.repository.reading.paging import Page

if TYPE_CHECKING:
    from headway.repository.reading.diffs import Diff
    from headway.repository.reading.history import Distance
    from headway.repository.reading.objects import Commit
    from headway.repository.reading.opening import Repository

PAGE_AT_MOST = 500
_MANY = 100_000


class Comparison(NamedTuple):
    """``head`` beside ``base``.

    ``merge_base`` is None if they have no common ancestor; ``distance`` is None if counting took too long. ``diff`` is
    what changed since they parted, or from one to the other if that was asked for or they never were one.
    """

    merge_base: str | None
    distance: Distance | None
    diff: Diff


def compare(repository: Repository, base: str, head: str, dots: Literal[2, 3] = 3, seconds: float = 5.0) -> Comparison:
    """Compare two commits. Raises ``DeadlineError``, and ``CommandError`` if one is missing."""
    ancestor = commits.merge_base(repository, base, head, seconds)
    distance = history.ahead_behind(repository, base, head, seconds)
    start = ancestor if dots == 3 and ancestor else base
    return Comparison(ancestor, distance, diffs.between(repository, start, head, seconds))


def ahead(
    repository: Repository, base: str, head: str, cursor: str = "", limit: int = 50, seconds: float = 5.0
) -> Page[Commit]:
    """Return the commits that lead to ``head`` and not to ``base``, newest first.

    ``complete`` is False if the time was up. Raises ``CursorError``, and ``CommandError`` if one is missing.
    """
    offset = max(0, min(int(paging.parts(cursor, int)[0]), _MANY)) if cursor else 0
    limit = paging.bounded(limit, PAGE_AT_MOST)
    span = (f"--max-count={limit + 1}", f"--skip={offset}")
    output = repository.run("rev-list", "--date-order", *span, head, f"^{base}", seconds=seconds)
    oids = [oid for oid in output.data.decode().split() if process.is_oid(oid)]
    found = tuple(commits.commit(repository, oid) for oid in oids[:limit])
    return Page(found, paging.cursor(offset + limit) if len(oids) > limit else "", output.complete)


def can_fast_forward(repository: Repository, base: str, head: str) -> bool:
    """Whether moving from ``base`` to ``head`` loses no commit; from nothing always."""
    return base in {commits.NOTHING, objects.EMPTY_TREE} or commits.is_ancestor(repository, base, head)
