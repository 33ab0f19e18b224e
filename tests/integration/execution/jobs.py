"""One job, run by itself: a workflow as text, a folder, and a listener that remembers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from headway.integration.execution.host import Host
from headway.integration.execution.job import JobControl, JobRequest, JobRun
from headway.integration.execution.sources import ActionSource
from headway.integration.workflows import read_workflow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from headway.integration.events import Annotation
    from headway.integration.execution.listener import FailedStep, JobEnd, StepEnd, StepInfo
    from headway.integration.junit import TestTotals


class Recorder:
    """A listener that keeps what it hears; ``when_started`` is called with the key of each step that begins."""

    def __init__(self, when_started: Callable[[str], None] = lambda _: None) -> None:
        self.when_started = when_started
        self.began: list[StepInfo] = []
        self.ends: dict[str, StepEnd] = {}
        self.logs: dict[str, bytes] = {}
        self.notes: list[Annotation] = []
        self.summaries: list[str] = []
        self.totals: list[TestTotals] = []
        self.failed: list[FailedStep] = []

    def step_started(self, step: StepInfo) -> None:
        self.began.append(step)
        self.when_started(step.key)

    def log(self, key: str, data: bytes) -> None:
        self.logs[key] = self.logs.get(key, b"") + data

    def annotation(self, key: str, annotation: Annotation) -> None:
        self.notes.append(annotation)

    def summary(self, key: str, markdown: str) -> None:
        self.summaries.append(markdown)

    def artifact(self, name: str, path: str, files: int, size: int) -> None:
        raise AssertionError("no step of these jobs keeps artifacts")

    def tests(self, totals: TestTotals) -> None:
        self.totals.append(totals)

    def step_finished(self, end: StepEnd) -> None:
        self.ends[end.key] = end

    def step_failed(self, failed: FailedStep) -> None:
        self.failed.append(failed)

    def outcomes(self) -> dict[str, str]:
        """Return the outcome of every step, in the order of their ends."""
        return {key: end.outcome for key, end in self.ends.items()}

    def text(self, key: str) -> str:
        """Return what a step printed."""
        return self.logs.get(key, b"").decode()


class OneJob:
    """A job ``a`` and what it needs to run, below ``folder``."""

    def __init__(
        self,
        folder: Path,
        text: str,
        *,
        secrets: dict[str, str] | None = None,
        actions: dict[str, str] | None = None,
        clock: Callable[[], float] | None = None,
        when_started: Callable[[str], None] = lambda _: None,
        **contexts: Any,
    ) -> None:
        workflow, problems = read_workflow(f"on: push\njobs:\n  a:\n    runs-on: x\n{text}", "test.yml")
        assert workflow is not None
        assert not problems, problems
        given: dict[str, Any] = {
            "github": {"repository": "acme/shop", "event_path": str(folder / "event.json")},
            "inputs": {},
            "vars": {},
            "needs": {},
            "strategy": {},
            "matrix": None,
            "secrets": secrets or {},
        }
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        source = ActionSource(str(folder / "cache"), overrides=actions, offline=True)
        self.host = Host(
            str(folder), str(folder / "cache"), environment, None, source, tool_cache=str(folder / "tools")
        )
        self.listener = Recorder(when_started)
        self.control = JobControl()
        request = JobRequest("a", "a", workflow.jobs["a"], workflow, given | contexts, str(folder / "1-a"))
        more = {} if clock is None else {"clock": clock}
        self.run_state = JobRun(request, self.host, self.listener, self.control, **more)

    def run(self) -> JobEnd:
        """Run the job to its end."""
        return self.run_state.run()


def steps(text: str) -> str:
    """Return a job of these steps, written in YAML's flow or block style."""
    return "    steps:\n" + "".join(f"      {line}\n" for line in text.strip("\n").splitlines())
