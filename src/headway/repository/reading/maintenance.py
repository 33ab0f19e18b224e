"""What keeps a repository fast after pushes. It may be ended at any moment, and run as often as you like.

Objects that no ref leads to stay for a grace of days: a push that is under way has written some whose ref is still to
come, and its new packs are guarded by git's own ``.keep`` files.
"""

from __future__ import annotations

import contextlib
import os
import time
from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.errors import DeadlineError
from headway.repository.reading import process
from headway.repository.reading.index.building import exclusive

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.repository.reading.opening import Repository

GRACE_DAYS = 14
_LOCK = "headway-maintenance.lock"
_NICENESS = 10
_SECONDS = 3600.0
_LOOSE_AT_MOST = 2000
_PACKS_AT_MOST = 8
_LEFT_OVER_SECONDS = 600
# Locks that only maintenance takes; what a killed run left would stop every later one.
_OWN_LOCKS = ("objects/info/commit-graphs/commit-graph-chain.lock", "objects/info/commit-graph.lock")
_OWN_PACK_LOCKS = ("objects/pack/multi-pack-index.lock",)
_SHARED_LOCKS = ("packed-refs.lock",)


class State(NamedTuple):
    """What a repository has gathered: loose objects (estimated), packs, and bytes of packs."""

    loose: int
    packs: int
    size: int


def state(repository: Repository) -> State:
    """Return what a repository has gathered, without asking git."""
    objects = os.path.join(repository.path, "objects")
    # One of 256 folders is a sample, as `git gc --auto` takes it; the ids are spread evenly.
    loose = len(_names(os.path.join(objects, "17"))) * 256
    packs = [name for name in _names(os.path.join(objects, "pack")) if name.endswith(".pack")]
    size = 0
    for name in packs:
        with contextlib.suppress(OSError):
            size += os.stat(os.path.join(objects, "pack", name)).st_size
    return State(loose, len(packs), size)


def needed(repository: Repository) -> bool:
    """Whether the whole of maintenance is worth its time; ``commit_graph`` is after each push."""
    found = state(repository)
    return found.loose > _LOOSE_AT_MOST or found.packs > _PACKS_AT_MOST


@contextlib.contextmanager
def undisturbed(path: str) -> Iterator[None]:
    """Keep maintenance away from the repository at a path. Raises ``IndexBusyError`` while somebody maintains it."""
    with exclusive(path, _LOCK):
        yield


def commit_graph(repository: Repository, seconds: float = _SECONDS) -> None:
    """Add new commits to the commit graph, with filters of the paths that they changed. Quick: do it after each push.

    Raises ``IndexBusyError`` while somebody else maintains the repository, ``DeadlineError``, ``CommandError``.
    """
    with exclusive(repository.path, _LOCK) as lock:
        _remove_left_over(repository.path, _OWN_LOCKS)
        _write_graph(repository, lock, seconds)


def maintain(repository: Repository, *, prune: bool = False, seconds: float = _SECONDS) -> None:
    """Pack refs and objects, write bitmaps and the commit graph, at a low priority.

    Packs are joined so that each is at least twice the next (few bytes are written again, nothing is thrown away). With
    ``prune``, say once a week, all is packed anew, and what no ref has led to for ``GRACE_DAYS`` goes. Raises
    ``IndexBusyError`` while somebody else maintains the repository, ``DeadlineError``, ``CommandError``.
    """
    with exclusive(repository.path, _LOCK) as lock:
        _remove_left_over(repository.path, (*_OWN_LOCKS, *_OWN_PACK_LOCKS))
        _remove_left_over(repository.path, _SHARED_LOCKS, _LEFT_OVER_SECONDS)
        _git(repository, lock, seconds, "pack-refs", "--all", "--prune")
        _git(repository, lock, seconds, *_repack(repository, prune))
        if prune:
            # Also removes what a killed push or repack left half written.
            _git(repository, lock, seconds, "prune", f"--expire={GRACE_DAYS}.days.ago")
        _write_graph(repository, lock, seconds)


def _repack(repository: Repository, prune: bool) -> tuple[str, ...]:
    written = ("-d", "-q", "--write-midx", "--write-bitmap-index")
    if prune:
        return ("repack", "--cruft", f"--cruft-expiration={GRACE_DAYS}.days.ago", *written)
    return ("repack", "--geometric=2", *written)


def _write_graph(repository: Repository, lock: int, seconds: float) -> None:
    _git(
        repository, lock, seconds, "commit-graph", "write", "--reachable", "--changed-paths", "--split", "--no-progress"
    )


def _git(repository: Repository, lock: int, seconds: float, *arguments: str) -> None:
    settings = ("-c", "pack.threads=1", "-c", "gc.auto=0", "-c", "repack.updateServerInfo=false")
    # Git inherits the lock: if this process is killed, nobody else begins before git has ended too.
    with process.Command(repository.path, (*settings, *arguments), seconds, inherited=(lock,)) as command:
        command.lower_priority(_NICENESS)
        for _ in command.chunks():
            pass
        if command.late:
            raise DeadlineError(f"'git {arguments[0]}' took longer than {seconds:g} s")
        command.finish()


def _remove_left_over(folder: str, locks: tuple[str, ...], seconds: float = 0) -> None:
    for lock in locks:
        path = os.path.join(folder, lock)
        with contextlib.suppress(OSError):
            if time.time() - os.stat(path).st_mtime >= seconds:
                os.unlink(path)


def _names(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []
