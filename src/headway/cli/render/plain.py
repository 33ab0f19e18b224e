"""Plain lines: for pipes, files and CI. Everything that happens, in its order, each line with its job."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from headway.cli.render.wording import SIGNS, WORDS, duration
from headway.integration.local.events import (
    JobBegan,
    JobEnded,
    Output,
    RunBegan,
    RunEvent,
    StepBegan,
    StepEnded,
)

if TYPE_CHECKING:
    from headway.cli.render.stream import OutputStream
    from headway.integration.local.report import Report


class PlainView:
    """Writes lines to a stream. May be called from all threads."""

    def __init__(self, stream: OutputStream, report: Report) -> None:
        self._stream = stream
        self._report = report
        self._lock = threading.Lock()

    def __call__(self, event: RunEvent) -> None:
        """Show an event."""
        with self._lock:
            self._report.take(event)
            if isinstance(event, Output):
                self._output(event)
            elif line := self._line(event):
                self._stream.write(line.encode(errors="replace") + b"\n")

    def pause(self) -> None:
        """Leave the terminal to somebody else."""

    def resume(self) -> None:
        """Take the terminal back."""

    def close(self) -> None:
        """Write what is left."""

    def _output(self, event: Output) -> None:
        prefix = f"{self._report.job_name(event.job)} | ".encode(errors="replace")
        data = event.data if event.data.isascii() else event.data.decode(errors="replace").encode()
        end = b"" if data.endswith(b"\n") else b"\n"
        body = data[:-1] if not end else data
        self._stream.write(prefix + body.replace(b"\n", b"\n" + prefix) + b"\n")

    def _line(self, event: RunEvent) -> str:
        report = self._report
        if isinstance(event, RunBegan):
            name = f"{event.name} ({event.workflow})" if event.name else event.workflow
            return f"{name} on {event.event}"
        if isinstance(event, JobBegan):
            return f"{event.name}: started"
        if isinstance(event, StepBegan):
            indent = "  " * event.step.depth
            return f"{report.job_name(event.job)} | {indent}{SIGNS['running']} {event.step.name}"
        if isinstance(event, StepEnded):
            return self._step_ended(event)
        if isinstance(event, JobEnded):
            reason = f": {event.reason}" if event.reason and event.result != "success" else ""
            took = f" in {duration(event.seconds)}" if event.result in ("success", "failure") else ""
            return f"{event.name}: {WORDS[event.result]}{took}{reason}"
        return ""

    def _step_ended(self, event: StepEnded) -> str:
        end = event.end
        job, name = self._report.job_name(event.job), self._report.step_name(event.job, end.key)
        if end.outcome == "success":
            return f"{job} | {SIGNS['success']} {name} ({duration(end.seconds)})"
        forgiven = ", which may fail" if end.outcome == "failure" and end.conclusion == "success" else ""
        reason = f": {end.reason}" if end.reason else ""
        return f"{job} | {SIGNS[end.outcome]} {name} {WORDS[end.outcome]}{forgiven}{reason}"
