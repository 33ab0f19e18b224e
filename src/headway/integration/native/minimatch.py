r"""Patterns for single names as the package ``minimatch`` reads them: braces, ``* ? [] \``, ``+(a|b)``, ``!``."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from headway.kernel.errors import LimitError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_BRACES = 1000
_LETTERS = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "blank": " \\t",
    "cntrl": "\\x00-\\x1f\\x7f",
    "digit": "0-9",
    "graph": "\\x21-\\x7e",
    "lower": "a-z",
    "print": "\\x20-\\x7e",
    "punct": "!-/:-@\\[-`{-~",
    "space": "\\s",
    "upper": "A-Z",
    "word": "\\w",
    "xdigit": "0-9A-Fa-f",
}


@lru_cache(maxsize=64)
def name_pattern(pattern: str) -> tuple[bool, tuple[re.Pattern[str], ...]]:
    """Return whether matches are wanted (``!`` in front turns them round), and the expressions of a name pattern.

    Raises ``LimitError`` for braces that stand for more than 1,000 patterns.
    """
    if pattern.startswith("#"):
        return True, ()
    bare = pattern.lstrip("!") if not pattern.startswith("!(") else pattern
    wanted = (len(pattern) - len(bare)) % 2 == 0
    alternatives: list[str] = []
    for alternative in expand_braces(bare):
        alternatives.append(alternative)
        if len(alternatives) > _MAX_BRACES:
            raise LimitError(f"The pattern '{pattern}' stands for more than {_MAX_BRACES} patterns")
    return wanted, tuple(segment(text, extended=True, dot=text.startswith(".")) for text in alternatives)


def name_matches(pattern: str, name: str) -> bool:
    """Return whether a name without slashes matches."""
    wanted, expressions = name_pattern(pattern)
    if pattern.startswith("#"):
        return False
    return any(expression.fullmatch(name) for expression in expressions) is wanted


def segment(pattern: str, *, extended: bool = False, dot: bool = True) -> re.Pattern[str]:
    """Return the expression of one part of a path. Without ``dot``, wildcards match no name that begins with a dot."""
    hidden = "" if dot else r"(?!\.)"
    return re.compile(f"(?=.){hidden}{_translate(pattern, 0, extended)}", re.DOTALL)


# Braces


def expand_braces(pattern: str) -> Iterator[str]:
    """Yield what ``{a,b}`` and ``{1..3}`` stand for; braces without a comma or range are text."""
    found = _first_braces(pattern)
    if found is None:
        yield pattern
        return
    start, end, parts = found
    for part in parts:
        for inner in expand_braces(part) if len(parts) > 1 else (part,):
            for rest in expand_braces(pattern[end + 1 :]):
                yield f"{pattern[:start]}{inner}{rest}"


def _first_braces(pattern: str) -> tuple[int, int, list[str]] | None:
    at = 0
    while (at := pattern.find("{", at)) >= 0:
        if not (at and pattern[at - 1] in "\\$"):
            end = _closing(pattern, at, "{", "}")
            parts = _brace_parts(pattern[at + 1 : end]) if end > 0 else []
            if parts:
                return at, end, parts
        at += 1
    return None


def _brace_parts(body: str) -> list[str]:
    parts = _split(body, ",", "{", "}")
    if len(parts) > 1:
        return parts
    found = re.fullmatch(r"(-?\d{1,6})\.\.(-?\d{1,6})(?:\.\.(-?\d{1,6}))?", body)
    if found:
        first, last, step = int(found[1]), int(found[2]), abs(int(found[3] or 1)) or 1
        width = max(map(len, found.group(1, 2))) if re.search(r"(?:^|\.)-?0\d", body) else 0
        numbers = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
        return [f"{number:0{width}d}" for number in numbers[: _MAX_BRACES + 1]]
    found = re.fullmatch(r"([A-Za-z])\.\.([A-Za-z])", body)
    if found:
        first, last = ord(found[1]), ord(found[2])
        return [chr(code) for code in (range(first, last + 1) if first <= last else range(first, last - 1, -1))]
    return []


def _closing(text: str, start: int, opening: str, closing: str) -> int:
    depth, at = 0, start
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == opening:
            depth += 1
        elif text[at] == closing:
            depth -= 1
            if not depth:
                return at
        at += 1
    return -1


def _split(text: str, separator: str, opening: str, closing: str) -> list[str]:
    parts, depth, begin = [], 0, 0
    for at, character in enumerate(text):
        if at and text[at - 1] == "\\":
            continue
        depth += (character == opening) - (character == closing)
        if character == separator and not depth:
            parts.append(text[begin:at])
            begin = at + 1
    return [*parts, text[begin:]]


# From a pattern to a regular expression


def _translate(pattern: str, at: int, extended: bool) -> str:
    pieces: list[str] = []
    while at < len(pattern):
        character = pattern[at]
        if extended and character in "?*+@!" and pattern[at + 1 : at + 2] == "(":
            end = _closing(pattern, at + 1, "(", ")")
            if end > 0:
                rest = _translate(pattern, end + 1, extended)
                return "".join(pieces) + _group(character, pattern[at + 2 : end], rest)
        if character == "[" and (found := _class(pattern, at)):
            piece, at = found
            pieces.append(piece)
            continue
        if character == "\\" and at + 1 < len(pattern):
            at += 1
            pieces.append(re.escape(pattern[at]))
        elif character == "*":
            # More stars than one mean the same, and would make the expression slow.
            if not pieces or pieces[-1] != "[^/]*?":
                pieces.append("[^/]*?")
        else:
            pieces.append("[^/]" if character == "?" else re.escape(character))
        at += 1
    return "".join(pieces)


def _group(kind: str, body: str, rest: str) -> str:
    inner = "|".join(_translate(part, 0, extended=True) for part in _split(body, "|", "(", ")"))
    if kind == "!":
        return f"(?:(?!(?:{inner}){rest}$)[^/]*?){rest}"
    return f"(?:{inner}){'' if kind == '@' else kind}{rest}"


def _class(pattern: str, start: int) -> tuple[str, int] | None:
    """Return a character class and where it ends, None when the bracket is text."""
    at = start + 1
    negated = pattern[at : at + 1] in ("!", "^")
    at += negated
    items: list[str] = []
    first = at
    while at < len(pattern) and (pattern[at] != "]" or at == first):
        if found := re.compile(r"\[:(\w+):\]").match(pattern, at):
            if found[1] not in _LETTERS:
                return None
            items.append(_LETTERS[found[1]])
            at = found.end()
            continue
        if pattern[at] == "\\" and at + 1 < len(pattern):
            at += 1
        items.append("-" if pattern[at] == "-" and first < at < len(pattern) - 1 else re.escape(pattern[at]))
        at += 1
    if at >= len(pattern):
        return None
    text = f"[{'^' if negated else ''}{''.join(items)}]"
    try:
        re.compile(text)
    except re.error:
        return None
    return f"(?!/){text}", at + 1
