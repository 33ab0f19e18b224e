"""Drives one workflow to its end on this machine: the scheduler decides, threads execute."""

from __future__ import annotations

import os
import threading
import time
from _queue import SimpleQueue  # `queue` brings heapq along, 1 ms
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.execution.job import JobControl, JobRequest, run_job
from headway.integration.execution.listener import FailedStep, JobEnd, StepEnd, StepInfo
from headway.integration.local.events import (
    JobBegan,
    JobEnded,
    Kept,
    Noted,
    Output,
    RunBegan,
    RunEnded,
    RunEvent,
    StepBegan,
    StepEnded,
    Summarised,
    Tested,
)
from headway.integration.planning.contexts import instance_contexts
from headway.integration.planning.decisions import run_title
from headway.integration.planning.scheduler import step
from headway.integration.planning.state import (
    CancelJob,
    JobFinished,
    RunCancelled,
    RunStarted,
    StartJob,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.events import Annotation
    from headway.integration.execution.host import Host
    from headway.integration.junit import TestTotals
    from headway.integration.planning.state import Happening, Instance, RunState


class Killed(NamedTuple):
    """Everything shall end at once."""


class _JobListener:
    """Turns what a job tells into events of the run."""

    __slots__ = ("_job", "_tell", "failed")

    def __init__(self, job: str, tell: Callable[[RunEvent], None]) -> None:
        self._job = job
        self._tell = tell
        self.failed: FailedStep | None = None

    def step_started(self, step: StepInfo) -> None:
        self._tell(StepBegan(self._job, step))

    def log(self, key: str, data: bytes) -> None:
        self._tell(Output(self._job, key, data))

    def annotation(self, key: str, annotation: Annotation) -> None:
        self._tell(Noted(self._job, key, annotation))

    def summary(self, key: str, markdown: str) -> None:
        self._tell(Summarised(self._job, key, markdown))

    def artifact(self, name: str, path: str, files: int, size: int) -> None:
        self._tell(Kept(self._job, name, path, files, size))

    def tests(self, totals: TestTotals) -> None:
        self._tell(Tested(self._job, totals))

    def step_finished(self, end: StepEnd) -> None:
        self._tell(StepEnded(self._job, end))

    def step_failed(self, failed: FailedStep) -> None:
        self.failed = failed


class RunDriver:
    """One run of one workflow. ``cancel`` and ``kill`` may be called from other threads and from signal handlers."""

    def __init__(
        self,
        state: RunState,
        host: Host,
        tell: Callable[[RunEvent], None],
        *,
        gate: Callable[[Instance], str] = lambda _: "",
        on_failure: Callable[[FailedStep], None] | None = None,
    ) -> None:
        self._state = state
        self._host = host
        self._tell = tell
        self._gate = gate
        self._on_failure = on_failure
        self._inbox: SimpleQueue[Happening | Killed] = SimpleQueue()
        self._controls: dict[str, JobControl] = {}
        self._told: set[tuple[str, str]] = set()
        self._started: dict[str, float] = {}
        self._addresses: dict[str, str] = {}

    def cancel(self, reason: str) -> None:
        """Ask the run to end; what asks to run all the same still does."""
        self._inbox.put(RunCancelled(reason))

    def kill(self) -> None:
        """End the run at once."""
        self._inbox.put(Killed())

    def run(self) -> RunState:
        """Run to the end, and return the last state."""
        workflow = self._state.scopes[""].workflow
        began = time.monotonic()
        event = str(self._state.github["event_name"])
        self._tell(RunBegan(workflow.path, run_title(self._state), event, tuple(workflow.jobs)))
        self._take(RunStarted())
        while self._state.result is None:
            happening = self._inbox.get()
            if isinstance(happening, Killed):
                for control in self._controls.values():
                    control.kill("the run was killed")
            else:
                self._take(happening)
        self._tell(RunEnded(workflow.path, self._state.result, time.monotonic() - began))
        return self._state

    def _take(self, happening: Happening) -> None:
        self._state, effects = step(self._state, happening)
        self._tell_ends()
        for effect in effects:
            if isinstance(effect, StartJob):
                self._start(self._state.instances[effect.key])
            elif isinstance(effect, CancelJob):
                self._controls[effect.key].cancel(effect.reason)

    def _start(self, instance: Instance) -> None:
        if obstacle := self._gate(instance):
            self._inbox.put(JobFinished(instance.key, "skipped", {}, obstacle))
            return
        control = self._controls[instance.key] = JobControl()
        self._started[instance.key] = time.monotonic()
        scope = self._state.scopes[instance.scope]
        slug = "".join(c if c.isalnum() or c in "-_" else "-" for c in instance.key)[:80]
        request = JobRequest(
            instance.key,
            instance.name,
            instance.job,
            scope.workflow,
            instance_contexts(self._state, instance),
            os.path.join(self._host.work, f"{len(self._started)}-{slug}"),
        )
        self._tell(JobBegan(instance.key, instance.name))
        thread = threading.Thread(target=self._execute, args=(request, control), name=instance.key, daemon=True)
        thread.start()

    def _execute(self, request: JobRequest, control: JobControl) -> None:
        listener = _JobListener(request.key, self._tell)
        end = JobEnd("failure", {}, "Headway itself failed")
        try:
            end = run_job(request, self._host, listener, control)
            if listener.failed is not None and end.result == "failure" and self._on_failure is not None:
                self._on_failure(listener.failed)
        except Exception as error:
            end = JobEnd("failure", {}, f"Headway itself failed, please report it: {type(error).__name__}: {error}")
            raise
        finally:  # whatever went wrong, the run must not wait for this job for ever
            self._addresses[request.key] = end.environment_url
            self._inbox.put(JobFinished(request.key, end.result, end.outputs, end.reason))

    def _tell_ends(self) -> None:
        """Tell of every job that has ended since the last time, and of those that never will start."""
        now = time.monotonic()
        for instance in self._state.instances.values():
            if instance.status == "done" and not instance.calls and self._is_news("instance", instance.key):
                seconds = now - self._started.get(instance.key, now)
                self._tell(
                    JobEnded(
                        instance.key,
                        instance.name,
                        instance.result or "",
                        seconds,
                        instance.reason,
                        instance.outputs,
                        self._addresses.get(instance.key, ""),
                    )
                )
        for (scope, name), job in self._state.jobs.items():
            if job.status == "done" and not job.instances and self._is_news(scope, name):
                key = f"{scope}/{name}" if scope else name
                self._tell(JobEnded(key, name, job.result or "", 0.0, job.reason))

    def _is_news(self, kind: str, key: str) -> bool:
        if (kind, key) in self._told:
            return False
        self._told.add((kind, key))
        return True
