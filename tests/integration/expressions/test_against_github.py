"""Compares Headway with GitHub's own evaluator, the npm package @actions/expressions."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from headway.integration.expressions import Allowed, ExpressionError, Value, evaluate, parse
from headway.integration.expressions.values import number_text
from tests.javascript.oracle import Oracle, oracle

from .strategies import CONTEXTS, contexts, expressions, token_soup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HERE = Path(__file__).parent
DIFFERENCES = json.loads((HERE / "differences.json").read_text(encoding="utf-8"))
TABLE = json.loads((HERE / "evaluation.json").read_text(encoding="utf-8"))
NAMES: dict[str, Value] = dict.fromkeys(("nowhere", "true", "null", "nan")) | TABLE["contexts"]
EMPTY = dict.fromkeys(CONTEXTS)


@pytest.fixture(scope="module")
def github() -> Iterator[Oracle]:
    with oracle("expressions.mjs") as running:
        yield running


def theirs(github: Oracle, source: str, contexts: Mapping[str, Value]) -> Any:
    answer = github.ask({"expression": source, "contexts": json.dumps(contexts)})
    return answer.get("error") or answer["value"]


def ours(source: str, contexts: Mapping[str, Value]) -> Any:
    try:
        return tagged(evaluate(parse(source, Allowed(frozenset(map(str.lower, contexts)))), contexts))
    except ExpressionError as error:
        return error.kind


def tagged(value: Any) -> list[Any]:
    """The form in which the oracle answers: every value with its kind, objects as pairs, numbers as text."""
    if value is None:
        return ["Null"]
    if isinstance(value, bool):
        return ["Boolean", value]
    if isinstance(value, (int, float)):
        return ["Number", "-0" if value == 0 and math.copysign(1, value) < 0 else number_text(value)]
    if isinstance(value, str):
        return ["String", value]
    if isinstance(value, list):
        return ["Array", [tagged(item) for item in value]]
    return ["Object", [[key, tagged(item)] for key, item in value.items()]]


def is_known_to_differ(source: str) -> bool:
    """Recognise what differences.json is about, in what the strategies make."""
    return bool(re.search(r",\s*\)|\{\d+[^}\d]|\{\d+$", source)) or source.count("''") > 1


@settings(max_examples=600)
@given(expressions, contexts)
def test_generated_expressions_have_githubs_value(github: Oracle, source: str, contexts: dict[str, Any]) -> None:
    assume(not is_known_to_differ(source))
    assert ours(source, contexts) == theirs(github, source, contexts)


@settings(max_examples=600)
@given(token_soup)
def test_what_is_no_expression_is_refused_for_githubs_reason(github: Oracle, source: str) -> None:
    assume(not is_known_to_differ(source))
    assert ours(source, EMPTY) == theirs(github, source, EMPTY)


@settings(max_examples=300)
@given(st.text(), st.text(), st.sampled_from(("==", "<", ">", ",")))
def test_any_two_texts_compare_as_at_github(github: Oracle, left: str, right: str, operator: str) -> None:
    values: dict[str, Value] = {"a": left, "b": right}
    source = "contains(a, b) || endsWith(a, b)" if operator == "," else f"a {operator} b"
    assert ours(source, values) == theirs(github, source, values)


@settings(max_examples=300)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_any_number_is_written_as_at_github(github: Oracle, number: float) -> None:
    source = "format('{0} {1}', a, toJSON(a))"
    assert ours(source, {"a": number}) == theirs(github, source, {"a": number})


def test_our_table_holds_at_github_too(github: Oracle) -> None:
    known = {difference["expression"] for difference in DIFFERENCES}
    for cases in TABLE["cases"].values():
        for source, _ in cases:
            if source not in known:
                assert ours(source, NAMES) == theirs(github, source, NAMES), source


@pytest.mark.parametrize("why", dict.fromkeys(difference["why"] for difference in DIFFERENCES))
def test_a_known_difference_is_still_one(github: Oracle, why: str) -> None:
    for difference in DIFFERENCES:
        if difference["why"] == why:
            source = difference["expression"]
            assert ours(source, NAMES) == difference["ours"]
            assert theirs(github, source, NAMES) == difference["theirs"] != difference["ours"]
