r"""Regular expressions of problem matchers: read in JavaScript's grammar, written in Python's.

GitHub's runner evaluates them with .NET in its ECMAScript mode: classes such as ``\\d`` mean ASCII, and groups with
a name are numbered after those without one.

Python's engine cannot be interrupted while it backtracks, and it holds all other threads up. So an expression in
which a repetition repeats a repetition with nothing to tell them apart, such as ``(a+)+``, is refused: on a line
that nearly matches it would run for hours.
"""

from __future__ import annotations

import re
from typing import NamedTuple

Chars = frozenset[int]

_FEW = 3  # repetitions of a loop that are still tried in bearable time
_DEEPEST = 50
_OTHER = 128  # stands for everything beyond ASCII
_ALL: Chars = frozenset(range(_OTHER + 1))
_ANY: Chars = _ALL - {10}
_DIGITS: Chars = frozenset(range(48, 58))
_WORD: Chars = _DIGITS | frozenset(range(65, 91)) | frozenset(range(97, 123)) | {95}
_SPACE: Chars = frozenset((9, 10, 11, 12, 13, 32))
_CLASSES = {"d": _DIGITS, "w": _WORD, "s": _SPACE, "D": _ALL - _DIGITS, "W": _ALL - _WORD, "S": _ALL - _SPACE}
_CONTROLS = {"t": 9, "n": 10, "v": 11, "f": 12, "r": 13, "0": 0}
_QUANTIFIER = re.compile(r"(?:[*+?]|\{(\d+)(,?)(\d*)\})\??")
_GROUP = re.compile(r"\(\?(?::|=|!|<=|<!|<([A-Za-z_$][\w$]*)>)")
_HEX = re.compile(r"u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|c([A-Za-z])")


class UnsupportedRegexError(ValueError):
    """An expression that cannot be used; the text says why."""


class Translated(NamedTuple):
    """A compiled expression and, for every group number of GitHub's, the number that it has here."""

    regex: re.Pattern[str]
    groups: tuple[int, ...]


class _Node(NamedTuple):
    """A part of an expression.

    ``chars``: all that it can consume. ``needed``: for each character that it must consume, what that can be.
    ``loops``: for each unbounded repetition in it, what that can consume. ``single``: it is exactly one character.
    """

    text: str
    chars: Chars = frozenset()
    needed: tuple[Chars, ...] = ()
    loops: tuple[Chars, ...] = ()
    single: bool = False
    quantifiable: bool = True


def translate(pattern: str) -> Translated:
    """Compile an expression in JavaScript's grammar; raises `UnsupportedRegexError`."""
    reader = _Reader(pattern)
    node = reader.alternatives()
    if reader.at < len(pattern):
        raise UnsupportedRegexError(f"unmatched `)` at position {reader.at + 1}")
    try:
        regex = re.compile(node.text, re.ASCII)
    except (re.error, OverflowError) as error:
        raise UnsupportedRegexError(f"{error}") from error
    unnamed = [number for number, name in enumerate(reader.names, 1) if not name]
    named = [number for number, name in enumerate(reader.names, 1) if name]
    return Translated(regex, (0, *unnamed, *named))


