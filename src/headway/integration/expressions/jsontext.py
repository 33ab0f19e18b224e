"""``toJSON`` and ``fromJSON``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from .errors import ExpressionError, memory_error
from .values import number_text

if TYPE_CHECKING:
    from .values import Value

MAX_NESTING: Final = 100
"""Levels of arrays and objects that a JSON text may have."""


def to_json(value: Value, limit: int | None = None) -> str:
    """Return ``value`` as JSON, indented by two spaces; NaN and the infinities are null.

    Raises ExpressionError when it is nested deeper than MAX_NESTING or gets longer than ``limit`` characters.
    """
    writer = _Writer(limit)
    writer.write(value, "\n")
    return "".join(writer.parts)


class _Writer:
    __slots__ = ("limit", "parts", "quote", "room")

    def __init__(self, limit: int | None) -> None:
        try:
            from _json import encode_basestring  # the function of `json`, without the 1 ms that importing that takes
        except ImportError:
            from json.encoder import encode_basestring

        self.quote = encode_basestring
        self.parts: list[str] = []
        self.room = -1 if limit is None else limit

    def write(self, value: Value, line: str) -> None:
        if isinstance(value, str):
            self._put(self._string(value))
        elif value is None:
            self._put("null")
        elif isinstance(value, bool):
            self._put("true" if value else "false")
        elif isinstance(value, (int, float)):
            self._put(_number(value))
        elif len(line) > 2 * MAX_NESTING:
            raise ExpressionError("evaluation", f"The value is nested deeper than {MAX_NESTING} levels")
        elif isinstance(value, Mapping):
            self._object(value, line)
        else:
            self._array(value, line)

    def _array(self, items: list[Any], line: str) -> None:
        if not items:
            self._put("[]")
            return
        inner = line + "  "
        lead = "[" + inner
        for item in items:
            self._put(lead)
            self.write(item, inner)
            lead = "," + inner
        self._put(line + "]")

    def _object(self, items: Mapping[str, Any], line: str) -> None:
        inner = line + "  "
        lead = "{" + inner
        for key, item in items.items():
            self._put(f"{lead}{self._string(key)}: ")
            self.write(item, inner)
            lead = "," + inner
        self._put("{}" if lead[0] == "{" else line + "}")

    def _string(self, text: str) -> str:
        quoted = self.quote(text)
        if text.isascii() or text.isprintable():
            return quoted
        return "".join(f"\\u{ord(c):04x}" if "\ud800" <= c <= "\udfff" else c for c in quoted)

    def _put(self, text: str) -> None:
        self.parts.append(text)
        if self.room >= 0:
            self.room -= len(text)
            if self.room < 0:
                raise memory_error()


def _number(value: int | float) -> str:
    text = number_text(value)
    return "null" if text in ("NaN", "Infinity", "-Infinity") else text


def from_json(text: str) -> Value:
    """Return the value that the JSON ``text`` spells; of keys equal but for case the first counts.

    Raises ExpressionError when the text is empty, not JSON, or nested deeper than MAX_NESTING.
    """
    from json import JSONDecodeError, JSONDecoder

    if not text.strip():
        raise ExpressionError("evaluation", "Error parsing fromJson: the text is empty, JSON was expected")
    if _is_deep(text):
        raise ExpressionError("evaluation", f"Error parsing fromJson: nested deeper than {MAX_NESTING} levels")
    decoder = JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_constant=_refuse_constant)
    try:
        value: Value = decoder.decode(text)
    except JSONDecodeError as error:
        fact = f"{error.msg} at line {error.lineno}, column {error.colno}"
        raise ExpressionError("evaluation", f"Error parsing fromJson: {fact}") from None
    return value


def _is_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= MAX_NESTING:
        return False
    import re

    depth = 0
    for found in re.finditer(r'"(?=(?P<inside>(?:[^"\\]|\\.)*))(?P=inside)"|[\[{]|[\]}]', text, re.DOTALL):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth > MAX_NESTING:
            return True
    return False


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len({key.lower() for key in result}) == len(result):
        return result
    first: dict[str, tuple[str, Any]] = {}
    for key, item in result.items():
        first.setdefault(key.lower(), (key, item))
    return dict(first.values())


def _integer(digits: str) -> int | float:
    return int(digits) if len(digits) <= 15 and digits != "-0" else float(digits)


def _refuse_constant(name: str) -> Value:
    raise ExpressionError("evaluation", f"Error parsing fromJson: {name} is not JSON")
