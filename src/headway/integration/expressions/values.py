"""The values of expressions, their conversions and their order.

Implements "Literals" and "Operators" of "Evaluate expressions in workflows and actions". Values are plain
Python: ``None``, ``bool``, ``int``/``float`` (all numbers are doubles to GitHub), ``str``, ``list``, and mappings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from typing import Final

Value: TypeAlias = "bool | int | float | str | list[Any] | Mapping[str, Any] | None"

_NUMBER: Final = re.compile(r"[-+]?(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:[eE][-+]?[0-9]++)?")
_HEXADECIMAL: Final = re.compile(r"0[xX][0-9a-fA-F]++")
_OCTAL: Final = re.compile(r"0[oO][0-7]++")
_INFINITY: Final = re.compile(r"[-+]?Infinity")
_SPACE: Final = " \t\n\r\v\f\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
_WHITE_SPACE: Final = _SPACE + "\u2028\u2029\u202f\u205f\u3000\ufeff"
_NAN: Final = float("nan")
_EXACT: Final = 2**53
_DOTLESS_I: Final = "\u0131"


def is_primitive(value: Value) -> bool:
    """Tell whether ``value`` is neither an array nor an object."""
    return value is None or isinstance(value, (str, int, float))


def to_boolean(value: Value) -> bool:
    """Return False for null, false, 0, NaN and the empty string; True for all else, even empty arrays."""
    if value is None or isinstance(value, (bool, str)):
        return bool(value)
    if isinstance(value, (int, float)):
        return value == value and value != 0
    return True


def to_number(value: Value) -> float:
    """Return ``value`` as a number: null is 0, true is 1, strings are read; arrays and objects are NaN."""
    if isinstance(value, str):
        return parse_number(value.strip(_WHITE_SPACE))
    if value is None:
        return 0.0
    if isinstance(value, int):
        return _double(value)
    return value if isinstance(value, float) else _NAN


def parse_number(text: str) -> float:
    """Return the number that ``text`` spells (decimal, 0x…, 0o…, Infinity), 0 for nothing, else NaN."""
    if _NUMBER.fullmatch(text):
        return float(text)
    if _HEXADECIMAL.fullmatch(text):
        return _double(int(text, 16))
    if _OCTAL.fullmatch(text):
        return _double(int(text, 8))
    if _INFINITY.fullmatch(text):
        return float(text)
    return _NAN if text else 0.0


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
    if isinstance(value, int) or value.is_integer() or value != value or abs(value) >= _EXACT:
        return value
    numerator, denominator = abs(value).as_integer_ratio()
    scaled = (2 * numerator * 10**15 + denominator) // (2 * denominator)
    return scaled / 10**15 if value > 0 else -scaled / 10**15


def number_text(value: int | float) -> str:
    """Return the shortest decimal text of the double ``value``, written as JavaScript writes numbers."""
    if isinstance(value, int):
        if abs(value) < _EXACT:
            return str(value)
        value = _double(value)
    if value.is_integer() and abs(value) < _EXACT:
        return str(int(value))
    if value != value:
        return "NaN"
    if abs(value) == float("inf"):
        return "Infinity" if value > 0 else "-Infinity"
    return _decimal(value)


def _decimal(value: float) -> str:
    mantissa, _, exponent = repr(abs(value)).partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = "" if fraction == "0" else fraction
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    sign = "-" if value < 0 else ""
    if point > 21 or point < -5:
        tail = f".{digits[1:]}" if digits[1:] else ""
        return f"{sign}{digits[0]}{tail}e{point - 1:+d}"
    if point <= 0:
        return f"{sign}0.{'0' * -point}{digits}"
    if point >= len(digits):
        return f"{sign}{digits.ljust(point, '0')}"
    return f"{sign}{digits[:point]}.{digits[point:]}"


def fold(text: str) -> str:
    """Return ``text`` in the form in which strings are compared: upper case, except for the dotless i."""
    if text.isascii():
        return text.upper()
    return _DOTLESS_I.join(part.upper() for part in text.split(_DOTLESS_I))


def equals(left: Value, right: Value) -> bool:
    """Tell whether ``left == right``: strings regardless of case, mixed kinds as numbers, collections as such."""
    return compare(left, right) == 0


def compare(left: Value, right: Value) -> int | None:
    """Return -1, 0 or 1 for less, equal or greater; None when the two have no order (NaN, different collections)."""
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
