"""What a job has of an engine: its network, and all that has to be removed when it ends."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

from headway.integration.execution.containers.bridge import Bridges
from headway.kernel.engines.engine import Engine
from headway.kernel.engines.errors import EngineError, MissingEngineError
from headway.kernel.engines.ownership import labels, remove_leftovers

if TYPE_CHECKING:
    from headway.integration.execution.job import JobRun

_opening = threading.Lock()
_swept: set[str] = set()


class JobContainers:
    """The containers of one job. May be used by the threads of its background steps."""

    __slots__ = ("_bridges", "_job", "_made", "engine", "image", "labels", "network", "network_id")

    def __init__(self, job: JobRun, engine: Engine) -> None:
        self._job = job
        self._made: list[str] = []
        self._bridges = Bridges(engine)
        self.engine = engine
        self.labels = labels(job.tracking_id)
        self.network = ""
        self.network_id = ""
        self.image = ""
        """An image that was used; with it files of other users are given back."""

    def make_network(self) -> None:
        """Make the job's network, which all its containers are in."""
        self.network = f"{self._job.tracking_id}-{os.urandom(4).hex()}"
        self.network_id = self.engine.create_network(self.network, self.labels)

    def create(self, body: dict[str, Any], name: str = "", platform: str = "") -> str:
        """Make a container that is removed when the job ends, if not before; return its id."""
        body.setdefault("Labels", {}).update(self.labels)
        container = self.engine.create(body, name, platform)
        self._made.append(container)
        self.image = body["Image"]
        return container

    def remove(self, container: str) -> None:
        """Remove a container now."""
        self.engine.remove(container)
        self._made.remove(container)

    def reachable(self, variables: dict[str, str]) -> dict[str, str]:
        """Return variables with the addresses by which the job's containers reach what is on the loopback."""
        network = self.network or "bridge"
        return {name: self._bridges.reachable(value, network) for name, value in variables.items()}

    def close(self) -> None:
        """Remove all that was made, and give the files that containers wrote back to the user who runs the job."""
        for container in reversed(self._made):
            _quietly(lambda container=container: self.engine.remove(container))
        if self.image and os.geteuid() != 0 and _has_foreign_files(self._job.request.folder):
            _quietly(self._give_back)
        if self.network_id:
            _quietly(lambda: self.engine.remove_network(self.network_id))
        self._bridges.close()

    def _give_back(self) -> None:
        body = {
            "Image": self.image,
            "Entrypoint": ["chown"],
            "Cmd": ["-R", f"{os.getuid()}:{os.getgid()}", "/job"],
            "User": "0",
            "Labels": self.labels,
            "HostConfig": {"Binds": [f"{self._job.request.folder}:/job"], "NetworkMode": "none"},
        }
        container = self.engine.create(body)
        try:
            self.engine.start(container)
            self.engine.wait(container)
        finally:
            self.engine.remove(container)


def containers_of(job: JobRun, needed_by: str) -> JobContainers:
    """Return the job's share of the engine; the first call connects, and removes what crashed runs have left.

    Raises ``HeadwayError`` that says what needs the engine when none answers.
    """
    with _opening:
        if job.containers is None:
            try:
                engine = Engine.connect({**os.environ, **job.host.environment})
            except MissingEngineError as error:
                raise MissingEngineError(f"This job needs Docker for {needed_by}, but {error}") from error
            job.containers = JobContainers(job, engine)
            job.closing.append(job.containers.close)
            if engine.address not in _swept:
                _swept.add(engine.address)
                _quietly(lambda: remove_leftovers(engine))
        return job.containers


def _quietly(work: Any) -> None:
    """Do what may fail without harm to the job: what stays is labelled, and removed by a later run."""
    try:
        work()
    except EngineError:
        return


def _has_foreign_files(folder: str) -> bool:
    own = os.geteuid()
    return any(
        os.lstat(os.path.join(root, name)).st_uid != own
        for root, folders, files in os.walk(folder)
        for name in (*folders, *files)
    )
