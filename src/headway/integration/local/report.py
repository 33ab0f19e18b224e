"""What is worth saying at the end of a run, gathered from its events."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.integration.local.events import (
    JobBegan,
    JobEnded,
    Kept,
    Noted,
    RunEnded,
    StepBegan,
    StepEnded,
    Summarised,
    Tested,
)

if TYPE_CHECKING:
    from headway.integration.junit import TestTotals
    from headway.integration.local.events import RunEvent


class SlowStep(NamedTuple):
    """A step and how long it took, in seconds."""

    job: str
    name: str
    seconds: float


class Report:
    """Takes the events of a run one by one."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.steps: dict[tuple[str, str], str] = {}
        self.notes: list[Noted] = []
        self.summaries: list[Summarised] = []
        self.artifacts: list[Kept] = []
        self.tests: list[Tested] = []
        self.jobs: list[JobEnded] = []
        self.times: list[SlowStep] = []
        self.ended: RunEnded | None = None

    def take(self, event: RunEvent) -> None:
        """Note an event."""
        if isinstance(event, JobBegan):
            self.names[event.job] = event.name
        elif isinstance(event, StepBegan):
            self.steps[event.job, event.step.key] = event.step.name
        elif isinstance(event, Noted):
            self.notes.append(event)
        elif isinstance(event, Summarised):
            self.summaries.append(event)
        elif isinstance(event, Kept):
            self.artifacts = [*(kept for kept in self.artifacts if kept.name != event.name), event]
        elif isinstance(event, Tested):
            self.tests.append(event)
        elif isinstance(event, StepEnded):
            name = self.step_name(event.job, event.end.key)
            self.times.append(SlowStep(self.job_name(event.job), name, event.end.seconds))
        elif isinstance(event, JobEnded):
            self.jobs.append(event)
        elif isinstance(event, RunEnded):
            self.ended = event

    def job_name(self, key: str) -> str:
        """Return the name of a job that people see."""
        return self.names.get(key, key)

    def step_name(self, job: str, key: str) -> str:
        """Return the name of a step that people see."""
        return self.steps.get((job, key), key)

    def slowest(self, count: int = 5, above: float = 1.0) -> list[SlowStep]:
        """Return the slowest steps that took more than ``above`` seconds, the slowest first."""
        slow = [step for step in self.times if step.seconds > above]
        return sorted(slow, key=lambda step: -step.seconds)[:count]

    def test_totals(self) -> TestTotals | None:
        """Return the tests of all jobs together, None if none left a report."""
        if not self.tests:
            return None
        first, *others = (tested.totals for tested in self.tests)
        for other in others:
            first = first.plus(other)
        return first
