"""What the executor tells about a job while it runs, and what a job comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol

if TYPE_CHECKING:
    from headway.integration.events import Annotation
    from headway.integration.junit import TestTotals
    from headway.integration.planning.state import Result

Phase = Literal["setup", "pre", "main", "post", "complete"]


class StepInfo(NamedTuple):
    """A step that begins. ``number`` counts from 1 in the order of beginning; ``key`` is unique within the job."""

    key: str
    number: int
    name: str
    phase: Phase = "main"
    depth: int = 0


class StepEnd(NamedTuple):
    """A step that has ended: ``outcome`` before, ``conclusion`` after ``continue-on-error``."""

    key: str
    outcome: Result
    conclusion: Result
    seconds: float
    reason: str = ""
    exit_code: int | None = None


class JobEnd(NamedTuple):
    """What a job came to."""

    result: Result
    outputs: dict[str, str] = {}  # noqa: RUF012 - never changed
    reason: str = ""
    environment_url: str = ""


class FailedStep(NamedTuple):
    """Enough of a failed step to open a shell in its place."""

    name: str
    directory: str
    environment: dict[str, str]


class Listener(Protocol):
    """Hears what happens in one job. Called from the job's thread, and from those of its background steps."""

    def step_started(self, step: StepInfo) -> None:
        """A step begins."""

    def log(self, key: str, data: bytes) -> None:
        """Masked output of a step, in whole lines."""

    def annotation(self, key: str, annotation: Annotation) -> None:
        """A message for the end of the run."""

    def summary(self, key: str, markdown: str) -> None:
        """A step has written to its summary."""

    def artifact(self, name: str, path: str, files: int, size: int) -> None:
        """An artifact was kept, and where; ``size`` in bytes."""

    def tests(self, totals: TestTotals) -> None:
        """The job left test reports."""

    def step_finished(self, end: StepEnd) -> None:
        """A step has ended."""

    def step_failed(self, failed: FailedStep) -> None:
        """A program of a step failed; called while its folder and files still stand."""
