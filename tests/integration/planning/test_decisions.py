from __future__ import annotations

from typing import Any

import pytest

from headway.integration.planning.decisions import MAX_NAME, concurrency, typed
from headway.integration.planning.evaluation import Evaluator
from headway.integration.planning.state import Concurrency
from headway.kernel.errors import InputError
from tests.integration.planning.runs import Lead, workflow

EVALUATOR = Evaluator("test.yml", {"github": {"ref": "main", "flag": True}})
STEPS = "steps: [{run: x}]"


def lead(job: str, **more: Any) -> Lead:
    return Lead(f"on: push\njobs: {{a: {{runs-on: x, {STEPS}, {job}}}}}", **more)


def names(job: str, **more: Any) -> list[str]:
    return [instance.name for instance in lead(job, **more).state.instances.values()]


@pytest.mark.parametrize(
    ("job", "expected"),
    [
        ("env: {}", ["a"]),
        ("name: Build", ["Build"]),
        ("name: ''", ["a"]),
        ("name: 'On ${{ github.ref }}'", ["On refs/heads/main"]),
        ("name: '${{ github.none }}'", ["a"]),
        ("strategy: {matrix: {n: [1, 2]}}", ["a (1)", "a (2)"]),
        ("name: Build, strategy: {matrix: {n: [1], os: [x]}}", ["Build (1, x)"]),
        ("name: 'Build ${{ matrix.n }}', strategy: {matrix: {n: [1], os: [x]}}", ["Build 1"]),
        (
            "name: 'No ${{ strategy.job-index }} of ${{ strategy.job-total }}', strategy: {matrix: {n: [1, 2]}}",
            ["No 0 of 2", "No 1 of 2"],
        ),
    ],
)
def test_a_job_is_called_as_on_github(job: str, expected: list[str]) -> None:
    assert names(job) == expected


@pytest.mark.parametrize(("length", "shown"), [(MAX_NAME, "x" * MAX_NAME), (MAX_NAME + 1, "x" * (MAX_NAME - 1) + "…")])
def test_a_long_name_is_cut(length: int, shown: str) -> None:
    assert names(f"name: {'x' * length}") == [shown]


def test_the_strategy_of_a_job_is_a_context() -> None:
    state = lead("strategy: {fail-fast: false, max-parallel: 2, matrix: {n: [1, 2, 3]}}").state
    assert [instance.strategy for instance in state.instances.values()] == [
        {"fail-fast": False, "job-index": index, "job-total": 3, "max-parallel": 2} for index in range(3)
    ]


def test_without_a_matrix_a_job_is_one_of_one() -> None:
    (instance,) = lead("env: {}").state.instances.values()
    assert instance.strategy == {"fail-fast": True, "job-index": 0, "job-total": 1, "max-parallel": 1}
    assert (instance.matrix, instance.fail_fast) == (None, False)


@pytest.mark.parametrize(
    ("job", "reason"),
    [
        (
            "strategy: {fail-fast: '${{ github.ref }}', matrix: {n: [1]}}",
            "a boolean was expected, not 'refs/heads/main'",
        ),
        (
            "strategy: {max-parallel: '${{ github.ref }}', matrix: {n: [1]}}",
            "a number was expected, not 'refs/heads/main'",
        ),
        ("continue-on-error: '${{ github.ref }}'", "a boolean was expected, not 'refs/heads/main'"),
        ("strategy: {matrix: '${{ github.ref }}'}", "a matrix must be a mapping"),
        ("name: \"${{ fromJSON('{') }}\"", "fromJSON"),
    ],
)
def test_what_cannot_be_evaluated_fails_the_job_with_its_place(job: str, reason: str) -> None:
    one = lead(job)
    assert one.result("a") == "failure"
    assert one.reason("a").startswith("test.yml:2:")
    assert reason in one.reason("a")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("group: deploy", Concurrency("deploy")),
        ("'deploy ${{ github.ref }}'", Concurrency("deploy main")),
        ("{group: x, cancel-in-progress: true}", Concurrency("x", True)),
        ("{group: x, cancel-in-progress: '${{ github.flag }}'}", Concurrency("x", True)),
        ("{group: x, cancel-in-progress: \"${{ github.ref == 'dev' }}\"}", Concurrency("x", False)),
        ("{group: x, queue: max}", Concurrency("x", False, True)),
        ("{group: '${{ github.none }}', cancel-in-progress: true}", None),
        ("'${{ github.none }}'", None),
    ],
)
def test_a_group_is_evaluated_and_an_empty_one_is_none(written: str, expected: Concurrency | None) -> None:
    given = f"{{{written}}}" if written.startswith("group") else written
    token = workflow(f"on: push\nconcurrency: {given}\njobs: {{a: {{runs-on: x, {STEPS}}}}}").concurrency
    assert concurrency(token, EVALUATOR) == expected


def test_without_a_group_there_is_none() -> None:
    assert concurrency(None, EVALUATOR) is None


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (None, "string", ""),
        (5, "string", "5"),
        (True, "string", "true"),
        ("x", "choice", "x"),
        ("live", "environment", "live"),
        (None, "boolean", False),
        ("", "boolean", False),
        (True, "boolean", True),
        ("true", "boolean", True),
        ("false", "boolean", False),
        (None, "number", 0),
        ("", "number", 0),
        (7, "number", 7),
        ("7.5", "number", 7.5),
        ("-1e3", "number", -1000),
    ],
)
def test_an_input_has_its_type(value: Any, kind: str, expected: object) -> None:
    found = typed(value, kind, EVALUATOR, None, "x")
    assert (found, type(found) is bool) == (expected, type(expected) is bool)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("yes", "boolean"),
        (1, "boolean"),
        ("True", "boolean"),
        ("1_000", "number"),
        ("nan", "number"),
        ("x", "number"),
        (True, "number"),
        ([1], "number"),
    ],
)
def test_an_input_of_another_type_is_refused_by_name(value: Any, kind: str) -> None:
    with pytest.raises(
        InputError, match=f"the input 'x' must be {'true or false' if kind == 'boolean' else 'a number'}, not"
    ):
        typed(value, kind, EVALUATOR, None, "x")


CALLED = """
on: {workflow_call: {inputs: {n: {type: number, default: 4}, flag: {type: boolean}, Text: {type: string}}}}
jobs: {b: {runs-on: x, steps: [{run: x}]}}
"""


def scope_inputs(given: str) -> dict[str, Any]:
    text = f"on: push\njobs: {{a: {{uses: ./called.yml, with: {given}}}}}"
    return Lead(text, called={"called": CALLED}).state.scopes["a"].inputs


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("{}", {"n": 4, "flag": False, "Text": ""}),
        ("{N: 5, FLAG: true, text: hi}", {"n": 5, "flag": True, "Text": "hi"}),
        (
            "{n: \"${{ fromJSON('6') }}\", Text: '${{ github.ref }}'}",
            {"n": 6, "flag": False, "Text": "refs/heads/main"},
        ),
    ],
)
def test_a_called_workflow_gets_its_inputs_in_any_case_and_its_defaults(given: str, expected: dict[str, Any]) -> None:
    assert scope_inputs(given) == expected
