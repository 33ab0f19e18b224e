"""Braces in patterns: ``{a,b}`` and ``{1..3}`` stand for several ("Bash Reference Manual", *Brace expansion*)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST_RANGE = 1001


def expand_braces(pattern: str) -> Iterator[str]:
    """Yield what a pattern stands for; braces without a comma or a range are text."""
    found = _first(pattern)
    if found is None:
        yield pattern
        return
    start, end, parts = found
    for part in parts:
        for inner in expand_braces(part):
            for rest in expand_braces(pattern[end + 1 :]):
                yield f"{pattern[:start]}{inner}{rest}"


def _first(pattern: str) -> tuple[int, int, list[str]] | None:
    """Return where the first braces that stand for something begin and end, and what they hold."""
    at = 0
    while (at := pattern.find("{", at)) >= 0:
        if not (at and pattern[at - 1] in "\\$"):
            end = closing(pattern, at, "{", "}")
            parts = _parts(pattern[at + 1 : end]) if end > 0 else []
            if parts:
                return at, end, parts
        at += 1
    return None


def _parts(body: str) -> list[str]:
    parts = split_at(body, ",", "{", "}")
    if len(parts) > 1:
        return parts
    if found := re.fullmatch(r"(-?\d{1,6})\.\.(-?\d{1,6})(?:\.\.(-?\d{1,6}))?", body, re.ASCII):
        step = abs(int(found[3] or 1)) or 1
        padded = any(re.match(r"-?0\d", end) for end in found.group(1, 2))
        width = max(map(len, found.group(1, 2))) if padded else 0
        return [f"{number:0{width}d}" for number in _range(int(found[1]), int(found[2]), step)]
    if found := re.fullmatch(r"([A-Za-z])\.\.([A-Za-z])", body):
        return [chr(code) for code in _range(ord(found[1]), ord(found[2]), 1)]
    return []


def _range(first: int, last: int, step: int) -> range:
    numbers = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
    return numbers[:_LONGEST_RANGE]


def closing(text: str, start: int, opening: str, end: str) -> int:
    """Return where the bracket at ``start`` is closed, -1 if it is not; what follows a backslash is no bracket."""
    depth, at = 0, start
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == opening:
            depth += 1
        elif text[at] == end:
            depth -= 1
            if not depth:
                return at
        at += 1
    return -1


def split_at(text: str, separator: str, opening: str, end: str) -> list[str]:
    """Return the parts between separators that are in no brackets."""
    parts, depth, begin = [], 0, 0
    for at, character in enumerate(text):
        if at and text[at - 1] == "\\":
            continue
        depth += (character == opening) - (character == end)
        if character == separator and not depth:
            parts.append(text[begin:at])
            begin = at + 1
    return [*parts, text[begin:]]
