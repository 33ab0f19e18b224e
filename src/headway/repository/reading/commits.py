"""Commits: one, a list from a commit, and what a push brings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.repository.reading import objects, process
from headway.repository.reading.errors import RefMissingError
from headway.repository.reading.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headway.repository.reading.objects import Commit
    from headway.repository.reading.opening import Repository

NOTHING = "0" * 40
"""The id that stands for no commit, where a push makes or removes a ref."""
_COMMIT_LIMIT = 4 << 20
_parsed: Recent[objects.Commit] = Recent(4096)


def commit(repository: Repository, oid: str) -> Commit:
    """Return a commit by its full SHA. Raises ``ObjectMissingError``."""
    return _parsed.made(
        (repository.identity, oid), lambda: objects.commit(oid, repository.read(oid, "commit", _COMMIT_LIMIT))
    )


def brought(
    repository: Repository,
    new: Sequence[str],
    old: Sequence[str] | None = None,
    limit: int = 10_000,
    chunk: int = 200,
    seconds: float = 30.0,
) -> Iterator[tuple[Commit, ...]]:
    """Yield, newest first and in chunks, the commits that lead to ``new`` and not to ``old``, at most ``limit``.

    ``old`` None is all refs as they are now: ask before a push moves them. ``NOTHING`` is left out of both. Raises
    ``RefMissingError`` if one of ``new`` is missing; those of ``old`` may be. The list ends early at its deadline.
    """
    wanted = [oid for oid in new if oid != NOTHING]
    for oid in wanted:
        if not repository.has(oid):
            raise RefMissingError(f"there is no commit {oid}")
    known = [oid for oid in old or () if oid != NOTHING]
    if not wanted:
        return
    arguments = [
        "rev-list",
        "--date-order",
        f"--max-count={limit}",
        "--ignore-missing",
        "--stdin",
        *(("--not", "--all") if old is None else ()),
    ]
    given = _range(wanted, known)
    held: list[str] = []
    with process.Command(repository.path, arguments, seconds, given) as command:
        for line in command.fields(b"\n"):
            held.append(line.decode())
            if len(held) >= chunk:
                yield tuple(commit(repository, oid) for oid in held)
                held.clear()
        if not command.late:
            command.finish()
    if held:
        yield tuple(commit(repository, oid) for oid in held)


def count_brought(
    repository: Repository, new: Sequence[str], old: Sequence[str], limit: int = 10_000, seconds: float = 5.0
) -> int:
    """Return how many commits lead to ``new`` and not to ``old``, counted up to ``limit``. Raises ``DeadlineError``."""
    known = [oid for oid in old if oid != NOTHING]
    given = _range([oid for oid in new if oid != NOTHING], known)
    return int(
        repository.ask(
            "rev-list", "--count", f"--max-count={limit}", "--ignore-missing", "--stdin", given=given, seconds=seconds
        )
    )


def _range(wanted: Sequence[str], known: Sequence[str]) -> bytes:
    return "".join([f"{oid}\n" for oid in wanted] + [f"^{oid}\n" for oid in known]).encode()


def merge_base(repository: Repository, one: str, other: str, seconds: float = 5.0) -> str | None:
    """Return the best common ancestor of two commits, or None. Raises ``DeadlineError``, ``CommandError``."""
    output = process.run(repository.path, "merge-base", one, other, seconds=seconds, accepted=(0, 1))
    process.in_time(output, "merge-base", seconds)
    return output.data.decode().strip() or None


def is_ancestor(repository: Repository, ancestor: str, descendant: str, seconds: float = 5.0) -> bool:
    """Whether one commit is the other or leads to it. Raises ``DeadlineError``, ``CommandError`` if one is missing."""
    arguments = ("merge-base", "--is-ancestor", ancestor, descendant)
    with process.Command(repository.path, arguments, seconds) as command:
        for _ in command.chunks():
            pass
        process.in_time(process.Output(b"", not command.late), "merge-base", seconds)
        return command.finish((0, 1)) == 0
