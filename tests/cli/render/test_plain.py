from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

import pytest

from headway.cli.render.jsonl import JsonView
from headway.cli.render.plain import PlainView
from headway.integration.execution.listener import StepEnd, StepInfo
from headway.integration.local.events import (
    JobBegan,
    JobEnded,
    Output,
    RunBegan,
    RunEnded,
    RunEvent,
    StepBegan,
    StepEnded,
    Summarised,
)
from headway.integration.local.report import Report

if TYPE_CHECKING:
    from headway.cli.render.stream import OutputStream
    from headway.integration.planning.state import Result


class Written:
    """A stream that keeps what is written."""

    def __init__(self) -> None:
        self.data = b""

    def write(self, data: bytes) -> None:
        self.data += data


BEGAN = (JobBegan("a#0", "Build (1)"), StepBegan("a#0", StepInfo("x", 1, "Compile")))


def plain(*events: RunEvent, before: tuple[RunEvent, ...] = BEGAN) -> str:
    stream = Written()
    view = PlainView(cast("OutputStream", stream), Report())
    for event in before:
        view(event)
    stream.data = b""
    for event in events:
        view(event)
    return stream.data.decode()


def end(outcome: Result, conclusion: Result, reason: str = "") -> StepEnded:
    return StepEnded("a#0", StepEnd("x", outcome, conclusion, 0.25, reason))


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (RunBegan("ci.yml", "CI", "push", ()), "CI (ci.yml) on push"),
        (RunBegan("ci.yml", "", "push", ()), "ci.yml on push"),
        (JobBegan("b", "Test"), "Test: started"),
        (StepBegan("a#0", StepInfo("y", 2, "Link")), "Build (1) | ▸ Link"),
        (StepBegan("a#0", StepInfo("y/z", 2, "Inner", depth=2)), "Build (1) |     ▸ Inner"),
        (end("success", "success"), "Build (1) | ✓ Compile (0.2 s)"),
        (end("failure", "failure", "exit code 1"), "Build (1) | ✗ Compile failed: exit code 1"),
        (end("failure", "success", "exit code 1"), "Build (1) | ✗ Compile failed, which may fail: exit code 1"),
        (end("skipped", "skipped", "an earlier step failed"), "Build (1) | - Compile skipped: an earlier step failed"),
        (end("cancelled", "cancelled"), "Build (1) | ◼ Compile cancelled"),
        (JobEnded("a#0", "Build (1)", "success", 2.0, "kept quiet"), "Build (1): succeeded in 2.0 s"),
        (JobEnded("a#0", "Build (1)", "failure", 2.0, "it broke"), "Build (1): failed in 2.0 s: it broke"),
        (JobEnded("b", "b", "skipped", 0.0, "not here"), "b: skipped: not here"),
        (JobEnded("b", "b", "cancelled", 0.0), "b: cancelled"),
        (RunEnded("ci.yml", "success", 1.0), ""),
        (Summarised("a#0", "x", "# Title"), ""),
    ],
)
def test_what_happens_is_one_line_or_is_left_to_the_summary(event: RunEvent, line: str) -> None:
    assert plain(event) == (f"{line}\n" if line else "")


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        (b"one\n", "Build (1) | one\n"),
        (b"one\ntwo\n", "Build (1) | one\nBuild (1) | two\n"),
        (b"one\n\ntwo", "Build (1) | one\nBuild (1) | \nBuild (1) | two\n"),
        (b"\n", "Build (1) | \n"),
        ("grün\n".encode(), "Build (1) | grün\n"),
        (b"bad \xff\n", "Build (1) | bad \ufffd\n"),
        (b"a\rb\x0bc\n", "Build (1) | a\rb\x0bc\n"),
    ],
)
def test_every_line_of_output_has_its_job_before_it(data: bytes, shown: str) -> None:
    assert plain(Output("a#0", "x", data)) == shown


def test_names_that_are_no_text_are_shown_all_the_same() -> None:
    assert plain(JobBegan("b", "odd \udcff")) == "odd ?: started\n"
    assert plain(Output("b", "x", b"y\n"), before=(JobBegan("b", "odd \udcff"),)) == "odd ? | y\n"


def test_as_json_every_event_is_one_line_whatever_is_in_it() -> None:
    stream = Written()
    view = JsonView(cast("OutputStream", stream), Report())
    for event in (
        *BEGAN,
        Output("a#0", "x", b"one\ntwo\xff\n"),
        JobBegan("b", "odd \udcff \u2028 é"),
        end("success", "success"),
    ):
        view(event)
    lines = stream.data.decode().split("\n")
    assert [json.loads(line)["type"] for line in lines[:-1]] == [
        "job-started",
        "step-started",
        "output",
        "job-started",
        "step-finished",
    ]
    assert "é".encode() in stream.data


def test_views_of_lines_leave_the_terminal_alone() -> None:
    stream = Written()
    for view in (PlainView(cast("OutputStream", stream), Report()), JsonView(cast("OutputStream", stream), Report())):
        view.pause()
        view.resume()
        view.close()
    assert stream.data == b""
