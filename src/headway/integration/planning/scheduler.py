"""The engine of a run: ``(state, what happened) → (state, what to do)``.

Pure: the same state and happening always give the same answer, so that a run can be replayed after a crash and tested
in any order of events. Whoever drives it carries out the effects and reports what came of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.planning.decisions import decide, open_call, outputs_of_call
from headway.integration.planning.state import (
    CancelJob,
    Effect,
    FinishRun,
    Happening,
    Instance,
    JobFinished,
    JobState,
    Result,
    RunCancelled,
    RunState,
    Scope,
    StartJob,
)
from headway.kernel.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headway.integration.expressions import Value
    from headway.integration.workflows.models import Permissions, Workflow


def new_run(
    workflow: Workflow,
    *,
    github: dict[str, Value],
    inputs: dict[str, Value] | None = None,
    secrets: dict[str, str] | None = None,
    variables: dict[str, str] | None = None,
    permissions: Permissions | None = None,
    capacity: int = 0,
    matrix: dict[str, tuple[str, ...]] | None = None,
    known: dict[str, dict[str, str]] | None = None,
) -> RunState:
    """Return a run that has not begun. ``workflow`` is linked: its calling jobs hold their callees."""
    scope = Scope("", workflow, inputs or {}, secrets or {}, permissions=permissions)
    jobs = {("", id_): JobState("", job) for id_, job in workflow.jobs.items()}
    return RunState(github, variables or {}, {"": scope}, jobs, {}, capacity, matrix or {}, known or {})


def step(state: RunState, happening: Happening) -> tuple[RunState, list[Effect]]:
    """Return the state after ``happening``, and what is to be done now.

    What is no news (a second end of the same job, anything after the end of the run) changes nothing.
    """
    if state.result is not None:
        return state, []
    turn = _Turn(state)
    if isinstance(happening, JobFinished):
        turn.finish(happening.key, happening.result, happening.outputs, happening.reason)
    elif isinstance(happening, RunCancelled):
        turn.cancel_run(happening.reason)
    turn.advance()
    return turn.state, turn.effects


class _Turn:
    """One step: a copy of the state that may be changed, and the effects so far."""

    __slots__ = ("effects", "state")

    def __init__(self, state: RunState) -> None:
        self.state = state._replace(scopes=dict(state.scopes), jobs=dict(state.jobs), instances=dict(state.instances))
        self.effects: list[Effect] = []

    def put(self, instance: Instance) -> None:
        self.state.instances[instance.key] = instance

    def advance(self) -> None:
        """Do all that can be done now, until nothing changes."""
        while self.decide_jobs() or self.start_instances() or self.close_calls() or self.close_jobs():
            pass
        roots = [job for job in self.state.jobs.values() if not job.scope]
        if all(job.status == "done" for job in roots):
            result: Result = "cancelled" if self.state.cancelled else combined(job.result for job in roots)
            result = "success" if result == "skipped" else result
            self.state = self.state._replace(result=result)
            self.effects.append(FinishRun(result))

    def decide_jobs(self) -> bool:
        waiting = [key for key, job in self.state.jobs.items() if job.status == "waiting" and self.is_ready(job)]
        for key in waiting:
            job, instances = decide(self.state, self.state.jobs[key])
            self.state.jobs[key] = job
            for instance in instances:
                self.put(instance)
        return bool(waiting)

    def is_ready(self, job: JobState) -> bool:
        needs = (self.state.jobs.get((job.scope, need.text)) for need in job.job.needs)
        return all(need is None or need.status == "done" for need in needs)

    # Starting

    def start_instances(self) -> bool:
        started = False
        for instance in list(self.state.instances.values()):
            if instance.status == "queued" and self.may_start(instance):
                self.start(instance)
                started = True
        return started

    def may_start(self, instance: Instance) -> bool:
        state = self.state
        running = [other for other in state.instances.values() if other.status == "running"]
        if state.capacity and not instance.job.callee and sum(not o.calls for o in running) >= state.capacity:
            return False
        siblings = sum(other.scope == instance.scope and other.job.id == instance.job.id for other in running)
        if instance.max_parallel and siblings >= instance.max_parallel:
            return False
        return self.may_enter_group(instance, running)

    def may_enter_group(self, instance: Instance, running: list[Instance]) -> bool:
        """Return whether the concurrency group lets the instance in; an older one that waits gives way to it."""
        wish = instance.concurrency
        if wish is None:
            return True
        waiting = [o for o in self.state.instances.values() if o.status == "queued" and _shares_group(o, instance)]
        position = [other.key for other in waiting].index(instance.key)
        if not wish.queue_all:
            for older in waiting[:position]:
                self.end(older, "cancelled", f"'{instance.name}' came later into its concurrency group '{wish.group}'")
        elif position:
            return False
        holders = [other for other in running if _shares_group(other, instance)]
        for holder in holders if wish.cancel_in_progress else ():
            self.cancel(holder, f"'{instance.name}' took over its concurrency group '{wish.group}'")
        return not holders

    def start(self, instance: Instance) -> None:
        running = instance._replace(status="running")
        if instance.job.callee is None:
            self.put(running)
            if instance.key in self.state.known:
                self.finish(instance.key, "success", self.state.known[instance.key], "it succeeded last time")
                return
            self.effects.append(StartJob(instance.key))
            return
        try:
            scope, jobs = open_call(self.state, instance)
        except InputError as error:
            self.end(instance, "failure", str(error))
            return
        self.put(running._replace(calls=scope.key))
        self.state.scopes[scope.key] = scope
        self.state.jobs.update(jobs)

    # Ending

    def close_calls(self) -> bool:
        closed = False
        for instance in list(self.state.instances.values()):
            if instance.status != "running" or not instance.calls:
                continue
            inner = [job for job in self.state.jobs.values() if job.scope == instance.calls]
            if all(job.status == "done" for job in inner):
                self.close_call(instance, combined(job.result for job in inner))
                closed = True
        return closed

    def close_call(self, instance: Instance, result: Result) -> None:
        try:
            self.finish(instance.key, result, outputs_of_call(self.state, self.state.scopes[instance.calls]), "")
        except InputError as error:
            self.finish(instance.key, "failure", {}, str(error))

    def close_jobs(self) -> bool:
        closed = False
        for key, job in self.state.jobs.items():
            instances = [self.state.instances[name] for name in job.instances]
            if job.status != "active" or any(instance.status != "done" for instance in instances):
                continue
            outputs = {name: value for instance in instances for name, value in instance.outputs.items() if value}
            every = {name: "" for instance in instances for name in instance.outputs} | outputs
            result = combined(instance.counts_as for instance in instances)
            self.state.jobs[key] = job._replace(status="done", result=result, outputs=every)
            closed = True
        return closed

    def finish(self, key: str, result: Result, outputs: dict[str, str], reason: str) -> None:
        instance = self.state.instances.get(key)
        if instance is None or instance.status == "done":
            return
        self.end(instance._replace(outputs=outputs), result, reason or instance.cancelling)

    def end(self, instance: Instance, result: Result, reason: str) -> None:
        ended = instance._replace(status="done", result=result, reason=reason)
        self.put(ended)
        if ended.counts_as == "failure" and ended.fail_fast:
            for other in list(self.state.instances.values()):
                if other.scope == ended.scope and other.job.id == ended.job.id and other.key != ended.key:
                    self.cancel(other, f"'{ended.name}' failed, and fail-fast is on")

    # Cancelling

    def cancel_run(self, reason: str) -> None:
        if self.state.cancelled:
            return
        self.state = self.state._replace(cancelled=reason)
        for instance in list(self.state.instances.values()):
            if not instance.calls and not self.survives(instance):
                self.cancel(instance, reason)

    def survives(self, instance: Instance) -> bool:
        """Return whether a job's own ``if`` still holds now that the run is cancelled, as ``always()`` does."""
        job = self.state.jobs[instance.scope, instance.job.id]
        decided, _ = decide(self.state, job._replace(status="waiting"))
        return decided.status == "active"

    def cancel(self, instance: Instance, reason: str) -> None:
        current = self.state.instances[instance.key]
        if current.status == "queued":
            self.end(current, "cancelled", reason)
        elif current.status == "running" and not current.cancelling:
            self.put(current._replace(cancelling=reason))
            if current.calls:
                self.cancel_scope(current.calls, reason)
            else:
                self.effects.append(CancelJob(current.key, reason))

    def cancel_scope(self, scope: str, reason: str) -> None:
        for key, job in list(self.state.jobs.items()):
            if job.scope == scope and job.status == "waiting":
                self.state.jobs[key] = job._replace(status="done", result="cancelled", reason=reason)
        for instance in list(self.state.instances.values()):
            if instance.scope == scope:
                self.cancel(instance, reason)


def combined(results: Iterable[Result | None]) -> Result:
    """Return the result of several: a failure weighs most, then a cancellation; skipped only if all were."""
    seen = set(results)
    order: tuple[Result, ...] = ("failure", "cancelled", "success")
    return next((result for result in order if result in seen), "skipped")


def _shares_group(one: Instance, other: Instance) -> bool:
    return (
        one.concurrency is not None
        and other.concurrency is not None
        and one.concurrency.group.lower() == other.concurrency.group.lower()
    )
