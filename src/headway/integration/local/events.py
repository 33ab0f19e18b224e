"""What a run tells while it goes on, one record after the other; ``as_json`` is the public form (`--json`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from headway.integration.events import Annotation
    from headway.integration.execution.listener import StepEnd, StepInfo
    from headway.integration.junit import TestTotals


class RunBegan(NamedTuple):
    """A workflow starts. ``jobs`` are ids, in the order of the text."""

    workflow: str
    name: str
    event: str
    jobs: tuple[str, ...]


class JobBegan(NamedTuple):
    """A job starts."""

    job: str
    name: str


class StepBegan(NamedTuple):
    """A step starts."""

    job: str
    step: StepInfo


class Output(NamedTuple):
    """A step has printed whole lines."""

    job: str
    step: str
    data: bytes


class Noted(NamedTuple):
    """A step has something to say at the end."""

    job: str
    step: str
    annotation: Annotation


class Summarised(NamedTuple):
    """A step has written to its summary."""

    job: str
    step: str
    markdown: str


class Kept(NamedTuple):
    """An artifact was kept."""

    job: str
    name: str
    path: str
    files: int
    size: int


class Tested(NamedTuple):
    """A job left test reports."""

    job: str
    totals: TestTotals


class StepEnded(NamedTuple):
    """A step has ended."""

    job: str
    end: StepEnd


class JobEnded(NamedTuple):
    """A job has ended, or will never start: ``reason`` says why it was skipped, cancelled, or failed."""

    job: str
    name: str
    result: str
    seconds: float
    reason: str = ""
    outputs: dict[str, str] = {}  # noqa: RUF012 - never changed
    environment_url: str = ""


class RunEnded(NamedTuple):
    """The workflow has ended."""

    workflow: str
    result: str
    seconds: float


RunEvent = (
    RunBegan | JobBegan | StepBegan | Output | Noted | Summarised | Kept | Tested | StepEnded | JobEnded | RunEnded
)

_TYPES = {
    RunBegan: "run-started",
    JobBegan: "job-started",
    StepBegan: "step-started",
    Output: "output",
    Noted: "annotation",
    Summarised: "summary",
    Kept: "artifact",
    Tested: "tests",
    StepEnded: "step-finished",
    JobEnded: "job-finished",
    RunEnded: "run-finished",
}


def as_json(event: RunEvent) -> dict[str, object]:
    """Return an event as plain data: ``type`` and its fields, nested records flattened."""
    result: dict[str, object] = {"type": _TYPES[type(event)]}
    for name, value in event._asdict().items():
        if isinstance(value, bytes):
            result["text"] = value.decode(errors="replace")
        elif hasattr(value, "_asdict"):
            inner = {key: item for key, item in value._asdict().items() if item not in (None, "")}
            if "key" in inner:
                inner["step"] = inner.pop("key")
            result.update(inner)
        else:
            result[name] = value
    return result
