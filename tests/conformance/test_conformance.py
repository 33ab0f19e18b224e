from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from . import Verdict, reader, workflows
from .__main__ import main, report
from .expressions import grade

if TYPE_CHECKING:
    from collections.abc import Callable

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.fixture
def suite(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes a suite of expressions with the given cases."""

    def write(*cases: dict[str, Any]) -> Path:
        (tmp_path / "some.json").write_text(json.dumps({"group": cases}), encoding="utf-8")
        return tmp_path

    return write


def test_all_of_githubs_expressions_agree() -> None:
    folder = Path(os.environ.get("HEADWAY_CONFORMANCE") or CHECKOUT.parent / "shared" / "conformance")
    if not (folder / "expressions").is_dir():
        pytest.skip(f"{folder} holds no conformance data; set HEADWAY_CONFORMANCE to a folder that does")
    verdicts = list(grade(folder / "expressions"))
    assert [verdict for verdict in verdicts if not verdict.passed] == []
    assert [verdict for verdict in verdicts if verdict.agrees is False] == []
    assert verdicts


def test_a_value_passes_if_its_kind_and_content_are_the_expected_ones(suite: Callable[..., Path]) -> None:
    cases = suite(
        {"expr": "1", "result": {"kind": "Number", "value": 1.0}},
        {"expr": "a.b", "contexts": {"a": {"b": [True]}}, "result": {"kind": "Array", "value": [True]}},
        {"expr": "'1'", "result": {"kind": "Number", "value": 1}},
        {"expr": "true", "result": {"kind": "Boolean", "value": 1}},
    )
    assert [verdict.passed for verdict in grade(cases)] == [True, True, False, False]


def test_the_order_of_keys_counts(suite: Callable[..., Path]) -> None:
    cases = suite(
        {"expr": "a", "contexts": {"a": {"x": 1, "y": 2}}, "result": {"kind": "Object", "value": {"y": 2, "x": 1}}}
    )
    assert [verdict.passed for verdict in grade(cases)] == [False]


def test_the_kind_of_an_error_decides_and_its_message_is_counted(suite: Callable[..., Path]) -> None:
    cases = suite(
        {"expr": "(", "err": {"kind": "parsing", "value": "Unexpected end of expression"}},
        {"expr": "(", "err": {"kind": "parsing", "value": "Something else"}},
        {"expr": "(", "err": {"kind": "lexing", "value": "Unexpected end of expression"}},
        {"expr": "1", "err": {"kind": "lexing", "value": ""}},
        {"expr": "(", "result": {"kind": "Null", "value": None}},
    )
    assert [(verdict.passed, verdict.agrees) for verdict in grade(cases)] == [
        (True, True),
        (True, False),
        (False, True),
        (False, None),
        (False, None),
    ]


def test_each_failure_is_one_line_and_the_totals_are_the_last(capsys: pytest.CaptureFixture[str]) -> None:
    assert report([Verdict("a", True), Verdict("b", False, "seen\nthis"), Verdict("c", True, agrees=True)]) == 1
    assert capsys.readouterr().out.splitlines() == [
        "FAILED b: seen this",
        "1 of 1 also agree in every detail",
        "2 passed, 1 failed",
    ]


def test_the_status_tells_whether_all_passed(suite: Callable[..., Path]) -> None:
    assert main(["expressions", str(suite({"expr": "1", "result": {"kind": "Number", "value": 1}}))]) == 0
    assert main(["expressions", str(suite({"expr": "1", "result": {"kind": "Number", "value": 2}}))]) == 1


def test_the_suite_may_lie_in_a_folder_of_its_name(suite: Callable[..., Path]) -> None:
    folder = suite({"expr": "1", "result": {"kind": "Number", "value": 1}})
    inner = folder / "expressions"
    inner.mkdir()
    (folder / "some.json").rename(inner / "some.json")
    assert main(["expressions", str(folder)]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "two arguments were expected, 0 given"),
        (["expressions"], "two arguments were expected, 1 given"),
        (["__main__", "."], "there is no suite '__main__'"),
        (["expressions", "no such folder"], "no such folder is not a folder"),
        (["expressions", "src"], "src holds no suite of expressions"),
    ],
)
def test_a_wrong_call_is_refused_with_the_usage(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(CHECKOUT)
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "usage: script/conformance SUITE DIR" in error
    assert "expressions" in error.splitlines()[-1]


def conformance(suite: str) -> Path:
    folder = Path(os.environ.get("HEADWAY_CONFORMANCE") or CHECKOUT.parent / "shared" / "conformance")
    if not (folder / suite).is_dir():
        pytest.skip(f"{folder} holds no conformance data; set HEADWAY_CONFORMANCE to a folder that does")
    return folder / suite


def test_the_workflow_reader_agrees_but_for_two_cases_that_contradict_others() -> None:
    """One case refuses anchors, which GitHub takes since 2025; one takes an unknown key that another case refuses."""
    verdicts = list(reader.grade(conformance("reader")))
    failed = {verdict.name for verdict in verdicts if not verdict.passed}
    assert failed <= {"errors-anchor-tag", "on-workflow_dispatch-unknown-keys-ignored"}
    assert {verdict.name for verdict in verdicts if verdict.agrees is False} <= failed


def test_every_real_workflow_is_read_planned_and_rendered() -> None:
    assert [verdict for verdict in workflows.grade(conformance("workflows")) if not verdict.passed] == []
