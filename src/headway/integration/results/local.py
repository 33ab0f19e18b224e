"""Artifacts and caches of a run on this machine: below the cache folder of Headway, and the service on top of it."""

from __future__ import annotations

import os
import re
import threading
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from headway.integration.results.artifacts import FolderArtifacts
    from headway.integration.results.caches import FolderCaches
    from headway.integration.results.records import Artifact
    from headway.integration.results.serving import LocalService

_LONGEST = 200
_GITHUB = r"https?://([\w-]+\.)*(github\.com|ghe\.com|localhost)(:\d+)?/?"


class RunOf(NamedTuple):
    """A run: its number, the root of its repository, its workflow, the refs whose caches it may see, its server.

    ``repeats``: whether it repeats what failed of the run before, so that the artifacts of that are its own too.
    """

    run: str
    repository: str
    workflow: str
    scopes: tuple[str, ...]
    server_url: str = "https://github.com"
    repeats: bool = False


class LocalStores:
    """The stores of one run, opened when they are first asked for."""

    __slots__ = ("_artifacts", "_caches", "_lock", "cache", "run")

    def __init__(self, cache: str, run: RunOf) -> None:
        self.cache = cache
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

                root, workflow = self._root("artifacts"), self.run.workflow
                earlier = last_run_of(root, workflow) if self.run.repeats else None
                self._artifacts = FolderArtifacts(root, self.run.run, workflow=workflow, earlier=earlier)
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
        return os.path.join(self.cache, kind, repository_folder(self.run.repository))

    def close(self) -> None:
        """Let go of what is held for the run."""
        if self._artifacts is not None:
            self._artifacts.close()


class LocalResults:
    """The stores of a run, and the service that is started when an action of a job asks for it.

    ``environment`` is what steps start from. ``kept`` is told of what clients of the service upload, with the key of
    the job.
    """

    __slots__ = ("_environment", "_kept", "_lock", "_service", "stores")

    def __init__(
        self, stores: LocalStores, environment: Mapping[str, str], kept: Callable[[str, Artifact], None]
    ) -> None:
        self.stores = stores
        self._environment = environment
        self._kept = kept
        self._lock = threading.Lock()
        self._service: LocalService | None = None

    def variables(self, job: str) -> dict[str, str]:
        """Return the variables for the actions of a job.

        ``GITHUB_SERVER_URL`` is among them where GitHub's clients would refuse to work with the real one.
        """
        with self._lock:
            if self._service is None:
                from headway.integration.results.serving import LocalService

                self._service = LocalService(self.stores, self._kept)
        variables = self._service.variables(job) | direct(self._environment)
        if not re.fullmatch(_GITHUB, self.stores.run.server_url, re.IGNORECASE):
            variables["GITHUB_SERVER_URL"] = "https://github.com"
        return variables

    def close(self) -> None:
        """End the service, and let go of what is held for the run."""
        with self._lock:
            if self._service is not None:
                self._service.close()
        self.stores.close()


def direct(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what keeps clients from asking a proxy for the loopback; nothing where there is no proxy."""
    proxies = ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY")
    if not any(environment.get(name) for name in proxies):
        return {}
    known = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    hosts = ",".join(filter(None, [known, "127.0.0.1", "localhost"]))
    return {"NO_PROXY": hosts, "no_proxy": hosts}


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
