"""The values of expressions, their conversions and their order.

Implements "Literals" and "Operators" of "Evaluate expressions in workflows and actions". Values are plain Python:
``None``, ``bool``, ``int`` and ``float`` (all numbers are doubles to GitHub), ``str``, ``list``, and mappings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from typing import Final

Value: TypeAlias = bool | int | float | str | list[Any] | Mapping[str, Any] | None

WHITE_SPACE: Final = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""What GitHub's JavaScript takes for white space."""

EXACT: Final = 2**53
"""Integers below it are exact as doubles."""

_DOTLESS_I: Final = "\u0131"
_NAN: Final = float("nan")
_NUMBER: Final = re.compile(
    r"0[xX](?P<hexadecimal>[0-9a-fA-F]++)|0[oO](?P<octal>[0-7]++)"
    r"|[-+]?(?:(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][-+]?[0-9]++)?|Infinity)"
)


def is_primitive(value: Value) -> bool:
    """Tell whether ``value`` is neither an array nor an object."""
    return value is None or isinstance(value, (str, int, float))


def to_boolean(value: Value) -> bool:
    """Return False for null, false, 0, NaN and the empty string, True for all else, even empty collections."""
    if value is None or isinstance(value, (bool, str)):
        return bool(value)
    if isinstance(value, (int, float)):
        return value == value and value != 0
    return True


def to_number(value: Value) -> float:
    """Return ``value`` as a number: null is 0, true is 1, strings are read; arrays and objects are NaN."""
    if isinstance(value, str):
        return parse_number(value.strip(WHITE_SPACE))
    if value is None:
        return 0.0
    if isinstance(value, int):
        return _double(value)
    return value if isinstance(value, float) else _NAN


def parse_number(text: str) -> float:
    """Return the number that ``text`` spells (decimal, 0x…, 0o…, Infinity), 0 for nothing, else NaN."""
    found = _NUMBER.fullmatch(text)
    if not found:
        return _NAN if text else 0.0
    if digits := found["hexadecimal"]:
        return _double(int(digits, 16))
    if digits := found["octal"]:
        return _double(int(digits, 8))
    return float(text)


def _double(value: int) -> float:
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def to_string(value: Value) -> str:
    """Return ``value`` as text: null is empty, numbers have up to 15 decimals, collections are their kind."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return number_text(_rounded(value))
    return "Object" if isinstance(value, Mapping) else "Array"


def _rounded(value: int | float) -> int | float:
    # To 15 decimals with ties away from zero, as JavaScript's toFixed does; Python's own ties go to even.
    if isinstance(value, int) or value != value or abs(value) >= EXACT:
        return value
    numerator, denominator = abs(value).as_integer_ratio()
    scaled = (2 * numerator * 10**15 + denominator) // (2 * denominator)
    return scaled / 10**15 if value > 0 else -scaled / 10**15


def number_text(value: int | float) -> str:
    """Return the shortest decimal text of the double ``value``, written as JavaScript writes numbers."""
    if isinstance(value, int):
        value = _double(value)
    if value.is_integer() and abs(value) < EXACT:
        return str(int(value))
    if value != value:
        return "NaN"
    if abs(value) == float("inf"):
        return "Infinity" if value > 0 else "-Infinity"
    return ("-" if value < 0 else "") + _decimal(*_digits(abs(value)))


def _digits(value: float) -> tuple[str, int]:
    """Return the significant digits of ``value`` and how many of them stand before the point."""
    mantissa, _, exponent = repr(value).partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    leading_zeros = len(whole) + len(fraction) - len(digits)
    return digits.rstrip("0"), len(whole) + int(exponent or 0) - leading_zeros


def _decimal(digits: str, point: int) -> str:
    if not -6 < point <= 21:
        fraction = f".{digits[1:]}" if digits[1:] else ""
        return f"{digits[0]}{fraction}e{point - 1:+d}"
    if point <= 0:
        return f"0.{'0' * -point}{digits}"
    if point >= len(digits):
        return digits.ljust(point, "0")
    return f"{digits[:point]}.{digits[point:]}"


def fold(text: str) -> str:
    """Return ``text`` in the form in which strings are compared: upper case, except for the dotless i."""
    if text.isascii():
        return text.upper()
    return _DOTLESS_I.join(part.upper() for part in text.split(_DOTLESS_I))


def equals(left: Value, right: Value) -> bool:
    """Tell whether ``left == right``: strings regardless of case, mixed kinds as numbers.

    An array or object equals nothing but itself.
    """
    return compare(left, right) == 0


def compare(left: Value, right: Value) -> int | None:
    """Return -1, 0 or 1 for less, equal or greater; None when the two have no order, as with NaN."""
    if isinstance(left, str) and isinstance(right, str):
        return 0 if left == right else _compare_folded(fold(left), fold(right))
    if not is_primitive(left) or not is_primitive(right):
        return 0 if left is right else None
    return _order(to_number(left), to_number(right))


def _compare_folded(left: str, right: str) -> int | None:
    if left.isascii() or right.isascii():
        return _order(left, right)
    # GitHub compares UTF-16 units, whose order differs from that of code points above U+FFFF.
    return _order(left.encode("utf-16-be", "surrogatepass"), right.encode("utf-16-be", "surrogatepass"))


def _order(left: Any, right: Any) -> int | None:
    if left == right:
        return 0
    if left < right:
        return -1
    return 1 if left > right else None
