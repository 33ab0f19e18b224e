"""Finding files by patterns as ``@actions/glob`` does, which upload-artifact and cache use.

A pattern is a path with ``*``, ``?``, ``[…]`` and ``**``; ``!`` in front takes matches back; later patterns win.
"""

from __future__ import annotations

import os
import re
import stat
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.native.minimatch import segment
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_DIRECTORY, _FILE = 1, 2
_ALL = _DIRECTORY | _FILE
_GLOBSTAR = "**"
_A_FILE = (-1, -1)

_Part = str | re.Pattern[str]
_States = frozenset[int]


class Pattern(NamedTuple):
    """One pattern, absolute: what its parts match, and ``search_path``, the literal path before the first wildcard.

    ``implied`` marks the pattern for what is below a folder that another one names.
    """

    negated: bool
    parts: tuple[_Part, ...]
    search_path: str
    folders_only: bool
    implied: bool = False

    def start(self) -> _States:
        """Return the states before anything is matched."""
        return self._closure({0})

    def advance(self, states: _States, name: str) -> _States:
        """Return the states after one more name of a path; none when nothing below can match."""
        after: set[int] = set()
        for state in states:
            if state < len(self.parts):
                part = self.parts[state]
                if part == _GLOBSTAR:
                    after.add(state)
                elif (part == name) if isinstance(part, str) else part.fullmatch(name) is not None:
                    after.add(state + 1)
        return self._closure(after)

    def matched(self, states: _States, before: _States) -> bool:
        """Return whether a path matches whose last name led from ``before`` to ``states``."""
        if not self.implied or not self.parts or self.parts[-1] != _GLOBSTAR:
            return len(self.parts) in states
        return len(self.parts) - 1 in before and bool(states)

    def _closure(self, states: set[int]) -> _States:
        for state in sorted(states):
            while state < len(self.parts) and self.parts[state] == _GLOBSTAR:
                state += 1
                states.add(state)
        return frozenset(states)


class _Place(NamedTuple):
    """A path on the way: the states of all patterns there and one name before, and the folders that it is in."""

    path: str
    states: list[_States]
    before: list[_States]
    above: tuple[tuple[int, int], ...]


class Search:
    """Patterns, a line each, and what they find.

    ``folder`` is what relative patterns are relative to, ``home`` what ``~`` means. ``descendants``: whether a folder
    that matches stands for all that is in it. ``hidden``: whether names that begin with a dot are found.
    Raises ``HeadwayError`` for patterns with ``.`` or ``..`` in them.
    """

    __slots__ = ("_hidden", "_patterns", "search_paths")

    def __init__(self, text: str, folder: str, home: str, *, descendants: bool, hidden: bool) -> None:
        self._hidden = hidden
        given = [
            parse_pattern(line.strip(), folder, home)
            for line in text.split("\n")
            if line.strip() and not line.strip().startswith("#")
        ]
        self._patterns: list[Pattern] = []
        for pattern in given:
            self._patterns.append(pattern)
            if descendants and (pattern.folders_only or pattern.parts[-1:] != (_GLOBSTAR,)):
                below = (*pattern.parts, _GLOBSTAR)
                self._patterns.append(pattern._replace(parts=below, folders_only=False, implied=True))
        self.search_paths = _search_paths([pattern for pattern in given if not pattern.negated])

    def paths(self) -> Iterator[str]:
        """Yield the files and folders that match, absolute, in the order of their names; links are followed.

        Raises ``HeadwayError`` for what cannot be read.
        """
        pending = [self._start(path) for path in reversed(self.search_paths)]
        while pending:
            place = pending.pop()
            kind = self._kind(place)
            partial = any(
                states and not pattern.negated for pattern, states in zip(self._patterns, place.states, strict=True)
            )
            if not kind and not partial:
                continue
            identity = self._visible(place.path)
            if identity is None or identity in place.above:
                continue
            if identity == _A_FILE:
                if kind & _FILE:
                    yield place.path
                continue
            if kind & _DIRECTORY:
                yield place.path
            if kind & _DIRECTORY or partial:
                pending += [self._inside(place, name, identity) for name in _names(place.path)]

    def _start(self, path: str) -> _Place:
        place = _Place("/", [pattern.start() for pattern in self._patterns], [], ())
        for name in path.split("/"):
            if name:
                place = _Place(path, self._advance(place.states, name), place.states, ())
        return place._replace(path=path, before=place.before or place.states)

    def _inside(self, place: _Place, name: str, identity: tuple[int, int]) -> _Place:
        path = f"{place.path.rstrip('/')}/{name}"
        return _Place(path, self._advance(place.states, name), place.states, (*place.above, identity))

    def _advance(self, states: list[_States], name: str) -> list[_States]:
        return [pattern.advance(old, name) for pattern, old in zip(self._patterns, states, strict=True)]

    def _visible(self, path: str) -> tuple[int, int] | None:
        """Return what tells a folder from others, or that it is none; None for what is hidden or not there."""
        try:
            status = os.stat(path)
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise HeadwayError(f"'{path}' cannot be read: {error.strerror}") from error
        if not self._hidden and os.path.basename(path).startswith("."):
            return None
        return (status.st_dev, status.st_ino) if stat.S_ISDIR(status.st_mode) else _A_FILE

    def _kind(self, place: _Place) -> int:
        """Return as what the patterns select a path: as a folder, as a file, as both, or not at all."""
        result = 0
        for pattern, new, old in zip(self._patterns, place.states, place.before, strict=True):
            if pattern.matched(new, old):
                kind = _DIRECTORY if pattern.folders_only else _ALL
                result = result & ~kind if pattern.negated else result | kind
        return result


