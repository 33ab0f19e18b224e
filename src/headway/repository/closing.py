"""Which issues a commit says it settles: "fixes #12", "closes #3, #4". Pure."""

from __future__ import annotations

import re

_KEYWORD = r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)"
_NUMBER = r"#([1-9]\d{0,8})\b"
_SENTENCE = re.compile(rf"{_KEYWORD}:?\s+{_NUMBER}((?:\s*(?:,|and|&)\s*{_NUMBER})*)", re.IGNORECASE)
_MORE = re.compile(_NUMBER)
_MOST_CHARACTERS = 20_000


def settled_issues(message: str) -> tuple[int, ...]:
    """Return the numbers of the issues, in the order in which they are named (GitHub's closing keywords)."""
    found: dict[int, None] = {}
    for match in _SENTENCE.finditer(message[:_MOST_CHARACTERS]):
        for number in (match.group(1), *_MORE.findall(match.group(2))):
            found[int(number)] = None
    return tuple(found)
