from __future__ import annotations

import json
from typing import get_args

import pytest

from headway.integration.events import Annotation
from headway.integration.execution.listener import StepEnd, StepInfo
from headway.integration.junit import TestTotals as Totals
from headway.integration.local.events import (
    JobBegan,
    JobEnded,
    Kept,
    Noted,
    Output,
    RunBegan,
    RunEnded,
    RunEvent,
    StepBegan,
    StepEnded,
    Summarised,
    as_json,
)
from headway.integration.local.events import Tested as Counted

CASES: list[tuple[RunEvent, dict[str, object]]] = [
    (
        RunBegan("ci.yml", "CI", "push", ("a", "b")),
        {"type": "run-started", "workflow": "ci.yml", "name": "CI", "event": "push", "jobs": ("a", "b")},
    ),
    (JobBegan("a#0", "a (1)"), {"type": "job-started", "job": "a#0", "name": "a (1)"}),
    (
        StepBegan("a", StepInfo("x", 1, "Build")),
        {"type": "step-started", "job": "a", "step": "x", "number": 1, "name": "Build", "phase": "main", "depth": 0},
    ),
    (Output("a", "x", b"one\ntwo\n"), {"type": "output", "job": "a", "step": "x", "text": "one\ntwo\n"}),
    (Output("a", "x", b"\xff\n"), {"type": "output", "job": "a", "step": "x", "text": "\ufffd\n"}),
    (
        Noted("a", "x", Annotation("error", "it broke", path="a.py", line=3)),
        {
            "type": "annotation",
            "job": "a",
            "step": "x",
            "level": "error",
            "message": "it broke",
            "path": "a.py",
            "line": 3,
        },
    ),
    (
        Noted("a", "x", Annotation("notice", "fine")),
        {"type": "annotation", "job": "a", "step": "x", "level": "notice", "message": "fine"},
    ),
    (Summarised("a", "x", "# Title"), {"type": "summary", "job": "a", "step": "x", "markdown": "# Title"}),
    (
        Kept("a", "dist", "/kept/dist", 2, 30),
        {"type": "artifact", "job": "a", "name": "dist", "path": "/kept/dist", "files": 2, "size": 30},
    ),
    (
        Counted("a", Totals(3, 1, 0, 0.5, ("t.one",))),
        {"type": "tests", "job": "a", "tests": 3, "failures": 1, "skipped": 0, "seconds": 0.5, "failed": ("t.one",)},
    ),
    (
        StepEnded("a", StepEnd("x", "failure", "success", 0.25, "exit code 1", 1)),
        {
            "type": "step-finished",
            "job": "a",
            "step": "x",
            "outcome": "failure",
            "conclusion": "success",
            "seconds": 0.25,
            "reason": "exit code 1",
            "exit_code": 1,
        },
    ),
    (
        StepEnded("a", StepEnd("x", "success", "success", 0.0, "", 0)),
        {
            "type": "step-finished",
            "job": "a",
            "step": "x",
            "outcome": "success",
            "conclusion": "success",
            "seconds": 0.0,
            "exit_code": 0,
        },
    ),
    (
        JobEnded("a", "a", "success", 1.5, "", {"made": "it"}),
        {
            "type": "job-finished",
            "job": "a",
            "name": "a",
            "result": "success",
            "seconds": 1.5,
            "reason": "",
            "outputs": {"made": "it"},
            "environment_url": "",
        },
    ),
    (
        RunEnded("ci.yml", "failure", 2.0),
        {"type": "run-finished", "workflow": "ci.yml", "result": "failure", "seconds": 2.0},
    ),
]


@pytest.mark.parametrize(("event", "expected"), CASES, ids=lambda case: type(case).__name__)
def test_an_event_is_plain_data_with_its_type(event: RunEvent, expected: dict[str, object]) -> None:
    assert as_json(event) == expected
    assert json.loads(json.dumps(as_json(event)))["type"] == expected["type"]


def test_every_event_has_a_case_here() -> None:
    assert {type(event) for event, _ in CASES} == set(get_args(RunEvent))
