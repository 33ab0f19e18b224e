"""The migration report: does each job run here as it is, and if not, what would make it run."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.execution.host import system, system_of
from headway.integration.execution.names import fallback_name
from headway.integration.execution.sources import parse_reference
from headway.integration.expressions import names_in
from headway.integration.native import native_actions
from headway.integration.planning.programs import missing_programs
from headway.integration.workflows.tokens import Expression, Mapping, Scalar, Sequence, expressions_in, text_of
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headway.integration.execution.sources import ActionSource
    from headway.integration.workflows.models import Job, Step, Workflow
    from headway.integration.workflows.tokens import Token


class Obstacle(NamedTuple):
    """Why a job does not run here, and what would make it run; ``blocks`` is false for what it may do without."""

    reason: str
    remedy: str
    blocks: bool = True


class JobReport(NamedTuple):
    """One job of the report."""

    workflow: str
    job: str
    obstacles: tuple[Obstacle, ...]

    @property
    def runs(self) -> bool:
        """Whether the job runs here as it is."""
        return not any(obstacle.blocks for obstacle in self.obstacles)


class Surroundings(NamedTuple):
    """What this machine has."""

    which: Callable[[str], str | None]
    source: ActionSource
    has_docker: bool
    secrets: frozenset[str] = frozenset()


def report_workflow(workflow: Workflow, here: Surroundings) -> list[JobReport]:
    """Return the report of every job of a workflow, in the order of the text."""
    return [JobReport(workflow.path, job.id, tuple(_obstacles(job, workflow, here))) for job in workflow.jobs.values()]


def _obstacles(job: Job, workflow: Workflow, here: Surroundings) -> Iterator[Obstacle]:
    if job.uses is not None:
        if job.callee is None:
            yield Obstacle(
                f"it calls '{job.uses.text}', which was not found", "run once with a network, or fix the path"
            )
        else:
            for inner in job.callee.jobs.values():
                yield from _obstacles(inner, job.callee, here)
        return
    yield from _runner(job)
    yield from _containers(job, here)
    yield from _actions(job, here)
    for missing in missing_programs(job, here.which):
        step = text_of(missing.step.name) or fallback_name(missing.step)
        yield Obstacle(f"the program '{missing.program}' (step '{step}') is not here", f"install {missing.program}")
    yield from _secrets(job, here)
    if _asks_for_id_token(job, workflow):
        yield Obstacle(
            "it asks for an OpenID Connect token", "no identity provider runs here; give its secret instead", False
        )


def _runner(job: Job) -> Iterator[Obstacle]:
    labels = _labels(job)
    foreign = [label for label in labels if system_of(label) not in ("", system())]
    if not foreign:
        return
    shown = ", ".join(f"'{label}'" for label in foreign)
    if len(foreign) < len(labels):
        yield Obstacle(f"its combinations for {shown} are skipped here", "force them: --any-runner", blocks=False)
    else:
        yield Obstacle(f"it runs on {shown}", "run it on such a machine, or force it here: --any-runner")


def _labels(job: Job) -> list[str]:
    """Return the labels that a job may ask for, those of its matrix included."""
    token: Token | None = job.runs_on
    if isinstance(token, Mapping):
        token = token.get("labels")
    if isinstance(token, Scalar):
        return [token.text]
    if isinstance(token, Sequence):
        return [item.text for item in token.items if isinstance(item, Scalar)]
    if not isinstance(token, Expression) or job.strategy is None or not isinstance(job.strategy.matrix, Mapping):
        return []
    keys = [name.path[0] for name in names_in(token.node) if name.context == "matrix" and name.path]
    included = job.strategy.matrix.get("include")
    rows = [row for row in _items(included) if isinstance(row, Mapping)]
    values = [
        value
        for key in keys
        if isinstance(key, str)
        for value in (*_items(job.strategy.matrix.get(key)), *(row.get(key) for row in rows))
    ]
    return [value.text for value in values if isinstance(value, Scalar)]


def _items(token: Token | None) -> tuple[Token, ...]:
    return token.items if isinstance(token, Sequence) else ()


def _containers(job: Job, here: Surroundings) -> Iterator[Obstacle]:
    if here.has_docker:
        return
    remedy = "start a Docker engine, or point DOCKER_HOST to one"
    if job.container is not None:
        yield Obstacle("it runs in a container, and no Docker engine answers", remedy)
    if job.services is not None:
        yield Obstacle("it has services, and no Docker engine answers", remedy)


def _actions(job: Job, here: Surroundings) -> Iterator[Obstacle]:
    native = native_actions()
    for step in _steps(job.steps):
        uses = text_of(step.uses)
        if uses.startswith("docker://") and not here.has_docker:
            yield Obstacle(f"'{uses}' is a container, and no Docker engine answers", "start a Docker engine")
        if not uses or uses.startswith(("./", "docker://", "$/")):
            continue
        try:
            reference = parse_reference(uses)
            name = f"{reference.repository}/{reference.path}".rstrip("/").lower()
            if name not in native:
                here.source.fetch(reference)
        except HeadwayError as error:
            name = "/".join(uses.partition("@")[0].split("/")[:2])
            remedy = f"run once with a network, or give it a folder: --action-source {name}=PATH"
            yield Obstacle(str(error).partition("\n")[0].partition(". Run once")[0], remedy)


def _secrets(job: Job, here: Surroundings) -> Iterator[Obstacle]:
    wanted = {
        str(name.path[0])
        for expression in expressions_in(job.token)
        for name in names_in(expression.node)
        if name.context == "secrets" and name.path and isinstance(name.path[0], str)
    }
    for name in sorted(wanted - here.secrets):
        yield Obstacle(f"it uses the secret '{name}'", f"--secret {name}", False)


def _asks_for_id_token(job: Job, workflow: Workflow) -> bool:
    permissions = job.permissions if job.permissions is not None else workflow.permissions
    return (permissions or {}).get("id-token") == "write"


def _steps(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from _steps(step.parallel)


def docker_answers() -> bool:
    """Return whether a Docker engine can be reached: its socket takes connections."""
    import socket

    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    scheme, _, rest = address.partition("://")
    try:
        if scheme == "unix":
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(2)
                connection.connect(rest)
        else:
            host, _, port = rest.rstrip("/").rpartition(":")
            socket.create_connection((host, int(port or 2375)), 2).close()
    except (OSError, ValueError):
        return False
    return True
