"""From what somebody searches for to what a file must hold for it to be found. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

from headway.repository.reading.errors import SearchError

LENGTH_AT_MOST = 1000
_GRAM = 3
_GRAMS_AT_MOST = 24
# Escapes that stand for a kind of character or for a place, so that they only end a literal text.
_HARMLESS = "dDwWsSbBAzZGnrtfveRhHVK"
_CLASS = re.compile(r"\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]", re.DOTALL)
_COUNT = re.compile(r"\{\d*,?\d*\}")
_OPTIONAL = "*?{"
_ENDS = ".^$+)"


class Query(NamedTuple):
    """What is searched for.

    A file that matches holds all of ``needles``, in any case; ``grams`` are their parts of three characters.
    """

    text: str
    regex: bool
    case_sensitive: bool
    needles: tuple[str, ...]
    grams: tuple[str, ...]

    def may_match(self, text: str) -> bool:
        """Whether a text holds all needles; then it is worth a closer look."""
        if self.case_sensitive:
            return all(needle in text for needle in self.needles)
        folded = text.casefold()
        return all(needle.casefold() in folded for needle in self.needles)

    def match(self) -> str:
        """Return the query for the index of trigrams, empty if it cannot help."""
        return " AND ".join('"' + gram.replace('"', '""') + '"' for gram in self.grams)


def query(text: str, *, regex: bool = False, case_sensitive: bool = False) -> Query:
    """Return what is searched for. Raises ``SearchError`` for an empty text, and one that no line can hold."""
    if not text.strip():
        raise SearchError("there is nothing to search for; write some text")
    if len(text) > LENGTH_AT_MOST:
        raise SearchError(f"the text has {len(text)} characters, more than the {LENGTH_AT_MOST} that are searched for")
    if "\n" in text or "\0" in text:
        raise SearchError("a text of several lines cannot be searched for; search for one of its lines")
    needles = tuple(literals(text)) if regex else (text,)
    found = dict.fromkeys(gram for needle in needles for gram in grams(needle))
    return Query(text, regex, case_sensitive, needles, tuple(found)[:_GRAMS_AT_MOST])


def grams(text: str) -> list[str]:
    """Return the parts of three characters that a text has."""
    return [text[start : start + _GRAM] for start in range(len(text) - _GRAM + 1)]


def literals(pattern: str) -> list[str]:
    """Return texts that whatever matches a Perl-compatible regular expression holds, in this order, but for their case.

    It errs on the side of too few: groups are skipped, and what is not understood gives none.
    """
    found: list[str] = []
    run = ""
    position = 0
    while position < len(pattern):
        taken = _token(pattern, position)
        if taken is None:
            return []
        literal, length = taken
        following = pattern[position + length : position + length + 1]
        if literal and not (following and following in _OPTIONAL):
            run += literal
        if not literal or (following and following in "*?{+"):
            found.append(run)
            run = ""
        position += length
    return [part for part in (*found, run) if part]


def _token(pattern: str, position: int) -> tuple[str, int] | None:
    """The literal character at a position, empty for anything else, and the length; None if it is not understood."""
    character = pattern[position]
    match character:
        case "|":
            return None
        case "\\":
            return _escape(pattern[position + 1 : position + 2])
        case "[":
            held = _CLASS.match(pattern, position)
            return ("", len(held[0])) if held else None
        case "(":
            length = _group(pattern, position)
            return ("", length) if length else None
        case "{" | "*" | "?":
            count = _COUNT.match(pattern, position)
            return "", len(count[0]) if count else 1
    return ("", 1) if character in _ENDS else (character, 1)


def _escape(following: str) -> tuple[str, int] | None:
    if not following or following in _HARMLESS:
        return ("", 2) if following else None
    return None if following.isalnum() else (following, 2)


def _group(pattern: str, start: int) -> int:
    """The length of a group, 0 if it is not understood: it may change what follows it."""
    if pattern.startswith(("(?", "(*"), start) and not pattern.startswith(("(?:", "(?=", "(?<"), start):
        return 0
    depth = 0
    position = start
    while position < len(pattern):
        character = pattern[position]
        if character == "\\":
            if pattern[position + 1 : position + 2] == "Q":
                return 0
            position += 2
            continue
        if character == "[":
            held = _CLASS.match(pattern, position)
            if held is None:
                return 0
            position += len(held[0])
            continue
        depth += (character == "(") - (character == ")")
        position += 1
        if depth == 0:
            return position - start
    return 0