def parse_pattern(line: str, folder: str, home: str) -> Pattern:
    """Return one pattern. Raises ``HeadwayError`` when it has ``.`` or ``..`` in it."""
    text = line
    negated = False
    while text.startswith("!"):
        negated = not negated
        text = text[1:].strip()
    if not text:
        raise HeadwayError(f"Invalid pattern '{line}'. There is no path after the '!'.")
    text = re.sub("//+", "/", text)
    parts = text.rstrip("/").split("/")
    if ".." in parts or "." in parts[1:]:
        raise HeadwayError(f"Invalid pattern '{line}'. Relative pathing '.' and '..' is not allowed.")
    if parts[0] in (".", "~"):
        text = _escaped(folder if parts[0] == "." else home) + text[1:]
    elif not text.startswith("/"):
        text = f"{_escaped(folder)}/{text}"
    names = [part for part in text.split("/") if part]
    literals = [literal(name) for name in names]
    known = literals.index("") if "" in literals else len(literals)
    compiled = tuple(
        name if name == _GLOBSTAR else (plain or segment(name)) for name, plain in zip(names, literals, strict=True)
    )
    return Pattern(negated, compiled, "/" + "/".join(literals[:known]), text.endswith("/"))


def literal(part: str) -> str:
    """Return the name that a part of a pattern stands for, or an empty text when it has wildcards."""
    result, at = "", 0
    while at < len(part):
        character = part[at]
        if character == "\\" and at + 1 < len(part):
            at += 1
            result += part[at]
        elif character in "*?":
            return ""
        elif character == "[" and (end := part.find("]", at + 1)) > 0:
            inner = part[at + 1 : end].replace("\\", "", 1)
            if len(inner) != 1:
                return ""
            result += inner
            at = end
        else:
            result += character
        at += 1
    return result


def _escaped(path: str) -> str:
    return re.sub(r"([\\*?\[])", r"\\\1", path)


def _search_paths(patterns: Sequence[Pattern]) -> list[str]:
    """Return where to search, without what is below another of the paths."""
    candidates = dict.fromkeys(pattern.search_path for pattern in patterns)
    return [path for path in candidates if not any(_is_below(path, other) for other in candidates)]


def _is_below(path: str, other: str) -> bool:
    return path != other and path.startswith(other if other.endswith("/") else f"{other}/")


def _names(folder: str) -> list[str]:
    try:
        return sorted(os.listdir(folder), reverse=True)
    except OSError as error:
        raise HeadwayError(f"'{folder}' cannot be read: {error.strerror}") from error
