"""Expressions that were written to exhaust time, memory or the stack."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from headway.integration.expressions import (
    ExpressionError,
    TemplateError,
    evaluate,
    parse,
    parse_template,
    to_number,
)

MEGABYTE = "x" * 2**20
MEMORY = "The maximum allowed memory size was exceeded"


def refused(source: str, **contexts: Any) -> str:
    with pytest.raises(ExpressionError) as caught:
        evaluate(parse(source), contexts)
    return caught.value.message


def doubled(times: int, core: str) -> str:
    """Nested calls of format, each of which doubles what is in it."""
    return "format('{0}{0}', " * times + core + ")" * times


@pytest.mark.parametrize(
    "source",
    [
        f"format('{'{0}' * 6}', a)",
        doubled(30, "'x'"),
        "join(list, a)",
        "toJSON(fromJSON(many))",
        "format('{0}{1}', format('{0}{0}{0}', a), format('{0}{0}', a))",
        f"toJSON(list) == toJSON({doubled(5, 'a')})",
    ],
)
def test_results_that_grow_too_large_are_refused(source: str) -> None:
    assert refused(source, a=MEGABYTE, list=[""] * 7, many=f"[{'[],' * 10**6}1]") == MEMORY


def test_five_million_characters_are_not_too_large() -> None:
    value = evaluate(parse("format('{0}{0}{0}{0}{1}', a, 'y')"), {"a": MEGABYTE})
    assert isinstance(value, str)
    assert len(value) == 4 * 2**20 + 1


def test_what_is_no_longer_needed_does_not_count() -> None:
    parts = " || ".join(["contains(format('{0}{0}{0}', a), 'y')"] * 6)
    assert evaluate(parse(parts), {"a": MEGABYTE}) is False


def test_work_without_end_is_refused() -> None:
    parts = " || ".join(["contains(a, 'y')"] * 1000)
    assert refused(parts, a=MEGABYTE) == MEMORY
    assert refused(" == ".join(["a"] * 1000), a=MEGABYTE) == MEMORY
    assert refused(" || ".join(["contains(a, 'y')"] * 1000), a=["x"] * 10**5) == MEMORY
    assert refused(" || ".join(["a.* == 0"] * 1000), a=["x"] * 10**5) == MEMORY
    assert refused(" || ".join(["a.*.b == 0"] * 1000), a=["x"] * 10**5) == MEMORY


@pytest.mark.parametrize(("opening", "closing"), [("[", ""), ("[", "]"), ('{"a":', ""), ('["', "")])
def test_deep_json_is_refused(opening: str, closing: str) -> None:
    assert refused("fromJSON(a)", a=opening * 10**5 + closing * 10**5).startswith("Error parsing fromJson: ")


def test_deep_values_are_refused() -> None:
    deep: Any = []
    for _ in range(10**4):
        deep = [deep]
    assert refused("toJSON(a)", a=deep) == "The value is nested deeper than 100 levels"


@pytest.mark.parametrize("digits", [5000, 10**6])
def test_long_numbers_are_read(digits: int) -> None:
    assert evaluate(parse("fromJSON(a)"), {"a": "9" * digits}) == float("inf")
    assert to_number("9" * digits) == to_number("0x" + "f" * digits) == float("inf")
    assert to_number("1" + "e" * digits) != to_number("x")


@pytest.mark.parametrize(
    ("start", "middle", "end"), [("{", "0", ""), ("{", "{", "a"), ("", "{0", ""), ("}", "}}", ""), ("{1", "0", "}")]
)
def test_a_format_made_to_be_slow_is_refused(start: str, middle: str, end: str) -> None:
    assert refused("format(a, 'x')", a=start + middle * 10**6 + end).startswith("The following format string ")


@pytest.mark.parametrize("part", ["(", "!", "a[", "a.b.", "f(", "1||", "-", "a "])
def test_an_expression_made_to_be_deep_is_refused(part: str) -> None:
    with pytest.raises(ExpressionError):
        parse(part * (21000 // len(part)))


def test_the_deepest_expression_fits_a_small_stack() -> None:
    source = "(0 || " * 24 + "!a" + ")" * 24
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(depth() + 300)
    try:
        assert evaluate(parse(source), {}) is True
    finally:
        sys.setrecursionlimit(before)


def depth() -> int:
    frame, count = sys._getframe(), 0
    while frame.f_back:
        frame, count = frame.f_back, count + 1
    return count


@pytest.mark.parametrize(
    ("start", "middle"),
    [("", "${{ "), ("${{ '", "''"), ("${{ a", "} "), ("${{", "'}}' "), ("", "${{}}"), ("", "${{ 'a' }}")],
)
def test_a_text_made_to_be_slow_is_refused(start: str, middle: str) -> None:
    with pytest.raises(TemplateError) as caught:
        parse_template(start + middle * 10**4)
    assert caught.value.faults
