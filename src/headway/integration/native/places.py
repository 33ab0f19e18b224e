"""Paths as actions are given them, and where they are on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from headway.integration.native.call import NativeCall
    from headway.integration.results.records import Stores

WORKSPACE = "$GITHUB_WORKSPACE"


class Places:
    """The folders of one call: the workspace, the home folder, and how a container sees those of this machine."""

    __slots__ = ("_seen", "home", "workspace")

    def __init__(self, call: NativeCall) -> None:
        job = call.job
        self.workspace = job.workspace
        home = os.path.join(job.temp, "_github_home")
        shared = (job.workspace, home, job.temp, job.request.folder, job.host.tool_cache)
        # The innermost folder first: the workspace is in the job's folder.
        pairs = {job.runner.path(folder): folder for folder in sorted(shared, key=len, reverse=True)}
        self._seen = {seen: folder for seen, folder in pairs.items() if seen != folder}
        self.home = self.on_host(call.program.environment().get("HOME") or os.path.expanduser("~"))

    def on_host(self, path: str) -> str:
        """Return where a path of the job is on this machine; the same path where there is no container between."""
        for seen, folder in self._seen.items():
            if path == seen or path.startswith(f"{seen}/"):
                return folder + path[len(seen) :]
        return path

    def patterns(self, text: str) -> str:
        """Return patterns, a line each, with the paths of this machine in them."""
        return "\n".join(self._pattern(line.strip()) for line in text.split("\n"))

    def _pattern(self, line: str) -> str:
        bare = line.lstrip("!")
        return line[: len(line) - len(bare)] + self.on_host(bare.strip())

    def stable(self, path: str) -> str:
        """Return a path with names in place of the folders that differ from run to run."""
        folder = os.path.dirname(self.workspace)
        for known, name in ((self.workspace, WORKSPACE), (folder, "$RUNNER_WORKSPACE"), (self.home, "~")):
            if path == known or path.startswith(f"{known}/"):
                return name + path[len(known) :]
        return path

    def unstable(self, path: str) -> str:
        """Return the path of this run that ``stable`` made such a path of."""
        folder = os.path.dirname(self.workspace)
        for known, name in ((self.workspace, WORKSPACE), (folder, "$RUNNER_WORKSPACE"), (self.home, "~")):
            if path == name or path.startswith(f"{name}/"):
                return known + path[len(name) :]
        return path


def stores_of(call: NativeCall) -> Stores:
    """Return where the run keeps artifacts and caches. Raises ``HeadwayError`` when it keeps none."""
    stores = call.job.host.stores
    if stores is None:
        raise HeadwayError(f"'{call.name}' cannot work here: this run keeps neither artifacts nor caches")
    return stores


def required(call: NativeCall, name: str) -> str:
    """Return an input that must not be empty. Raises ``HeadwayError``, in GitHub's words, when it is."""
    value = call.input(name)
    if not value:
        raise HeadwayError(f"Input required and not supplied: {name}")
    return value
