"""The nodes of a YAML document, and what its plain scalars mean: the YAML 1.2 core schema.

`yaml.org/spec/1.2.2`, chapter 10.3 (Core Schema). YAML 1.1, which most libraries read, would take ``on:`` for ``True``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
}
_NUMERIC_START = frozenset("0123456789+-.")


class Scalar(NamedTuple):
    """A leaf. ``value`` is what the core schema makes of it, ``text`` what was written (quotes removed)."""

    value: bool | int | float | str | None
    text: str
    line: int
    column: int
    style: str = ""


class Sequence(NamedTuple):
    """A list of nodes, at the place of its first item (block style) or its bracket (flow style)."""

    items: tuple[Node, ...]
    line: int
    column: int


class Mapping(NamedTuple):
    """Pairs in the order of the text; a key that stands twice is kept twice, for the reader to refuse."""

    pairs: tuple[tuple[Scalar, Node], ...]
    line: int
    column: int

    def get(self, key: str) -> Node | None:
        """Return the value of the first pair with this key, or None."""
        return next((value for name, value in self.pairs if name.text == key), None)


Node = Scalar | Sequence | Mapping


def plain_value(text: str) -> bool | int | float | str | None:
    """Return what an unquoted scalar means in the core schema; digits beyond a double become infinity."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMERIC_START:
        return text
    if _INTEGER.fullmatch(text):
        base = {"0o": 8, "0x": 16}.get(text[:2], 10)
        if base == 10 and len(text) > 300:  # int() refuses thousands of digits, and GitHub's numbers are doubles
            return float(text)
        return int(text, base)
    return float(text) if _FLOAT.fullmatch(text) else text
