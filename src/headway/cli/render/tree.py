"""On a terminal: a live tree of jobs and steps with their times; the output of what fails comes first."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.spinner import Spinner
from rich.text import Text

from headway.cli.render.wording import COLOURS, SIGNS, WORDS, duration
from headway.integration.local.events import JobBegan, JobEnded, Output, RunBegan, RunEvent, StepBegan, StepEnded

if TYPE_CHECKING:
    from rich.console import RenderableType

    from headway.integration.local.report import Report

KEPT_LINES = 200
"""Lines of each step that are kept in case it fails."""

_TAGS = {
    "##[error]": ("Error: ", "red"),
    "##[warning]": ("Warning: ", "yellow"),
    "##[notice]": ("Notice: ", "cyan"),
    "##[debug]": ("Debug: ", "bright_black"),
    "##[group]": ("▸ ", "bold"),
    "##[endgroup]": ("", "default"),
}
"""How the lines that GitHub's log marks are shown."""


class _Step:
    """A step as it is shown."""

    def __init__(self, name: str, depth: int) -> None:
        self.name = name
        self.depth = depth
        self.began = time.monotonic()
        self.state = "running"
        self.seconds = 0.0
        self.reason = ""
        self.lines: deque[bytes] = deque(maxlen=KEPT_LINES)
        self.dropped = 0


class _Job:
    """A job as it is shown."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.began = time.monotonic()
        self.state = "running"
        self.seconds = 0.0
        self.reason = ""
        self.steps: dict[str, _Step] = {}


class TreeView:
    """Draws the tree. May be called from all threads."""

    def __init__(self, report: Report, console: Console | None = None) -> None:
        self._report = report
        self._console = console or Console(highlight=False)
        self._lock = threading.Lock()
        self._jobs: dict[str, _Job] = {}
        self._title = ""
        self._spinner = Spinner("dots")
        self._live = Live(console=self._console, get_renderable=self._draw, refresh_per_second=12, transient=True)

    def __call__(self, event: RunEvent) -> None:
        """Show an event."""
        with self._lock:
            self._report.take(event)
            if isinstance(event, RunBegan):
                self._title = f"{event.name or event.workflow} on {event.event}"
                self._live.start()
            elif isinstance(event, JobBegan):
                self._jobs[event.job] = _Job(event.name)
            elif isinstance(event, StepBegan):
                self._jobs[event.job].steps[event.step.key] = _Step(event.step.name, event.step.depth)
            elif isinstance(event, Output):
                self._keep(event)
            elif isinstance(event, StepEnded):
                self._end_step(event)
            elif isinstance(event, JobEnded):
                self._end_job(event)

    def pause(self) -> None:
        """Leave the terminal to somebody else."""
        self._live.stop()

    def resume(self) -> None:
        """Take the terminal back."""
        self._live.start()

    def close(self) -> None:
        """Draw the tree once more, to stay."""
        self._live.stop()
        if self._title:
            self._console.print(self._draw(final=True))

    def _keep(self, event: Output) -> None:
        step = self._jobs[event.job].steps.get(event.step)
        if step is not None:
            lines = event.data.splitlines()
            step.dropped += max(0, len(step.lines) + len(lines) - KEPT_LINES)
            step.lines.extend(lines)

    def _end_step(self, event: StepEnded) -> None:
        step = self._jobs[event.job].steps[event.end.key]
        step.state, step.seconds, step.reason = event.end.outcome, event.end.seconds, event.end.reason
        if event.end.outcome == "failure" and step.lines:
            self._console.print(Text(f"{self._jobs[event.job].name} › {step.name}", style="bold red"))
            if step.dropped:
                self._console.print(Text(f"  … {step.dropped:,} lines before", style="bright_black"))
            for line in step.lines:
                self._print_line(line.decode(errors="replace"))

    def _print_line(self, line: str) -> None:
        tag = next((tag for tag in _TAGS if line.startswith(tag)), "")
        text = Text.from_ansi(line.removeprefix(tag))
        if tag:
            words, style = _TAGS[tag]
            text.stylize(style)
            text = Text(words, style=style) + text
        self._console.print(text)

    def _end_job(self, event: JobEnded) -> None:
        job = self._jobs.setdefault(event.job, _Job(event.name))
        job.state, job.seconds = event.result, event.seconds
        job.reason = event.reason if event.result in ("skipped", "cancelled") else ""

    def _draw(self, final: bool = False) -> RenderableType:
        lines: list[RenderableType] = [Text(self._title, style="bold")]
        for job in list(self._jobs.values()):
            lines.append(self._line(job.name, job.state, job.seconds or time.monotonic() - job.began, job.reason, 1))
            for step in list(job.steps.values()):
                if step.state != "skipped" and (
                    job.state in ("running", "failure") or (final and step.state == "failure")
                ):
                    seconds = step.seconds if step.state != "running" else time.monotonic() - step.began
                    lines.append(self._line(step.name, step.state, seconds, step.reason, 2 + step.depth))
        if not final:
            lines = self._fitting(lines)
        return Group(*lines)

    def _line(self, name: str, state: str, seconds: float, reason: str, depth: int) -> Text:
        sign = SIGNS[state]
        if state == "running":
            frame = self._spinner.render(time.monotonic())
            sign = frame.plain if isinstance(frame, Text) else sign
        line = Text("  " * depth + sign + " ", style=COLOURS[state])
        line.append(name, style="bold" if depth == 1 else "default")
        line.append(
            f"  {duration(seconds)}" if state not in ("skipped",) else f"  {WORDS[state]}", style="bright_black"
        )
        if reason:
            line.append(f"  {reason}", style="bright_black")
        line.no_wrap = True
        line.overflow = "ellipsis"
        return line

    def _fitting(self, lines: list[RenderableType]) -> list[RenderableType]:
        """Keep the tree within the screen: what runs matters most, so the oldest lines go."""
        room = max(self._console.size.height - 2, 5)
        if len(lines) <= room:
            return lines
        hidden = len(lines) - room
        return [lines[0], Text(f"  … {hidden} more above", style="bright_black"), *lines[hidden + 2 :]]
