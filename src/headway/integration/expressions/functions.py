"""The built-in functions, by "Functions" of "Evaluate expressions in workflows and actions".

Each takes the values of its arguments, whose number the parser has checked, and the characters that its
result may have. ``case`` is not among them: it evaluates only the arguments that it needs, see the evaluator.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from .errors import ExpressionError, memory_error
from .jsontext import from_json, to_json
from .values import Value, equals, fold, is_primitive, to_string

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Function = Callable[[Sequence[Value], int], Value]

ARGUMENTS: Final = {
    "case": (3, 2**31 - 1),
    "contains": (2, 2),
    "startswith": (2, 2),
    "endswith": (2, 2),
    "format": (1, 255),
    "join": (1, 2),
    "tojson": (1, 1),
    "fromjson": (1, 1),
}
"""The fewest and most arguments of each built-in function, by its name in lower case."""

_FORMAT: Final = re.compile(r"[^{}]++|\{\{|\}\}|\{(?P<index>[0-9]++)(?P<specifiers>[^}]*+)\}|(?P<stray>[{}])")


def _contains(arguments: Sequence[Value], room: int) -> Value:
    search, item = arguments
    if isinstance(search, list):
        return any(equals(item, candidate) for candidate in search)
    if not is_primitive(search) or not is_primitive(item):
        return False
    return to_string(item).lower() in to_string(search).lower()


def _starts_with(arguments: Sequence[Value], room: int) -> Value:
    text, prefix = arguments
    if not is_primitive(text) or not is_primitive(prefix):
        return False
    return fold(to_string(text)).startswith(fold(to_string(prefix)))


def _ends_with(arguments: Sequence[Value], room: int) -> Value:
    text, suffix = arguments
    if not is_primitive(text) or not is_primitive(suffix):
        return False
    return fold(to_string(text)).endswith(fold(to_string(suffix)))


def _format(arguments: Sequence[Value], room: int) -> Value:
    template = to_string(arguments[0])
    texts = [to_string(argument) for argument in arguments[1:]]
    parts = []
    for found in _FORMAT.finditer(template):
        part = found[0]
        if found["index"]:
            part = _replacement(template, found, texts)
        elif found["stray"]:
            raise _bad_format(template)
        elif part in ("{{", "}}"):
            part = part[0]
        parts.append(part)
        room -= len(part)
        if room < 0:
            raise memory_error()
    return "".join(parts)


def _replacement(template: str, found: re.Match[str], texts: list[str]) -> str:
    digits = found["index"].lstrip("0") or "0"
    if found["specifiers"]:
        raise _bad_format(template)
    if len(digits) > 3 or int(digits) >= len(texts):
        fact = "The following format string references more arguments than were supplied"
        raise ExpressionError("evaluation", f"{fact}: {_excerpt(template)}")
    return texts[int(digits)]


def _bad_format(template: str) -> ExpressionError:
    return ExpressionError("evaluation", f"The following format string is invalid: {_excerpt(template)}")


def _excerpt(text: str) -> str:
    return text if len(text) <= 1000 else text[:1000] + "…"


def _join(arguments: Sequence[Value], room: int) -> Value:
    items = arguments[0]
    if not isinstance(items, list):
        return to_string(items) if is_primitive(items) else ""
    separator = ","
    if len(arguments) > 1 and is_primitive(arguments[1]):
        separator = to_string(arguments[1])
    texts = [to_string(item) for item in items]
    if sum(map(len, texts)) + len(separator) * (len(texts) - 1) > room:
        raise memory_error()
    return separator.join(texts)


def _to_json(arguments: Sequence[Value], room: int) -> Value:
    return to_json(arguments[0], room)


def _from_json(arguments: Sequence[Value], room: int) -> Value:
    return from_json(to_string(arguments[0]))


FUNCTIONS: Final[dict[str, Function]] = {
    "contains": _contains,
    "startswith": _starts_with,
    "endswith": _ends_with,
    "format": _format,
    "join": _join,
    "tojson": _to_json,
    "fromjson": _from_json,
}
