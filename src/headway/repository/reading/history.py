"""The commits that lead to a commit, those that touched a path, and the last one of each entry of a folder.

From the index where it knows the commit. Otherwise from git, with a deadline: the answer says whether it is complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.paging import no_cursor
from headway.repository.reading import commits, diffs, names, paging, process, trees
from headway.repository.reading.errors import CursorError, ObjectMissingError
from headway.repository.reading.index import lookups, store
from headway.repository.reading.paging import Page

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator

    from headway.repository.reading.objects import Commit
    from headway.repository.reading.opening import Repository

PAGE_AT_MOST = 500
_SECONDS = 2.0
_RENAMES_A_PAGE = 10
_OFFSETS = 2**31


class Touch(NamedTuple):
    """A commit that changed a path; ``path`` is what it was called then, another one only when renames are followed."""

    commit: Commit
    path: str


class LastCommits(NamedTuple):
    """The newest commit of each entry, by name. ``complete`` is False if a deadline left some out."""

    commits: dict[str, Commit]
    complete: bool


class Distance(NamedTuple):
    """How many commits lead only to the one side, and only to the other."""

    ahead: int
    behind: int


class _Place(NamedTuple):
    """Where a page begins: after this commit, the ``offset``-th of the list, with the path as it was called there."""

    oid: str
    offset: int
    path: str


def of_commit(
    repository: Repository, commit: str, cursor: str = "", limit: int = 50, seconds: float = _SECONDS
) -> Page[Commit]:
    """Return the commits that lead to a commit, it included: children before parents, newest first.

    Raises ``CursorError``, and ``ObjectMissingError`` if there is no such commit.
    """
    page = of_path(repository, commit, "", cursor, limit, seconds=seconds)
    return Page(tuple(touch.commit for touch in page.items), page.following, page.complete)


def of_path(
    repository: Repository,
    commit: str,
    path: str,
    cursor: str = "",
    limit: int = 50,
    *,
    follow: bool = False,
    seconds: float = _SECONDS,
) -> Page[Touch]:
    """Return the commits that lead to a commit and changed a file, or a file in a folder, newest first.

    Commits of merged sides are all there (``git log --full-history``); a merge is there if it changed a file against
    all of its parents. With ``follow`` the list goes on, where it would end, with the file that was renamed to this.
    Raises ``CursorError``, and ``ObjectMissingError`` if there is no such commit.
    """
    commits.commit(repository, commit)
    asked = names.joined(names.segments(path))
    place = _place(cursor) if cursor else _Place("", 0, asked)
    limit = paging.bounded(limit, PAGE_AT_MOST)
    found: list[tuple[str, str]] = []
    for _ in range(_RENAMES_A_PAGE if follow else 1):
        wanted = limit + 1 - len(found)
        last = _Place(found[-1][0], 0, place.path) if found else place
        oids = store.asked(repository, lambda connection: _known(connection, commit, last, wanted))  # noqa: B023
        if oids is None:
            return _asked(repository, commit, place._replace(path=asked), limit, follow=follow, seconds=seconds)
        found += [(oid, place.path) for oid in oids]
        if len(found) > limit or not follow:
            break
        before = _renamed(repository, found[-1][0] if found else place.oid, place.path)
        if before is None:
            break
        place = place._replace(path=before)
    return _page(repository, found, limit, place.offset)


def last_commits(
    repository: Repository, commit: str, folder: str, entries: Iterable[str], seconds: float = _SECONDS
) -> LastCommits:
    """Return the newest commit that changed each of these entries of a folder, by the names of the entries.

    Raises ``ObjectMissingError`` if there is no such commit.
    """
    wanted = list(entries)
    commits.commit(repository, commit)
    known = store.asked(repository, lambda connection: lookups.newest(connection, commit, folder, wanted))
    if known is not None:
        oids, complete = known, True
    else:
        oids, complete = _newest_asked(repository, commit, folder, wanted, seconds)
    # Entries share commits: there are few of them even in a folder with thousands of files.
    made = {oid: commits.commit(repository, oid) for oid in set(oids.values())}
    return LastCommits({name: made[oid] for name, oid in oids.items()}, complete)


def ahead_behind(repository: Repository, base: str, head: str, seconds: float = _SECONDS) -> Distance | None:
    """Return how far ``head`` is ahead of ``base`` and behind it, in commits; None if counting takes too long."""
    known = store.asked(repository, lambda connection: lookups.distance(connection, base, head))
    if known is not None:
        return Distance(*known)
    output = repository.run("rev-list", "--left-right", "--count", f"{base}...{head}", seconds=seconds)
    if not output.complete:
        return None
    behind, ahead = output.data.split()
    return Distance(int(ahead), int(behind))


def _place(cursor: str) -> _Place:
    oid, offset, name = paging.parts(cursor, str, int, str)
    if not process.is_oid(str(oid)) or not 0 <= int(offset) < _OFFSETS:
        raise CursorError(no_cursor().problems)
    return _Place(str(oid), int(offset), str(name))


def _known(connection: sqlite3.Connection, commit: str, place: _Place, limit: int) -> list[str] | None:
    if place.path:
        return lookups.touching(connection, commit, place.path, place.oid, limit)
    return lookups.ancestors(connection, commit, place.oid, limit)


def _page(
    repository: Repository, found: list[tuple[str, str]], limit: int, offset: int, *, complete: bool = True
) -> Page[Touch]:
    some = found[:limit]
    following = ""
    if len(found) > limit:
        # The path of the next item: the last of this page may be the one that renamed it.
        following = paging.cursor(some[-1][0], offset + limit, found[limit][1])
    return Page(tuple(Touch(commits.commit(repository, oid), path) for oid, path in some), following, complete)


def _renamed(repository: Repository, oid: str, path: str) -> str | None:
    """What a file was called before a commit gave it this name, or None if that made it."""
    if not oid:
        return None
    try:
        parents = commits.commit(repository, oid).parents
        if not parents or trees.find(repository, parents[0], path) is not None:
            return None
    except ObjectMissingError:
        return None
    output = repository.run("diff-tree", "-r", "-z", "--raw", "--no-abbrev", "-M", parents[0], oid, seconds=_SECONDS)
    if not output.complete:
        return None
    changed = diffs.parse(parents[0], oid, output.data, complete=True).files
    return next((one.old_path for one in changed if one.path == path and one.status == "renamed"), None)


def _asked(
    repository: Repository, commit: str, place: _Place, limit: int, *, follow: bool, seconds: float
) -> Page[Touch]:
    if not place.path:
        span = (f"--max-count={limit + 1}", f"--skip={place.offset}")
        output = repository.run("rev-list", "--date-order", *span, commit, seconds=seconds)
        listed = [(oid, "") for oid in output.data.decode().split() if process.is_oid(oid)]
        return _page(repository, listed, limit, place.offset, complete=output.complete)
    parts = names.segments(place.path)
    found: list[tuple[str, str]] = []
    with _log(repository, commit, parts, seconds, "--follow" if follow else "--full-history") as command:
        for oid, paths in _logged(command):
            # A merge that takes a file as one of its parents has it changes nothing by itself, and has no paths here.
            if paths:
                found.append((oid, names.decode(paths[-1]) if follow else place.path))
            if len(found) > place.offset + limit:
                break
        return _page(repository, found[place.offset :], limit, place.offset, complete=not command.late)


def _newest_asked(
    repository: Repository, commit: str, folder: str, wanted: list[str], seconds: float
) -> tuple[dict[str, str], bool]:
    missing = {names.encode(name): name for name in wanted}
    parts = names.segments(folder)
    found: dict[str, str] = {}
    with _log(repository, commit, parts, seconds, "--full-history") as command:
        for oid, paths in _logged(command):
            for inner in (path.split(b"/")[len(parts) :] for path in paths):
                name = missing.pop(inner[0], None) if inner else None
                if name is not None:
                    found[name] = oid
            if not missing:
                break
        return found, not command.late


def _log(repository: Repository, commit: str, parts: list[bytes], seconds: float, option: str) -> process.Command:
    arguments = [
        "log",
        option,
        "--date-order",
        "--format=%H",
        "--raw",
        "-c",
        "-z",
        "--root",
        "--no-abbrev",
        commit,
        "--",
    ]
    # No tree has such a name, but git would take it for a way out of the repository, or for the end of what it is told.
    safe = [b":" if part in {b".", b".."} or b"\0" in part else part for part in parts]
    if safe:
        arguments.append(process.argument(b"/".join(safe)))
    return process.Command(repository.path, arguments, seconds)


def _logged(command: process.Command) -> Iterator[tuple[str, list[bytes]]]:
    """Yield commits with the paths that they changed, of a renamed file the new one last."""
    fields = command.fields(b"\0")
    oid, paths = "", list[bytes]()
    for field in fields:
        line = field.lstrip(b"\n")
        if line.startswith(b":"):
            renamed = line.rpartition(b" ")[2][:1] in {b"R", b"C"}
            paths += [next(fields) for _ in range(1 + renamed)]
        elif line:
            if oid:
                yield oid, paths
            oid, paths = line.strip(b"\n").decode(), []
    if oid and not command.late:
        yield oid, paths
