"""YAML text as nodes that know their place: the YAML 1.2 core schema, limits, and nothing executable.

`yaml.org/spec/1.2.2`, chapter 10.3 (Core Schema). The scanner is libyaml; what a plain scalar means, what an alias may
do and how deep a document may be is decided here, because YAML 1.1 would read ``on:`` as ``True``.
"""

from __future__ import annotations

import re
from typing import NamedTuple

MAX_DEPTH = 50
MAX_BYTES = 1024 * 1024
MAX_NODES = 100_000

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


def load(text: str | bytes, path: str, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Node:
    """Return the root node of the first document of ``text``; an empty text is a null scalar at 1:1.

    Raises ``InputError`` with the place of the first thing that is not YAML, is not UTF-8, or exceeds a limit:
    ``max_bytes`` of text, ``max_depth`` of nesting, 100,000 nodes after aliases are resolved.
    """
    from headway.kernel.yaml_builder import build  # PyYAML costs 10 ms, and a text that was read before needs none

    return build(text, path, max_bytes, max_depth)


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
