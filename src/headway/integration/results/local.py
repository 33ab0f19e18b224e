"""Where the artifacts and caches of a run on this machine are: below the cache folder of Headway."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from headway.integration.results.artifacts import FolderArtifacts
    from headway.integration.results.caches import FolderCaches

_LONGEST = 200


class RunOf(NamedTuple):
    """A run: its number, the root of its repository, its workflow, the refs whose caches it may see.

    ``repeats``: whether it repeats what failed of the run before, so that the artifacts of that are its own too.
    """

    run: str
    repository: str
    workflow: str
    scopes: tuple[str, ...]
    repeats: bool = False


class LocalStores:
    """The stores of one run, opened when they are first asked for."""

    __slots__ = ("_artifacts", "_cache", "_caches", "_lock", "run")

    def __init__(self, cache: str, run: RunOf) -> None:
        self._cache = cache
        self.run = run
        self._lock = threading.Lock()
        self._artifacts: FolderArtifacts | None = None
        self._caches: FolderCaches | None = None

    @property
    def artifacts(self) -> FolderArtifacts:
        """The artifacts of the run."""
        with self._lock:
            if self._artifacts is None:
                from headway.integration.results.artifacts import FolderArtifacts, last_run_of

                earlier = last_run_of(self._root("artifacts"), self.run.workflow) if self.run.repeats else None
                self._artifacts = FolderArtifacts(
                    self._root("artifacts"), self.run.run, workflow=self.run.workflow, earlier=earlier
                )
            return self._artifacts

    @property
    def caches(self) -> FolderCaches:
        """The caches that the run may see."""
        with self._lock:
            if self._caches is None:
                from headway.integration.results.caches import FolderCaches

                self._caches = FolderCaches(self._root("caches"), self.run.scopes)
            return self._caches

    def artifacts_of(self, run: str) -> FolderArtifacts | None:
        """Return the artifacts of a run of this repository that is kept, None if it is not known."""
        from headway.integration.results.artifacts import known_run

        return self.artifacts if run == self.run.run else known_run(self._root("artifacts"), run)

    def _root(self, kind: str) -> str:
        return os.path.join(self._cache, kind, repository_folder(self.run.repository))

    def close(self) -> None:
        """Let go of what is held for the run."""
        if self._artifacts is not None:
            self._artifacts.close()


def repository_folder(root: str) -> str:
    """Return the name of the folder for what is kept of a repository: its path, as one name."""
    name = root.strip("/").replace("/", "%")
    if len(name.encode(errors="surrogateescape")) <= _LONGEST:
        return name
    import hashlib

    digest = hashlib.sha256(root.encode(errors="surrogateescape")).hexdigest()[:16]
    return f"{os.path.basename(root)[:40]}-{digest}"


def cache_scopes(ref: str, base: str, default_branch: str) -> tuple[str, ...]:
    """Return the refs whose caches a run may see, its own first ("Restrictions for accessing a cache").

    ``ref`` is a whole ref; ``base`` and ``default_branch`` are names of branches, empty where there is none.
    """
    branches = [f"refs/heads/{name}" for name in (base, default_branch) if name]
    return tuple(dict.fromkeys([ref, *branches]))
