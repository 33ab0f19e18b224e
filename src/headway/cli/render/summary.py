"""The end of a run: what its steps had to say, what they left, and where the time went."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.cli.render.wording import SIGNS, WORDS, duration, size

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.integration.events import Annotation
    from headway.integration.local.report import Report


def summary_lines(report: Report) -> Iterator[str]:
    """Yield the lines of the summary; sections without content are left out."""
    yield from _annotations(report)
    yield from _summaries(report)
    yield from _artifacts(report)
    yield from _environments(report)
    yield from _tests(report)
    yield from _slowest(report)
    yield from _result(report)


def _annotations(report: Report) -> Iterator[str]:
    if not report.notes:
        return
    yield ""
    yield "Annotations"
    for note in report.notes:
        text = note.annotation.message.replace("\n", "\n    ")
        title = f"{note.annotation.title}: " if note.annotation.title else ""
        yield f"  {note.annotation.level}: {place(note.annotation)}{title}{text} [{report.job_name(note.job)}]"


def place(annotation: Annotation) -> str:
    """Return where an annotation points, as ``path:line:column: ``."""
    if not annotation.path:
        return ""
    parts = [annotation.path, *(str(number) for number in (annotation.line, annotation.column) if number)]
    return f"{':'.join(parts)}: "


def _summaries(report: Report) -> Iterator[str]:
    for entry in report.summaries:
        yield ""
        yield f"Summary of {report.job_name(entry.job)}, {report.step_name(entry.job, entry.step)}"
        yield from (f"  {line}" for line in entry.markdown.rstrip().splitlines())


def _artifacts(report: Report) -> Iterator[str]:
    if not report.artifacts:
        return
    yield ""
    yield "Artifacts"
    for kept in report.artifacts:
        files = "1 file" if kept.files == 1 else f"{kept.files:,} files"
        yield f"  {kept.name} ({files}, {size(kept.size)}): {kept.path}"


def _environments(report: Report) -> Iterator[str]:
    jobs = [job for job in report.jobs if job.environment_url]
    if jobs:
        yield ""
        yield "Environments"
        yield from (f"  {job.name}: {job.environment_url}" for job in jobs)


def _tests(report: Report) -> Iterator[str]:
    totals = report.test_totals()
    if totals is None:
        return
    passed = totals.tests - totals.failures - totals.skipped
    counts = f"{passed:,} passed, {totals.failures:,} failed, {totals.skipped:,} skipped"
    yield ""
    yield f"Tests: {counts} in {duration(totals.seconds)}"
    yield from (f"  {SIGNS['failure']} {name}" for name in totals.failed[:20])
    if len(totals.failed) > 20:
        yield f"  and {len(totals.failed) - 20} more"


def _slowest(report: Report) -> Iterator[str]:
    slow = report.slowest()
    if len(slow) < 2:
        return
    yield ""
    yield "Slowest steps"
    width = max(len(duration(step.seconds)) for step in slow)
    yield from (f"  {duration(step.seconds):>{width}}  {step.job}: {step.name}" for step in slow)


def _result(report: Report) -> Iterator[str]:
    ended = report.ended
    if ended is None:
        return
    results = [job.result for job in report.jobs]
    order = ("failure", "cancelled", "success", "skipped")
    counts = ", ".join(f"{results.count(result)} {WORDS[result]}" for result in order if result in results)
    yield ""
    yield f"{SIGNS[ended.result]} {ended.workflow} {WORDS[ended.result]} in {duration(ended.seconds)} ({counts})"
    for job in report.jobs:
        if job.result in ("failure", "cancelled"):
            yield f"  {SIGNS[job.result]} {job.name}: {job.reason or WORDS[job.result]}"
