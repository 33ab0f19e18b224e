"""The job's own container and its services: started before the first step, on a network of the job's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.integration.execution.containers.images import provide_image
from headway.integration.execution.containers.job_containers import containers_of
from headway.integration.execution.containers.paths import HOME, job_paths
from headway.integration.execution.containers.requests import ContainerRequest, read_container, read_services
from headway.integration.execution.containers.runner import ContainerRunner
from headway.integration.execution.containers.services import mapped_ports, show_logs, wait_until_ready
from headway.integration.execution.environment import runner_context
from headway.integration.execution.node_program import packaged_node
from headway.integration.execution.setup_step import SetUpStep
from headway.integration.expressions import to_string
from headway.kernel.engines.options import parse_options
from headway.kernel.engines.specs import add_ports, add_volumes, merge
from headway.kernel.engines.words import split_words

if TYPE_CHECKING:
    from headway.integration.execution.containers.job_containers import JobContainers
    from headway.integration.execution.containers.paths import PathMap
    from headway.integration.execution.job import JobRun
    from headway.integration.expressions import Value
    from headway.integration.planning.evaluation import Evaluator

_LOOPBACK = "127.0.0.1"
_ENTRYPOINT_OF_JOB = {"entrypoint": "the container of a job waits for its steps, and does nothing else"}


def open_containers(job: JobRun, evaluator: Evaluator) -> None:
    """Start the job's container and its services, and let the steps run in the one and find the others.

    Raises ``HeadwayError`` when no engine answers. What fails later is shown as the step *Initialize containers*,
    and fails the job.
    """
    container = read_container(job.request.job.container, evaluator)
    services = read_services(job.request.job.services, evaluator)
    if container is None and not services:
        return
    wanted = [f"the container '{container.image}'"] if container else []
    wanted += [f"the service '{service.name}'" for service in services]
    containers = containers_of(job, ", ".join(wanted))
    with SetUpStep(job, "Initialize containers") as step:
        opening = _Opening(job, containers, step)
        opening.network()
        if container is not None:
            opening.container(container)
        for service in services:
            opening.service(service)
        opening.wait()


class _Opening:
    """The start of a job's containers."""

    __slots__ = ("containers", "engine", "job", "services", "step")

    def __init__(self, job: JobRun, containers: JobContainers, step: SetUpStep) -> None:
        self.job = job
        self.containers = containers
        self.engine = containers.engine
        self.step = step
        self.services: dict[str, str] = {}

    def network(self) -> None:
        """Make the network."""
        self.containers.make_network()
        self.step.log(f"Created the network '{self.containers.network}'")

    def container(self, request: ContainerRequest) -> None:
        """Start the job's container, and have the steps run in it."""
        job = self.job
        paths = job_paths(job, packaged_node(), self.engine.socket)
        body: dict[str, Any] = {
            "Entrypoint": ["tail"],
            "Cmd": ["-f", "/dev/null"],
            "WorkingDir": paths.inner(job.workspace),
            "HostConfig": {"Mounts": paths.bodies()},
        }
        fixed = {"HOME": HOME, "GITHUB_ACTIONS": "true", "CI": "true"}
        request = request._replace(env={**request.env, **fixed})
        id_ = self._start(request, body, parse_options(request.options, _ENTRYPOINT_OF_JOB))
        job.job_context["container"] = {"id": id_, "network": self.containers.network}
        _move_into(job, ContainerRunner(job, self.engine, id_, request.image, paths), paths)

    def service(self, request: ContainerRequest) -> None:
        """Start a service."""
        body: dict[str, Any] = {}
        if request.entrypoint:
            body["Entrypoint"] = [request.entrypoint]
        if request.command:
            body["Cmd"] = split_words(request.command)
        id_ = self._start(request, body, parse_options(request.options))
        self.services[request.name] = id_
        context = self.job.job_context.setdefault("services", {})
        if isinstance(context, dict):
            ports: dict[str, Value] = dict(mapped_ports(self.engine.inspect(id_)))
            context[request.name] = {"id": id_, "network": self.containers.network, "ports": ports}
        if len(self.services) == 1:
            self.job.closing.append(self._stop)

    def _start(self, request: ContainerRequest, body: dict[str, Any], options: dict[str, Any]) -> str:
        what = f"service '{request.name}'" if request.name else "job container"
        self.step.log(f"Starting the {what}: {request.image}")
        platform = options.pop("platform", "")
        name = options.pop("name", "")
        provide_image(
            self.job,
            self.engine,
            request.image,
            self.step.log,
            self.job.control.main,
            credentials=request.credentials,
            platform=platform,
        )
        if request.password:
            self.job.masks.add(request.password)
        id_ = self.containers.create(self._body(request, body, options), name, platform)
        self.engine.start(id_)
        return id_

    def _body(self, request: ContainerRequest, own: dict[str, Any], options: dict[str, Any]) -> dict[str, Any]:
        network = self.containers.network
        aliases = [*([request.name] if request.name else []), *options.pop("aliases", [])]
        volumes = [*request.volumes, *options.pop("volumes", [])]
        ports = [*request.ports, *options.pop("ports", [])]
        options.pop("ignored", None)
        variables = dict(request.env)
        variables |= dict(each.split("=", 1) for each in options.pop("Env", []))
        base = {
            "Image": request.image,
            "Env": [f"{key}={value}" for key, value in variables.items()],
            "HostConfig": {"NetworkMode": network},
            "NetworkingConfig": {"EndpointsConfig": {network: {"Aliases": aliases}}},
        }
        body = merge(merge(base, options), own)
        add_volumes(body, volumes)
        # A service is for this job alone, not for everybody on the network that this machine is in.
        add_ports(body, ports, *([_LOOPBACK] if self.engine.socket else []))
        return body

    def wait(self) -> None:
        """Wait until all services are ready. Raises ``HeadwayError`` with the last lines of one that is not."""
        for name, id_ in self.services.items():
            wait_until_ready(self.job, self.engine, name, id_, self.step)

    def _stop(self) -> None:
        """Show what the services wrote, as GitHub does; the containers are removed afterwards."""
        with SetUpStep(self.job, "Stop containers", "complete") as step:
            for name, id_ in self.services.items():
                show_logs(self.engine, name, id_, step)


def _move_into(job: JobRun, runner: ContainerRunner, paths: PathMap) -> None:
    """Have everything that is still to come run in the container, and see its paths."""
    job.runner = runner
    github = job.contexts["github"]
    if isinstance(github, dict):
        event = to_string(github.get("event_path"))
        github |= {"workspace": paths.inner(job.workspace), "event_path": paths.inner(event)}
    runner_values = runner_context(job)
    job.contexts["runner"] = {**runner_values, "os": "Linux"}
