"""Where containers see the folders of this machine: in the places where GitHub puts them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.expressions import to_string

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.integration.execution.job import JobRun

HOME = "/github/home"
ACTION_WORKSPACE = "/github/workspace"
_SOCKET = "/var/run/docker.sock"


class Mount(NamedTuple):
    """A folder of this machine in a container."""

    source: str
    target: str
    read_only: bool = False

    def __str__(self) -> str:
        return f"{self.source}:{self.target}{':ro' if self.read_only else ''}"


class PathMap:
    """How paths of this machine look in a container, and the other way round."""

    __slots__ = ("_files", "mounts")

    def __init__(self, mounts: list[Mount], files: dict[str, str]) -> None:
        self.mounts = mounts
        self._files = files

    def inner(self, path: str) -> str:
        """Return a path as the container sees it; unchanged if it does not."""
        return self._files.get(path) or _translate(path, [(mount.source, mount.target) for mount in self.mounts])

    def outer(self, path: str) -> str:
        """Return where a path of the container is on this machine; unchanged if it is not."""
        return _translate(path, [(mount.target, mount.source) for mount in self.mounts])

    def bodies(self) -> list[dict[str, object]]:
        """Return the mounts as *ContainerCreate* takes them."""
        return [
            {"Type": "bind", "Source": mount.source, "Target": mount.target, "ReadOnly": mount.read_only}
            for mount in self.mounts
        ]


def _translate(path: str, pairs: list[tuple[str, str]]) -> str:
    for origin, target in sorted(pairs, key=lambda pair: len(pair[0]), reverse=True):
        if path == origin or path.startswith(f"{origin}/"):
            return target + path[len(origin) :]
    return path


def job_paths(job: JobRun, node: str, socket: str) -> PathMap:
    """Return what a job's container sees. ``node`` is this machine's, ``socket`` the engine's; both may be empty."""
    repository = os.path.basename(job.workspace)
    mounts = [
        Mount(job.request.folder, f"/__w/{repository}"),
        Mount(job.temp, "/__w/_temp"),
        Mount(_folder(job.host.actions.cache), "/__w/_actions"),
        Mount(_folder(job.host.tool_cache), "/__t"),
        *_shared(job, socket),
        *_overrides(job),
    ]
    if node:
        mounts.append(Mount(os.path.dirname(os.path.dirname(node)), "/__e/node", read_only=True))
    return PathMap(mounts, _files(job))


def action_paths(job: JobRun, socket: str) -> PathMap:
    """Return what the container of an action sees."""
    return PathMap(
        [
            Mount(job.workspace, ACTION_WORKSPACE),
            Mount(job.temp, "/github/runner_temp"),
            Mount(_folder(os.path.join(job.temp, "_runner_file_commands")), "/github/file_commands"),
            *_shared(job, socket),
        ],
        _files(job),
    )


def _shared(job: JobRun, socket: str) -> Iterator[Mount]:
    yield Mount(_folder(os.path.join(job.temp, "_github_home")), HOME)
    yield Mount(_workflow_files(job), "/github/workflow")
    if socket:
        yield Mount(socket, _SOCKET)
    for folder in _object_stores(job):
        yield Mount(folder, folder, read_only=True)


def _overrides(job: JobRun) -> Iterator[Mount]:
    """Give the folders that stand in for actions of other repositories."""
    for name, where in job.host.actions.overrides.items():
        if os.path.isdir(where):
            yield Mount(os.path.abspath(where), f"/__w/_actions/_local/{name}")


def _workflow_files(job: JobRun) -> str:
    """Make the folder with the payload of the event; return its path."""
    folder = _folder(os.path.join(job.temp, "_github_workflow"))
    copy = os.path.join(folder, "event.json")
    original = _event_path(job)
    if original and not os.path.exists(copy) and os.path.isfile(original):
        with open(original, "rb") as source, open(copy, "wb") as target:
            target.write(source.read())
    return folder


def _files(job: JobRun) -> dict[str, str]:
    """Return the files that containers see as copies."""
    original = _event_path(job)
    return {original: "/github/workflow/event.json"} if os.path.isfile(original) else {}


def _event_path(job: JobRun) -> str:
    """Return where the payload of the event is on this machine."""
    given = job.request.contexts["github"]
    return to_string(given.get("event_path")) if isinstance(given, dict) else ""


def _object_stores(job: JobRun) -> Iterator[str]:
    """Give the folders with the history of the repository: the copy in the workspace refers to them by their paths."""
    if job.host.source is None:
        return
    waiting = [os.path.join(job.host.source.common_dir, "objects")]
    seen: set[str] = set()
    while waiting:
        folder = os.path.normpath(waiting.pop())
        if folder in seen or not os.path.isdir(folder):
            continue
        seen.add(folder)
        yield folder
        try:
            with open(os.path.join(folder, "info/alternates"), encoding="utf-8", errors="surrogateescape") as file:
                waiting += [os.path.join(folder, line) for line in file.read().splitlines() if line]
        except OSError:
            continue


def _folder(path: str) -> str:
    os.makedirs(path, exist_ok=True)
    return path
