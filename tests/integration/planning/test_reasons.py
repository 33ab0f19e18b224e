from __future__ import annotations

from typing import Any

import pytest

from headway.integration.expressions import Value, parse
from headway.integration.planning.evaluation import Evaluator
from headway.integration.planning.reasons import leaves, shown
from headway.integration.workflows.tokens import Expression
from tests.integration.planning.runs import Lead

CONTEXTS: dict[str, Any] = {"github": {"ref": "main", "actor": "ada", "n": 3, "none": None, "event": {"a": [1]}}}


def values(source: str) -> list[str]:
    return leaves(Expression(source, parse(source), source, 1, 1), Evaluator("w.yml", CONTEXTS))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("github.ref == 'dev'", ["github.ref is 'main'"]),
        ("github.ref == 'main' && github.n > 5", ["github.ref is 'main'", "github.n is 3"]),
        ("github.ref == 'dev' && github.n > 5", ["github.ref is 'main'"]),
        ("github.none", ["github.none is null"]),
        ("true && false", []),
    ],
)
def test_the_values_that_were_looked_at_are_told(source: str, expected: list[str]) -> None:
    assert values(source) == expected


def test_what_cannot_be_evaluated_tells_no_values() -> None:
    assert values("fromJSON('{')") == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        (1.5, "1.5"),
        ("x", "'x'"),
        ("", "''"),
        ("y" * 81, f"'{'y' * 79}…'"),
        ("y" * 80, f"'{'y' * 80}'"),
    ],
)
def test_a_value_is_shown_as_in_an_expression_and_cut(value: Value, text: str) -> None:
    assert shown(value) == text


def test_a_structure_is_shown_in_one_line() -> None:
    assert "\n" not in shown({"a": [1, {"b": 2}]})


@pytest.mark.parametrize(
    ("needs", "ends", "reason"),
    [
        ("[a]", {"a": "failure"}, "it comes after 'a', which failed"),
        ("[a, b]", {"a": "failure", "b": "cancelled"}, "it comes after 'a', which failed and 'b', which was cancelled"),
        ("[b]", {"b": "skipped"}, "it comes after 'b', which was skipped"),
    ],
)
def test_the_jobs_that_stood_in_the_way_are_named(needs: str, ends: dict[str, Any], reason: str) -> None:
    job = "{runs-on: x, steps: [{run: x}]}"
    lead = Lead(f"on: push\njobs: {{a: {job}, b: {job}, c: {{needs: {needs}, runs-on: x, steps: [{{run: x}}]}}}}")
    for key, result in ends.items():
        lead.end(key, result)
    assert lead.reason("c") == reason
