"""Plain lines: for pipes, files and CI. Everything that happens, in its order, each line with its job."""

from __future__ import annotations

from headway.cli.render.lines import LineView
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


class PlainView(LineView):
    """Writes lines to a stream. May be called from all threads."""

    def shown(self, event: RunEvent) -> bytes:
        """Return an event as lines; nothing for those that only the summary tells."""
        if isinstance(event, Output):
            return self._output(event)
        line = self._line(event)
        return line.encode(errors="replace") + b"\n" if line else b""

    def _output(self, event: Output) -> bytes:
        prefix = f"{self.report.job_name(event.job)} | ".encode(errors="replace")
        data = event.data if event.data.isascii() else event.data.decode(errors="replace").encode()
        end = b"" if data.endswith(b"\n") else b"\n"
        body = data[:-1] if not end else data
        return prefix + body.replace(b"\n", b"\n" + prefix) + b"\n"

    def _line(self, event: RunEvent) -> str:
        report = self.report
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
        job, name = self.report.job_name(event.job), self.report.step_name(event.job, end.key)
        if end.outcome == "success":
            return f"{job} | {SIGNS['success']} {name} ({duration(end.seconds)})"
        forgiven = ", which may fail" if end.outcome == "failure" and end.conclusion == "success" else ""
        reason = f": {end.reason}" if end.reason else ""
        return f"{job} | {SIGNS[end.outcome]} {name} {WORDS[end.outcome]}{forgiven}{reason}"
