"""What a regular expression is made of, as far as it says which characters a text must hold. Pure.

It reads what RE2 and PCRE have in common, and of the rest enough to find where it ends. Where it is not sure, the
expression may match anything, and every text is looked into.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_DEPTH_AT_MOST = 50
_FEW = 16
_POSIX = re.compile(r"\[:\^?\w+:\]")
_COUNT = re.compile(r"\{(\d{1,5})(,(\d{0,5}))?\}")
# Braces that one engine takes for a count and another for themselves.
_DOUBTFUL_COUNT = re.compile(r"\{[\d\s,]*\}")
_HEX = re.compile(r"\\x(?:([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\})")
_PROPERTY = re.compile(r"\\[pP](?:\{[^}]*\}|\w)")
_NAMED = re.compile(r"\(\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')")
_FLAGS = re.compile(r"\(\?([imsU]*)(?:-[imsU]+)?([:)])")
_LOOK = re.compile(r"\(\?(?:<?[=!])")
_LAST_KNOWN = "\u052f"
# Characters up to the last known one that SQLite's index of trigrams folds otherwise than an engine that ignores case.
_FOLDED_OTHERWISE = frozenset("ɜɡɪɬʂʇʝʞͿΐΰϳВДОСТЪвдостъѢѣԨԩԪԫԬԭԮԯ")


class Characters(NamedTuple):
    """One character of these, in any case."""

    options: frozenset[str]


class Anything(NamedTuple):
    """Some text, of which nothing is known."""


class Sequence(NamedTuple):
    """One part after another; without any, nothing."""

    parts: tuple[Node, ...]


class Choice(NamedTuple):
    """One of several."""

    options: tuple[Node, ...]


class Repeated(NamedTuple):
    """A part ``least`` to ``most`` times; ``most`` is None where it has no limit."""

    part: Node
    least: int
    most: int | None


Node = Characters | Anything | Sequence | Choice | Repeated
NOTHING = Sequence(())
ANYTHING = Anything()


def literal(text: str, *, folds: bool) -> Node:
    """Return what a text says that is searched for as it is; ``folds`` if case does not matter."""
    return Sequence(tuple(_character(one, folds) for one in text))


def parse(pattern: str, *, folds: bool) -> Node:
    """Return what an expression is made of; anything if it is wrong or not understood. Never raises."""
    try:
        return _Parser(pattern, folds).whole()
    except _NotUnderstoodError:
        return ANYTHING


class _NotUnderstoodError(Exception):
    pass


def _character(one: str, folds: bool) -> Node:
    if one > _LAST_KNOWN or one in _FOLDED_OTHERWISE or len(one.lower()) > 1:
        cased = one != one.lower() or one != one.upper() or one != one.casefold()
        return ANYTHING if folds and cased else Characters(frozenset((one,)))
    return Characters(frozenset((one.lower(),)))


class _Parser:
    __slots__ = ("_depth", "_folds", "_pattern", "_place")

    def __init__(self, pattern: str, folds: bool) -> None:
        self._pattern, self._folds = pattern, folds
        self._place = self._depth = 0

    def whole(self) -> Node:
        found = self._choice()
        if self._place < len(self._pattern):
            raise _NotUnderstoodError
        return found

    def _at(self, *texts: str) -> bool:
        return self._pattern.startswith(texts, self._place)

    def _taken(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self._pattern, self._place)
        if found:
            self._place = found.end()
        return found

    def _choice(self) -> Node:
        options = [self._sequence()]
        while self._at("|"):
            self._place += 1
            options.append(self._sequence())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Node:
        parts: list[Node] = []
        while self._place < len(self._pattern) and not self._at("|", ")"):
            part = self._atom()
            while (times := self._times()) is not None:
                part = Repeated(part, *times)
            parts.append(part)
        return parts[0] if len(parts) == 1 else Sequence(tuple(parts))

    def _times(self) -> tuple[int, int | None] | None:
        """How often what was read may come, or None if nothing is said of that."""
        times: tuple[int, int | None]
        if self._at("*", "+", "?"):
            sign = self._pattern[self._place]
            self._place += 1
            times = (1 if sign == "+" else 0), (1 if sign == "?" else None)
        elif count := self._taken(_COUNT):
            least = int(count[1])
            times = least, (least if count[2] is None else int(count[3]) if count[3] else None)
        elif _DOUBTFUL_COUNT.match(self._pattern, self._place):
            raise _NotUnderstoodError
        else:
            return None
        if self._at("?", "+"):
            self._place += 1
        return times

    def _atom(self) -> Node:
        one = self._pattern[self._place]
        if one == "(":
            return self._group()
        if one == "[":
            return self._class()
        if one == "\\":
            return self._escape()
        if one in "*+?" or _DOUBTFUL_COUNT.match(self._pattern, self._place):
            raise _NotUnderstoodError
        self._place += 1
        if one in "^$":
            return NOTHING
        return ANYTHING if one == "." else _character(one, self._folds)

    def _group(self) -> Node:
        look = self._taken(_LOOK)
        if look is None and (flags := self._taken(_FLAGS)):
            # It may hold for a part only; to take it for all of the rest is on the safe side.
            self._folds = self._folds or "i" in flags[1]
            if flags[2] == ")":
                return NOTHING
        elif look is None and not self._taken(_NAMED):
            if self._at("(?", "(*") and not self._at("(?>"):
                raise _NotUnderstoodError
            self._place += 3 if self._at("(?>") else 1
        self._depth += 1
        if self._depth > _DEPTH_AT_MOST:
            raise _NotUnderstoodError
        inner = self._choice()
        self._depth -= 1
        if not self._at(")"):
            raise _NotUnderstoodError
        self._place += 1
        return NOTHING if look else inner

    def _escape(self) -> Node:
        if code := self._taken(_HEX):
            return self._coded(code)
        if self._taken(_PROPERTY):
            return ANYTHING
        one = self._pattern[self._place + 1 : self._place + 2]
        self._place += 2
        if one and one in "bBAzZGK":
            return NOTHING
        if one == "t":
            return _character("\t", self._folds)
        following = self._pattern[self._place : self._place + 1]
        if (one and one in "dDwWsSnrfaevhHVRX") or (one.isdigit() and not following.isdigit()):
            return ANYTHING
        return _character(self._itself(one), self._folds)

    def _coded(self, code: re.Match[str]) -> Node:
        number = int(code[1] or code[2], 16)
        return _character(chr(number), self._folds) if 0 < number < 0x80 else ANYTHING

    @staticmethod
    def _itself(one: str) -> str:
        if not one or one.isalnum() or not one.isascii():
            raise _NotUnderstoodError
        return one

    def _class(self) -> Node:
        self._place += 1
        negated = self._at("^")
        self._place += negated
        held: set[str] = set()
        known = not negated
        first = True
        while first or not self._at("]"):
            first = False
            low = self._member()
            high = low
            if self._at("-") and not self._at("-]"):
                self._place += 1
                high = self._member()
                if low is None or high is None:
                    raise _NotUnderstoodError
            if low is None or high is None or ord(high) - ord(low) >= _FEW:
                known = False
            else:
                held.update(map(chr, range(ord(low), ord(high) + 1)))
        self._place += 1
        nodes = [_character(one, self._folds) for one in held]
        characters = [node.options for node in nodes if isinstance(node, Characters)]
        some = frozenset[str]().union(*characters)
        return Characters(some) if known and len(characters) == len(nodes) and 0 < len(some) <= _FEW else ANYTHING

    def _member(self) -> str | None:
        """A character of a class, or None for something that stands for several."""
        if self._taken(_POSIX) or self._taken(_PROPERTY):
            return None
        if code := self._taken(_HEX):
            node = self._coded(code)
            return next(iter(node.options)) if isinstance(node, Characters) else None
        one = self._pattern[self._place : self._place + 1]
        self._place += 1
        if one == "[" and self._at(":", ".", "="):
            raise _NotUnderstoodError
        if one == "\\":
            one = self._pattern[self._place : self._place + 1]
            self._place += 1
            if one and one in "dDwWsSnrtfaevhHV":
                return None
            return self._itself(one)
        if not one:
            raise _NotUnderstoodError
        return one
