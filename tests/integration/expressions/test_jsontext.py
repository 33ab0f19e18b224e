from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.integration.expressions import ExpressionError, to_json
from headway.integration.expressions.jsontext import MAX_NESTING, from_json

# Numbers that JSON writes as Python does; how others are written is a matter of test_values.
plain_json = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(plain_json)
def test_json_is_indented_by_two_spaces(value: Any) -> None:
    assert to_json(value) == json.dumps(value, indent=2, ensure_ascii=False)


@given(plain_json)
def test_what_was_written_reads_back_the_same(value: Any) -> None:
    expected = json.loads(json.dumps(value), object_pairs_hook=first_of_equal_keys)
    assert from_json(to_json(value)) == expected


def first_of_equal_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    seen: dict[str, Any] = {}
    for key, value in pairs:
        if key.lower() not in {other.lower() for other in seen}:
            seen[key] = value
    return seen


def test_half_of_a_surrogate_pair_is_escaped() -> None:
    assert to_json("é\ud800\n") == '"é\\ud800\\n"'
    assert from_json('"\\ud800"') == "\ud800"


def test_any_mapping_is_an_object() -> None:
    assert to_json(MappingProxyType({"a": MappingProxyType({})})) == '{\n  "a": {}\n}'


def test_an_integer_too_long_for_a_double_is_rounded() -> None:
    assert to_json(from_json("[12345678901234567890, 1e400, -0]")) == "[\n  12345678901234567000,\n  null,\n  0\n]"


def test_an_integer_of_any_length_is_written() -> None:
    assert to_json([10**5000, 10**308, -(10**400)]) == "[\n  null,\n  1e+308,\n  null\n]"


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"[":', "}]")])
def test_nesting_is_limited(opening: str, closing: str) -> None:
    levels = MAX_NESTING // sum(map(opening.replace('"[', "").count, "[{"))
    text = opening * levels + "1" + closing * levels
    assert json.loads(to_json(from_json(text))) == json.loads(text)
    with pytest.raises(ExpressionError, match="nested deeper than 100 levels"):
        from_json(f"[{text}]")
    with pytest.raises(ExpressionError, match="nested deeper than 100 levels"):
        to_json([json.loads(text)])


def test_brackets_within_strings_do_not_nest() -> None:
    assert from_json('["' + "[" * 1000 + '\\"' + "[" * 1000 + '"]') == ["[" * 1000 + '"' + "[" * 1000]


def test_a_value_that_holds_itself_is_refused() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(ExpressionError, match="nested deeper"):
        to_json(loop)


def test_the_text_is_limited_while_it_is_written() -> None:
    assert to_json(["a"], limit=9) == '[\n  "a"\n]'
    with pytest.raises(ExpressionError, match="The maximum allowed memory size was exceeded"):
        to_json(["a"], limit=8)
