"""Runs the container of an action: from its start to its end it is one program of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.integration.execution.containers.paths import HOME, action_paths
from headway.integration.execution.host import asked_for
from headway.kernel.engines.attached import run_attached
from headway.kernel.process import never_started

if TYPE_CHECKING:
    from headway.integration.execution.containers.job_containers import JobContainers
    from headway.integration.execution.job import JobRun
    from headway.integration.execution.runners import Execution
    from headway.kernel.process import ProcessEnd


class ActionRunner:
    """Runs one container from an image. The arguments are those of its entrypoint."""

    __slots__ = ("_containers", "_entrypoint", "_environment", "_image", "_job", "_paths")

    here = False

    def __init__(
        self, job: JobRun, containers: JobContainers, image: str, entrypoint: str, environment: dict[str, str]
    ) -> None:
        self._job = job
        self._containers = containers
        self._image = image
        self._entrypoint = entrypoint
        self._environment = environment
        self._paths = action_paths(job, containers.engine.socket)

    def run(self, execution: Execution) -> ProcessEnd:
        if execution.cancel.requested:
            return never_started(execution.cancel)
        engine = self._containers.engine
        container = self._containers.create(self._body(execution))
        try:
            program = engine.attach(container)
            engine.start(container)
            return run_attached(
                program,
                output=execution.output,
                cancel=execution.cancel,
                timeout=execution.timeout,
                grace=self._job.host.grace,
            )
        finally:
            self._containers.remove(container)

    def _body(self, execution: Execution) -> dict[str, Any]:
        # The image's own PATH counts: what steps put before PATH are folders of the job.
        variables = [f"{name}={self._seen(value)}" for name, value in execution.env.items() if name != "PATH"]
        body: dict[str, Any] = {
            "Image": self._image,
            "WorkingDir": execution.cwd,
            "Env": variables,
            "HostConfig": {"Mounts": self._paths.bodies()},
        }
        if self._entrypoint:
            body["Entrypoint"] = [self._entrypoint]
        if execution.argv:
            body["Cmd"] = list(execution.argv)
        if self._containers.network:
            body["HostConfig"]["NetworkMode"] = self._containers.network
        return body

    def _seen(self, value: str) -> str:
        """Return a value as the container needs it: paths of the job become its own."""
        return self._paths.inner(self._job.runner.host_path(value))

    def which(self, program: str, path: str) -> str | None:
        return program

    def path(self, host_path: str) -> str:
        return self._paths.inner(host_path)

    def host_path(self, path: str) -> str:
        return self._paths.outer(path)

    def base_environment(self) -> dict[str, str]:
        return {**asked_for(self._job.host.environment), **self._environment, "HOME": HOME, "PATH": ""}
