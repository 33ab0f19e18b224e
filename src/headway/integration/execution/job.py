"""One job on one machine: set up, its steps, what they left to do afterwards, and its outputs."""

from __future__ import annotations

import os
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.execution.actions import ActionResolver
from headway.integration.execution.environment import job_contexts, runner_context
from headway.integration.execution.frames import Frame
from headway.integration.execution.listener import JobEnd, Listener, StepEnd, StepInfo
from headway.integration.execution.masking import MaskingListener
from headway.integration.execution.names import fallback_name
from headway.integration.execution.output.masks import MaskSet
from headway.integration.execution.output.matchers import MatcherSet
from headway.integration.execution.runners import HostRunner
from headway.integration.execution.steps import StepRunner
from headway.integration.planning.evaluation import Evaluator
from headway.integration.planning.programs import missing_programs
from headway.integration.workflows.tokens import Mapping
from headway.kernel.errors import HeadwayError, explained
from headway.kernel.process import Cancellation, Drains

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.execution.containers.job_containers import JobContainers
    from headway.integration.execution.host import Host
    from headway.integration.execution.runners import JobRunner
    from headway.integration.expressions import Value
    from headway.integration.planning.state import Result
    from headway.integration.workflows.models import Job, Workflow

DEFAULT_TIMEOUT_MINUTES = 360.0
DEFAULT_CANCEL_MINUTES = 5.0


class JobRequest(NamedTuple):
    """A job that is to be executed.

    ``contexts`` holds ``github``, ``inputs``, ``vars``, ``needs``, ``strategy``, ``matrix`` and ``secrets``;
    ``folder`` is its own, below the work folder of the host.
    """

    key: str
    name: str
    job: Job
    workflow: Workflow
    contexts: dict[str, Value]
    folder: str


class JobControl:
    """The way to end a job from another thread, as GitHub does: first asked, in the end made to."""

    __slots__ = ("after", "main")

    def __init__(self) -> None:
        self.main = Cancellation()
        self.after = Cancellation()
        """Holds for the steps that run although the job is cancelled."""

    def cancel(self, reason: str) -> None:
        """End the step that runs; steps with ``always()`` or ``cancelled()`` still follow."""
        self.main.cancel(reason)

    def kill(self, reason: str = "killed") -> None:
        """End everything at once."""
        self.main.kill(reason)
        self.after.kill(reason)


