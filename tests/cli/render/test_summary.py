from __future__ import annotations

import pytest

from headway.cli.render.summary import place, summary_lines
from headway.integration.events import Annotation
from headway.integration.execution.listener import StepEnd, StepInfo
from headway.integration.junit import TestTotals as Totals
from headway.integration.local.events import (
    JobBegan,
    JobEnded,
    Kept,
    Noted,
    RunEnded,
    RunEvent,
    StepBegan,
    StepEnded,
    Summarised,
)
from headway.integration.local.events import Tested as Counted
from headway.integration.local.report import Report


def summary(*events: RunEvent) -> list[str]:
    report = Report()
    for event in (JobBegan("a", "Build"), StepBegan("a", StepInfo("x", 1, "Compile")), *events):
        report.take(event)
    return list(summary_lines(report))


def test_nothing_to_say_is_nothing() -> None:
    assert summary() == []


@pytest.mark.parametrize(
    ("annotation", "shown"),
    [
        (Annotation("error", "x"), ""),
        (Annotation("error", "x", path="a.py"), "a.py: "),
        (Annotation("error", "x", path="a.py", line=3), "a.py:3: "),
        (Annotation("error", "x", path="a.py", line=3, column=7), "a.py:3:7: "),
        (Annotation("error", "x", line=3), ""),
    ],
)
def test_an_annotation_says_where_it_points(annotation: Annotation, shown: str) -> None:
    assert place(annotation) == shown


def test_annotations_are_told_with_level_place_title_and_job() -> None:
    note = Annotation("warning", "first\nsecond", title="Careful", path="a.py", line=3)
    assert summary(Noted("a", "x", note)) == [
        "",
        "Annotations",
        "  warning: a.py:3: Careful: first\n    second [Build]",
    ]


def test_summaries_are_told_with_their_step() -> None:
    assert summary(Summarised("a", "x", "# Title\n\ntext\n\n")) == [
        "",
        "Summary of Build, Compile",
        "  # Title",
        "  ",
        "  text",
    ]


@pytest.mark.parametrize(("files", "shown"), [(1, "1 file"), (0, "0 files"), (1234, "1,234 files")])
def test_artifacts_are_told_with_their_size_and_place(files: int, shown: str) -> None:
    assert summary(Kept("a", "dist", "/kept", files, 2_500)) == ["", "Artifacts", f"  dist ({shown}, 2.5 kB): /kept"]


def test_tests_are_counted_and_the_first_twenty_failures_named() -> None:
    lines = summary(Counted("a", Totals(30, 25, 1, 2.0, tuple(f"t{n}" for n in range(25)))))
    assert lines[:3] == ["", "Tests: 4 passed, 25 failed, 1 skipped in 2.0 s", "  ✗ t0"]
    assert lines[-2:] == ["  ✗ t19", "  and 5 more"]


def test_slow_steps_are_told_when_there_are_several() -> None:
    one = StepEnded("a", StepEnd("x", "success", "success", 2.0))
    other = StepEnded("a", StepEnd("y", "success", "success", 90.0))
    assert summary(one) == []
    assert summary(one, other) == ["", "Slowest steps", "  1 min 30 s  Build: y", "       2.0 s  Build: Compile"]


def test_the_result_counts_the_jobs_and_names_those_that_did_not_succeed() -> None:
    lines = summary(
        JobEnded("a", "Build", "success", 1.0),
        JobEnded("b", "Test", "failure", 1.0, "it broke"),
        JobEnded("c", "Ship", "skipped", 0.0, "it comes after 'b', which failed"),
        JobEnded("d", "Late", "cancelled", 0.0),
        RunEnded("ci.yml", "failure", 3.0),
    )
    assert lines == [
        "",
        "✗ ci.yml failed in 3.0 s (1 failed, 1 cancelled, 1 succeeded, 1 skipped)",
        "  ✗ Test: it broke",
        "  ◼ Late: cancelled",
    ]
