from __future__ import annotations

import math
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.integration.expressions import Value, compare, equals, to_boolean, to_number, to_string
from headway.integration.expressions.values import fold, number_text

from .strategies import json_values

OBJECT: Value = MappingProxyType({"a": 1})


@pytest.mark.parametrize(
    ("value", "boolean", "number", "text"),
    [
        (None, False, 0, ""),
        (True, True, 1, "true"),
        (False, False, 0, "false"),
        (0, False, 0, "0"),
        (-0.0, False, 0, "0"),
        (12, True, 12, "12"),
        (2.5, True, 2.5, "2.5"),
        (10**400, True, math.inf, "Infinity"),
        (-(10**400), True, -math.inf, "-Infinity"),
        (2**53 + 1, True, 2**53, "9007199254740992"),
        (2**64, True, 2**64, "18446744073709552000"),
        ("", False, 0, ""),
        (" 7 ", True, 7, " 7 "),
        ("-0", True, 0, "-0"),
        ("0x" + "f" * 400, True, math.inf, "0x" + "f" * 400),
        ("9" * 400, True, math.inf, "9" * 400),
    ],
)
def test_a_primitive_converts(value: Value, boolean: bool, number: float, text: str) -> None:
    assert (to_boolean(value), to_number(value), to_string(value)) == (boolean, number, text)


@pytest.mark.parametrize(("value", "text"), [([], "Array"), ([1], "Array"), ({}, "Object"), (OBJECT, "Object")])
def test_a_collection_is_true_and_no_number(value: Value, text: str) -> None:
    assert to_boolean(value) is True
    assert math.isnan(to_number(value))
    assert to_string(value) == text


@pytest.mark.parametrize(
    "text", ["abc", "1 2", "0x", "0o8", "0b1", "1_0", "-0x1", "nan", "inf", "--1", "1e", "e1", "1.2.3", "٣"]
)
def test_text_that_spells_no_number_is_none(text: str) -> None:
    assert math.isnan(to_number(text))


def test_nan_is_false_and_written_as_such() -> None:
    assert to_boolean(math.nan) is False
    assert to_string(math.nan) == "NaN"


@pytest.mark.parametrize(
    ("left", "right", "order"),
    [
        (1, 2, -1),
        ("a", "B", -1),
        ("2", 1, 1),
        (None, False, 0),
        (True, 1.0, 0),
        (math.nan, math.nan, None),
        ([], [], None),
        ([], 0, None),
    ],
)
def test_the_order_of_two_values(left: Value, right: Value, order: int | None) -> None:
    assert compare(left, right) == order


def test_a_collection_is_equal_to_itself_alone() -> None:
    items: Value = [1]
    assert equals(items, items)
    assert not equals(items, [1])
    assert equals(OBJECT, OBJECT)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_survives_its_shortest_text(number: float) -> None:
    assert float(number_text(number)) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_as_text_is_off_by_half_of_its_last_decimal_at_most(number: float) -> None:
    assert abs(float(to_string(number)) - number) <= 0.5000001e-15 + abs(number) * 2**-52


@given(json_values, json_values)
def test_order_is_the_same_from_both_sides(left: Value, right: Value) -> None:
    there, back = compare(left, right), compare(right, left)
    assert (there is None) is (back is None)
    assert there is None or back is None or there == -back


@given(st.text(), st.text())
def test_text_is_equal_if_and_only_if_it_folds_to_the_same(left: str, right: str) -> None:
    assert equals(left, right) is (fold(left) == fold(right))
    assert equals(left, left.upper() if "ı" not in left else left)
