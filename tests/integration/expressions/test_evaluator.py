from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headway.integration.expressions import Allowed, ExpressionError, Value, evaluate, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HERE = Path(__file__).parent
TABLE = json.loads((HERE / "evaluation.json").read_text(encoding="utf-8"))
REFUSALS = json.loads((HERE / "refusals.json").read_text(encoding="utf-8"))
ALLOWED = Allowed(frozenset(("github", "matrix", "env")), (("success", 0, 0), ("always", 0, 0), ("hashfiles", 1, 255)))


class Counted(dict[str, Any]):
    """A mapping that remembers what was asked for."""

    asked: list[str]

    def __init__(self, items: dict[str, Any]) -> None:
        super().__init__(items)
        self.asked = []

    def __getitem__(self, key: str) -> Any:
        self.asked.append(key)
        return super().__getitem__(key)


def same(left: Any, right: Any) -> bool:
    """Compare as JSON does: true is not 1, 1 is 1.0, the order of keys counts."""
    return json.dumps(normal(left)) == json.dumps(normal(right))


def normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [normal(item) for item in value]
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


@pytest.mark.parametrize("sentence", TABLE["cases"])
def test_the_table(sentence: str) -> None:
    for expression, expected in TABLE["cases"][sentence]:
        value = evaluate(parse(expression), TABLE["contexts"])
        assert same(value, expected), f"{sentence}: {expression} is {value!r}, not {expected!r}"


@pytest.mark.parametrize("kind", REFUSALS)
def test_what_is_wrong_is_refused_with_its_kind_and_message(kind: str) -> None:
    for expression, message in REFUSALS[kind]:
        with pytest.raises(ExpressionError) as caught:
            evaluate(parse(expression, ALLOWED), {"github": {}})
        assert (caught.value.kind, caught.value.message, str(caught.value)) == (kind, message, message), expression
        if located := re.search(r"at position (\d+) within", message):
            assert caught.value.position == int(located[1])


def test_an_evaluation_error_tells_where_its_function_stands() -> None:
    with pytest.raises(ExpressionError) as caught:
        evaluate(parse("1 == 2 || fromJSON('x')"), {})
    assert caught.value.position == 11


def test_functions_are_added_by_the_caller_and_found_regardless_of_case() -> None:
    def hash_files(patterns: Sequence[Value]) -> Value:
        return "+".join(map(str, patterns))

    functions = {"success": lambda _: False, "hashFiles": hash_files}
    assert evaluate(parse("SUCCESS() || hashfiles('a', 'b')"), {}, functions) == "a+b"


def test_a_function_of_the_caller_replaces_a_built_in_one() -> None:
    assert evaluate(parse("toJSON(1)"), {}, {"tojson": lambda _: "mine"}) == "mine"


def test_an_unknown_function_is_refused_when_it_is_called() -> None:
    with pytest.raises(ExpressionError, match="Unrecognized function: 'nope'") as caught:
        evaluate(parse("true && nope()"), {})
    assert (caught.value.kind, caught.value.position) == ("evaluation", 9)
    assert evaluate(parse("false && nope()"), {}) is False


def test_an_error_of_a_callers_function_keeps_its_own_message() -> None:
    def refuse(_: Sequence[Value]) -> Value:
        raise ExpressionError("evaluation", "no files")

    with pytest.raises(ExpressionError, match="no files"):
        evaluate(parse("hashFiles('x')"), {}, {"hashfiles": refuse})


def test_a_context_that_is_computed_lazily_is_asked_only_for_what_is_needed() -> None:
    secrets = Counted({"A": "a", "B": "b"})
    assert evaluate(parse("secrets.A && true || secrets.B"), {"secrets": secrets}) is True
    assert secrets.asked == ["A"]


def test_the_result_of_a_filter_is_a_plain_list() -> None:
    value = evaluate(parse("a.*"), {"a": {"x": 1}})
    assert type(value) is list
    assert evaluate(parse("b.x"), {"b": value}) is None


def test_evaluation_changes_no_context() -> None:
    before = json.dumps(TABLE["contexts"])
    for expression in all_expressions():
        evaluate(parse(expression), TABLE["contexts"])
    assert json.dumps(TABLE["contexts"]) == before


def all_expressions() -> Iterator[str]:
    for cases in TABLE["cases"].values():
        for expression, _ in cases:
            yield expression