class _Reader:
    """Reads an expression from left to right."""

    __slots__ = ("at", "depth", "names", "text")

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.depth = 0
        self.names: list[str] = []

    def alternatives(self) -> _Node:
        branches = [self._sequence()]
        while self._take("|"):
            branches.append(self._sequence())
        if len(branches) == 1:
            return branches[0]
        text = "|".join(branch.text for branch in branches)
        chars = frozenset[int]().union(*(branch.chars for branch in branches))
        loops = tuple(loop for branch in branches for loop in _unseparated(branch))
        return _Node(text, chars, (), loops + _ambiguous(branches))

    def _sequence(self) -> _Node:
        parts: list[_Node] = []
        while self.at < len(self.text) and self.text[self.at] not in "|)":
            parts.append(self._quantified(self._atom()))
        return _Node(
            "".join(part.text for part in parts),
            frozenset[int]().union(*(part.chars for part in parts)),
            tuple(needed for part in parts for needed in part.needed),
            tuple(loop for part in parts for loop in part.loops),
            single=len(parts) == 1 and parts[0].single,
        )

    def _quantified(self, atom: _Node) -> _Node:
        match = _QUANTIFIER.match(self.text, self.at)
        if match is None:
            return atom
        if not atom.quantifiable:
            raise self._error("nothing to repeat")
        self.at = match.end()
        least, most = _bounds(match)
        loops = atom.loops
        if (most is None or most > _FEW) and _unseparated(atom):
            raise self._error("a repetition within a repetition that could take exponential time")
        if most is None:
            loops += (atom.chars,)
        return _Node(atom.text + match.group(), atom.chars, atom.needed if least else (), loops, quantifiable=False)

    def _atom(self) -> _Node:
        char = self.text[self.at]
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        if char == "\\":
            return self._escape()
        if char in "*+?":
            raise self._error("nothing to repeat")
        self.at += 1
        if char in "^$":
            return _Node("^" if char == "^" else r"\Z", quantifiable=False)
        if char == ".":
            return _Node(".", _ANY, (_ANY,), single=True)
        return _literal(ord(char))

    def _group(self) -> _Node:
        match = _GROUP.match(self.text, self.at)
        if match is None and self.text.startswith("(?", self.at):
            raise self._error("this kind of group is not supported")
        opening = match.group() if match else "("
        name = match.group(1) if match else None
        if name or opening == "(":
            self.names.append(name or "")
        if name:
            opening = f"(?P<{name.replace('$', '_S_')}>"
        self.at += len(match.group()) if match else 1
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self._error("groups are nested too deeply")
        inner = self.alternatives()
        self.depth -= 1
        if not self._take(")"):
            raise self._error("a group is not closed")
        text = f"{opening}{inner.text})"
        return _Node(text) if opening[2:] in ("=", "!", "<=", "<!") else inner._replace(text=text)

    def _class(self) -> _Node:
        self.at += 1
        negated = self._take("^")
        items: list[str] = []
        chars: Chars = frozenset()
        while not self._take("]"):
            text, member = self._class_range()
            items.append(text)
            chars |= member
        chars = _ALL - chars if negated else chars
        if not items:  # JavaScript allows it: `[]` matches nothing, `[^]` anything
            return _Node(r"[\s\S]" if negated else "(?!)", chars, (chars,), single=True)
        return _Node(f"[{'^' * negated}{''.join(items)}]", chars, (chars,), single=True)

    def _class_range(self) -> tuple[str, Chars]:
        low_text, low = self._class_member()
        if not (self.text.startswith("-", self.at) and self.text[self.at + 1 : self.at + 2] not in ("]", "")):
            return low_text, _folded(low)
        self.at += 1
        high_text, high = self._class_member()
        if isinstance(low, frozenset) or isinstance(high, frozenset):
            return rf"{low_text}\-{high_text}", _folded(low) | _folded(high) | {45}
        if low > high:
            raise self._error("a range that goes backwards")
        members = frozenset(range(min(low, _OTHER), min(high, _OTHER) + 1))
        return f"{low_text}-{high_text}", members

    def _class_member(self) -> tuple[str, Chars | int]:
        if self.at >= len(self.text):
            raise self._error("a class is not closed")
        char = self.text[self.at]
        self.at += 1
        if char != "\\":
            return _escaped(ord(char)), ord(char)
        letter = self.text[self.at : self.at + 1]
        if letter in _CLASSES:
            self.at += 1
            return f"\\{letter}", _CLASSES[letter]
        if letter == "b":
            self.at += 1
            return r"\x08", 8
        code = self._escaped_char()
        return _escaped(code), code

    def _escape(self) -> _Node:
        self.at += 1
        letter = self.text[self.at : self.at + 1]
        if letter in _CLASSES and letter:
            self.at += 1
            return _Node(f"\\{letter}", _CLASSES[letter], (_CLASSES[letter],), single=True)
        if letter in ("b", "B"):
            self.at += 1
            return _Node(f"\\{letter}", quantifiable=False)
        if letter in "123456789" and letter:
            number = re.compile(r"\d+").match(self.text, self.at)
            self.at = number.end() if number else self.at
            return _Node(rf"(?:\{number.group() if number else ''})", _ALL)
        if match := re.compile(r"k<([\w$]+)>").match(self.text, self.at):
            self.at = match.end()
            return _Node(f"(?P={match.group(1).replace('$', '_S_')})", _ALL)
        return _literal(self._escaped_char())

    def _escaped_char(self) -> int:
        """Read what stands after a backslash and means one character."""
        if match := _HEX.match(self.text, self.at):
            self.at = match.end()
            long, short, control = match.groups()
            return ord(control) % 32 if control else int(long or short, 16)
        letter = self.text[self.at : self.at + 1]
        if not letter:
            raise self._error("a backslash at the end")
        if letter.isalnum() and letter not in _CONTROLS:
            raise self._error(f"`\\{letter}` is not supported")
        self.at += 1
        return _CONTROLS.get(letter, ord(letter))

    def _take(self, char: str) -> bool:
        if self.text[self.at : self.at + 1] != char:
            return False
        self.at += 1
        return True

    def _error(self, what: str) -> UnsupportedRegexError:
        return UnsupportedRegexError(f"{what} at position {self.at + 1}")


def _bounds(quantifier: re.Match[str]) -> tuple[int, int | None]:
    text = quantifier.group()
    if text[0] != "{":
        return int(text[0] == "+"), 1 if text[0] == "?" else None
    least, comma, most = quantifier.groups()
    return int(least), int(most) if most else (None if comma else int(least))


def _unseparated(node: _Node) -> tuple[Chars, ...]:
    """List the loops that could begin anew at once: nothing that the node must consume is foreign to them."""
    return tuple(loop for loop in node.loops if all(loop & needed for needed in node.needed))


def _ambiguous(branches: list[_Node]) -> tuple[Chars, ...]:
    """Treat single characters that two branches share like a loop: repeated, both ways would be tried."""
    seen: Chars = frozenset()
    shared: Chars = frozenset()
    for branch in branches:
        if branch.single:
            shared |= seen & branch.chars
            seen |= branch.chars
    return (shared,) if shared else ()


def _folded(member: Chars | int) -> Chars:
    return member if isinstance(member, frozenset) else frozenset((min(member, _OTHER),))


def _literal(code: int) -> _Node:
    chars = _folded(code)
    return _Node(_escaped(code), chars, (chars,), single=True)


def _escaped(code: int) -> str:
    char = chr(code)
    return char if char.isalnum() or char in "_ " or code > 127 else f"\\x{code:02x}"
