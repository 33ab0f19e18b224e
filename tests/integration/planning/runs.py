"""Runs for tests of the scheduler: workflows as text, led through by whoever asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.integration.planning.scheduler import new_run, step
from headway.integration.planning.state import (
    CancelJob,
    FinishRun,
    JobFinished,
    RunCancelled,
    RunStarted,
    StartJob,
)
from headway.integration.workflows import CalledFile, link, read_workflow

if TYPE_CHECKING:
    from headway.integration.planning.state import Effect, Happening, Result, RunState
    from headway.integration.workflows.models import Workflow


def workflow(text: str, **called: str) -> Workflow:
    """Return a workflow from its text; ``called`` are files that it calls as ``./name.yml``."""
    read, problems = read_workflow(text, "test.yml")
    assert read is not None
    assert not problems, problems
    linked = link(read, lambda uses, _: CalledFile(uses, called[uses.removeprefix("./").removesuffix(".yml")]))
    assert not linked.problems, linked.problems
    return linked.workflow


class Lead:
    """Leads a run: starts it, ends its jobs, and keeps what happened."""

    def __init__(
        self, text: str, *, github: dict[str, Any] | None = None, called: dict[str, str] | None = None, **more: Any
    ):
        context = {"event_name": "push", "ref": "refs/heads/main"} | (github or {})
        self.state: RunState = new_run(workflow(text, **(called or {})), github=context, **more)
        self.started: list[str] = []
        self.cancelled: dict[str, str] = {}
        self.ends: list[Result] = []
        self.take(RunStarted())

    def take(self, happening: Happening) -> list[Effect]:
        """Let something happen."""
        self.state, effects = step(self.state, happening)
        for effect in effects:
            if isinstance(effect, StartJob):
                self.started.append(effect.key)
            elif isinstance(effect, CancelJob):
                self.cancelled[effect.key] = effect.reason
            elif isinstance(effect, FinishRun):
                self.ends.append(effect.result)
        return effects

    def end(self, key: str, result: Result = "success", **outputs: str) -> Lead:
        """End a job that runs."""
        assert key in self.running, f"{key} does not run; these do: {self.running}"
        self.take(JobFinished(key, result, outputs))
        return self

    def cancel(self, reason: str = "somebody asked for it") -> Lead:
        """Cancel the run."""
        self.take(RunCancelled(reason))
        return self

    @property
    def running(self) -> list[str]:
        """The keys of the jobs that run, calls of workflows left out."""
        return [key for key, one in self.state.instances.items() if one.status == "running" and not one.calls]

    def result(self, job: str, scope: str = "") -> str | None:
        """Return what a job came to."""
        return self.state.jobs[scope, job].result

    def reason(self, job: str, scope: str = "") -> str:
        """Return why a job was skipped or failed to begin."""
        return self.state.jobs[scope, job].reason