class JobRun:
    """A job while it runs: what its steps share."""

    def __init__(
        self,
        request: JobRequest,
        host: Host,
        listener: Listener,
        control: JobControl,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.request = request
        self.host = host
        self.control = control
        self.clock = clock
        self.started = clock()
        self.wall_clock_start = time.time()
        self.masks = MaskSet()
        self.listener: Listener = MaskingListener(listener, self.masks)
        self.matchers = MatcherSet()
        self.drains = Drains()
        self.tracking_id = f"headway-{os.path.basename(host.work)}-{os.path.basename(request.folder)}"
        self.temp = os.path.join(request.folder, "_temp")
        repository = str(request.contexts["github"]["repository"])  # type: ignore[index,call-overload]
        self.workspace = os.path.join(request.folder, repository.rpartition("/")[2] or "workspace")
        self.status: Result = "success"
        self.reason = ""
        self.paths: list[str] = []
        self.env: dict[str, str] = {}
        self.job_context: dict[str, Value] = {"status": "success"}
        self.steps_started = 0
        self.step_names: dict[str, str] = {}
        self.after: list[Callable[[], None]] = []
        self.closing: list[Callable[[], None]] = []
        self.saved_state: dict[str, dict[str, str]] = {}
        self.deadline: float | None = None
        """When everything ends, on the job's clock; known once the job is cancelled."""
        self.runner: JobRunner = HostRunner(self)
        self.containers: JobContainers | None = None
        self.in_container = False
        self.actions = ActionResolver(self)
        self.contexts = job_contexts(self)

    # What steps ask

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked the job to end."""
        return self.control.main.requested

    def cancellation(self, evaluator: Evaluator | None = None) -> Cancellation:
        """Return what ends a step that begins now.

        With an evaluator, what counts is how the job stood when that was made: a step that ran into a cancellation
        between its condition and its program is ended by it.
        """
        cancelled = self.cancelled if evaluator is None else evaluator.functions["cancelled"](())
        return (self.control.after if cancelled else self.control.main).child()

    def remaining(self, minutes: float | None) -> float | None:
        """Return the seconds that a step with this limit may take, given what is left to a cancelled job."""
        limits = [] if minutes is None else [minutes * 60]
        if self.deadline is not None:
            limits.append(max(self.deadline - self.clock(), 0.001))
        return min(limits, default=None)

    def fail(self, reason: str) -> None:
        """Note that the job has failed; the first reason is kept."""
        if self.status == "success":
            self.status = "failure"
        self.job_context["status"] = self.status
        self.reason = self.reason or reason

    def note_cancellation(self) -> None:
        """Note that the job is cancelled, once it is."""
        if self.cancelled and self.status != "cancelled":
            self.status = "cancelled"
            self.job_context["status"] = "cancelled"
            self.reason = self.control.main.reason
            minutes = self.minutes(self.request.job.cancel_timeout_minutes, DEFAULT_CANCEL_MINUTES)
            self.deadline = self.clock() + minutes * 60

    def minutes(self, token: object, default: float) -> float:
        """Return an evaluated limit in minutes."""
        evaluator = Evaluator(self.request.workflow.path, self.contexts)
        return evaluator.number(token, default)  # type: ignore[arg-type]

    # The whole

    def run(self) -> JobEnd:
        """Execute the job and return what it came to; clears up after itself whatever happens."""
        outputs: dict[str, str] = {}
        url = ""
        limit: threading.Timer | None = None
        try:
            limit = self._end_in_time()
            self._set_up()
            if self.status == "success" and not self.cancelled:
                outputs, url = self._run_steps()
        except HeadwayError as error:
            self._report_set_up(str(error))
        except OSError as error:
            self._report_set_up(explained(error))
        finally:
            if limit is not None:
                limit.cancel()
            self.note_cancellation()
            self.drains.close()
            self._end_leftovers()
            self._count_tests()
            for close in reversed(self.closing):
                close()
        return JobEnd(self.status, outputs, self.masks.apply_text(self.reason), self.masks.apply_text(url))

    def _end_in_time(self) -> threading.Timer:
        """Have the job cancelled when its time is over, as GitHub does: steps with ``always()`` still run then."""
        minutes = self.minutes(self.request.job.timeout_minutes, DEFAULT_TIMEOUT_MINUTES)
        reason = f"it ran longer than {minutes:g} minutes, its timeout-minutes"
        limit = threading.Timer(min(60 * minutes, threading.TIMEOUT_MAX), self.control.cancel, (reason,))
        limit.daemon = True
        limit.start()
        return limit

    def _set_up(self) -> None:
        for folder in (self.temp, self.workspace, self.host.tool_cache):
            os.makedirs(folder, exist_ok=True)
        evaluator = Evaluator(self.request.workflow.path, self.contexts)
        for token in (self.request.workflow.env, self.request.job.env):
            self.env.update(evaluator.texts(token))
            self.contexts["env"] = dict(self.env)
        self.contexts["runner"] = runner_context(self)
        if self.request.job.container is not None:
            from headway.integration.execution.containers.requests import read_container

            self.in_container = read_container(self.request.job.container, evaluator) is not None
        self._name_missing_programs()
        self.actions.prepare(self.request.job.steps)
        if self.in_container or self.request.job.services is not None:
            from headway.integration.execution.containers.opening import open_containers

            open_containers(self, evaluator)
        if self.actions.in_containers and self.status == "success":
            from headway.integration.execution.containers.docker_actions import prepare_images

            prepare_images(self, self.actions.in_containers)

    def _run_steps(self) -> tuple[dict[str, str], str]:
        frame = Frame.of_job(self)
        runner = StepRunner(self, frame)
        runner.run_pre(self.request.job.steps)
        runner.run(self.request.job.steps)
        runner.wait_for_all()
        self.note_cancellation()
        while self.after:
            self.after.pop()()
        self.note_cancellation()
        evaluator = frame.evaluator()
        try:
            outputs = dict(evaluator.texts(self.request.job.outputs).items())
            return self._without_secrets(outputs), self._environment_url(evaluator)
        except HeadwayError as error:
            self._report_set_up(str(error))
            return {}, ""

    def _without_secrets(self, outputs: dict[str, str]) -> dict[str, str]:
        """Leave out outputs that hold a secret, as GitHub does: other jobs would print it unmasked."""
        return {name: value for name, value in outputs.items() if self.masks.apply_text(value) == value}

    def _environment_url(self, evaluator: Evaluator) -> str:
        environment = self.request.job.environment
        return evaluator.text(environment.get("url")) if isinstance(environment, Mapping) else ""

    def _name_missing_programs(self) -> None:
        """Say before the first step, not after ten minutes, which programs of hosted runners are not here."""
        if self.in_container:
            return
        path = self.host.environment["PATH"]
        missing = missing_programs(self.request.job, lambda program: self.runner.which(program, path))
        lines = [
            f"'{found.program}' is not on this machine; '{fallback_name(found.step)}' calls it" for found in missing
        ]
        if lines:
            self._set_up_step("warning", "\n".join(lines), "success")

    def _report_set_up(self, message: str) -> None:
        self._set_up_step("error", message, "failure")
        self.fail(message)

    def _set_up_step(self, level: str, message: str, result: Result) -> None:
        self.steps_started += 1
        info = StepInfo(f"__setup_{self.steps_started}", self.steps_started, "Set up job", "setup")
        self.listener.step_started(info)
        lines = "\n".join(f"##[{level}]{line}" for line in message.splitlines())
        self.listener.log(info.key, self.masks.line(lines))
        reason = message if result == "failure" else ""
        self.listener.step_finished(StepEnd(info.key, result, result, 0.0, reason))

    def _count_tests(self) -> None:
        if os.path.exists(self.workspace) and os.listdir(self.workspace):
            from headway.integration.junit import totals_below

            if totals := totals_below(self.workspace, self.wall_clock_start):
                self.listener.tests(totals)

    def _end_leftovers(self) -> None:
        from headway.kernel.process.orphans import end_tracked_processes

        end_tracked_processes([self.tracking_id], sessions=self.drains.sessions)


def run_job(request: JobRequest, host: Host, listener: Listener, control: JobControl) -> JobEnd:
    """Execute a job in the calling thread, and return what it came to. Never raises for what a workflow does."""
    return JobRun(request, host, listener, control).run()
