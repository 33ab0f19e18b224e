"""What a run is at one moment, as plain data; and what may happen to it, and what follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from headway.integration.expressions import Value
    from headway.integration.workflows.models import Job, Permissions, Workflow

Result = Literal["success", "failure", "cancelled", "skipped"]
JobStatus = Literal["waiting", "active", "done"]
InstanceStatus = Literal["queued", "running", "done"]


class Scope(NamedTuple):
    """A workflow within the run: the one that was started (key ``""``), or one that a job calls."""

    key: str
    workflow: Workflow
    inputs: dict[str, Value]
    secrets: dict[str, str]
    caller: str = ""
    permissions: Permissions | None = None


class JobState(NamedTuple):
    """A job of a scope: waiting for its needs, active through its instances, or done."""

    scope: str
    job: Job
    status: JobStatus = "waiting"
    result: Result | None = None
    outputs: dict[str, str] = {}  # noqa: RUF012 - never changed
    reason: str = ""
    instances: tuple[str, ...] = ()


class Concurrency(NamedTuple):
    """The group of a run or a job, evaluated."""

    group: str
    cancel_in_progress: bool = False
    queue_all: bool = False


class Instance(NamedTuple):
    """One execution of a job: the only one, or one for each combination of its matrix.

    ``calls`` is the key of the scope that it opened, if the job calls a workflow. ``strategy`` is GitHub's context.
    """

    key: str
    scope: str
    job: Job
    name: str
    matrix: dict[str, Value] | None = None
    strategy: dict[str, Value] = {}  # noqa: RUF012 - never changed
    fail_fast: bool = True
    max_parallel: int = 0
    continue_on_error: bool = False
    concurrency: Concurrency | None = None
    status: InstanceStatus = "queued"
    result: Result | None = None
    outputs: dict[str, str] = {}  # noqa: RUF012 - never changed
    reason: str = ""
    calls: str = ""
    cancelling: str = ""

    @property
    def counts_as(self) -> Result | None:
        """Return the result that others see: a failure that may be is none."""
        return "success" if self.result == "failure" and self.continue_on_error else self.result


class RunState(NamedTuple):
    """A whole run. ``capacity`` bounds how many jobs run at a time (0: no bound).

    ``matrix`` keeps only combinations with one of these values, by keys in lower case; ``known`` are jobs that do not
    run again, with their outputs.
    """

    github: dict[str, Value]
    variables: dict[str, str]
    scopes: dict[str, Scope]
    jobs: dict[tuple[str, str], JobState]
    instances: dict[str, Instance]
    capacity: int = 0
    matrix: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 - never changed
    known: dict[str, dict[str, str]] = {}  # noqa: RUF012 - never changed
    cancelled: str = ""
    result: Result | None = None


class RunStarted(NamedTuple):
    """The run may begin."""


class JobFinished(NamedTuple):
    """An instance has ended."""

    key: str
    result: Result
    outputs: dict[str, str] = {}  # noqa: RUF012 - never changed
    reason: str = ""


class RunCancelled(NamedTuple):
    """Somebody wants the run to end; ``reason`` says who and why."""

    reason: str


Happening = RunStarted | JobFinished | RunCancelled


class StartJob(NamedTuple):
    """The instance shall be executed; ``JobFinished`` is expected in return, once."""

    key: str


class CancelJob(NamedTuple):
    """The running instance shall be cancelled; its ``JobFinished`` is still to come."""

    key: str
    reason: str


class FinishRun(NamedTuple):
    """Nothing is left to do."""

    result: Result


Effect = StartJob | CancelJob | FinishRun
