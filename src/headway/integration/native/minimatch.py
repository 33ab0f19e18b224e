r"""Patterns for single names as the package ``minimatch`` reads them: ``* ? [] \``, braces, ``+(a|b)``, ``!``.

What a pattern allows is followed position by position, all possibilities at a time, so that no pattern takes long.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.native.braces import closing, expand_braces, split_at
from headway.kernel.errors import LimitError

if TYPE_CHECKING:
    from collections.abc import Sequence

_MOST = 1000
_CLASSES = {
    "alnum": r"[^\W_]",
    "alpha": r"[^\W\d_]",
    "ascii": r"[\x00-\x7f]",
    "blank": r"[ \t]",
    "cntrl": r"[\x00-\x1f\x7f-\x9f]",
    "digit": r"\d",
    "graph": r"[^\s\x00-\x1f\x7f-\x9f]",
    "lower": "[a-zß-öø-ÿ]",
    "print": r"[^\x00-\x1f\x7f-\x9f]",
    "punct": r"[!-#%-*,-/:;?@\[-\]_{}]",
    "space": r"\s",
    "upper": "[A-ZÀ-ÖØ-Þ]",
    "word": r"\w",
    "xdigit": "[A-Fa-f0-9]",
}
_NOTHING = "(?!)"


class _One(NamedTuple):
    """One character: the expression of those that are allowed. ``plain`` when it is written out."""

    expression: str
    plain: bool = False


class _Star(NamedTuple):
    """Any number of any characters."""


class _Group(NamedTuple):
    """``+(a|b)`` and its like."""

    kind: str
    alternatives: tuple[tuple[_Node, ...], ...]


_Node = _One | _Star | _Group


def name_matches(pattern: str, name: str) -> bool:
    """Return whether a name without slashes matches; a leading dot has to be written out.

    Raises ``LimitError`` for braces that stand for more than 1,000 patterns.
    """
    if pattern.startswith("#"):
        return False
    bare = pattern.lstrip("!")
    wanted = (len(pattern) - len(bare)) % 2 == 0
    return any(len(name) in _Positions(name).after(nodes, {0}) for nodes in _alternatives(bare)) is wanted


@lru_cache(maxsize=64)
def _alternatives(pattern: str) -> list[tuple[_Node, ...]]:
    result: list[tuple[_Node, ...]] = []
    for text in expand_braces(pattern):
        result.append(_parse(text, extended=True))
        if len(result) > _MOST:
            raise LimitError(f"The pattern '{pattern}' stands for more than {_MOST} patterns")
    return result


def segment(pattern: str) -> re.Pattern[str]:
    """Return the expression of one part of a path, which has no braces and groups, and where dots are like others."""
    parts = [""]
    for node in _parse(pattern, extended=False):
        if isinstance(node, _Star):
            parts.append("")
        elif isinstance(node, _One):
            parts[-1] += node.expression
    if len(parts) == 1:
        return re.compile(parts[0], re.DOTALL)
    first, *middle, last = parts
    # The first place where the text between two stars fits is as good as any other: nothing is tried again.
    return re.compile(f"(?=.){first}{''.join(f'(?>.*?{part})' for part in middle)}.*{last}", re.DOTALL)


class _Positions:
    """Where one can be in a name after some of a pattern."""

    __slots__ = ("_name",)

    def __init__(self, name: str) -> None:
        self._name = name

    def after(self, nodes: Sequence[_Node], starts: set[int]) -> set[int]:
        """Return the positions after all of the nodes."""
        for number, node in enumerate(nodes):
            if not starts:
                break
            if isinstance(node, _One):
                starts = {at + 1 for at in starts if self._fits(node, at)}
            elif isinstance(node, _Star):
                starts = self._onwards(starts)
            elif node.kind == "!":
                starts = self._onwards({at for at in starts if not self._excluded(node, nodes[number + 1 :], at)})
            else:
                starts = self._after_group(node, starts)
        return starts

    def _fits(self, node: _One, at: int) -> bool:
        if at >= len(self._name) or (self._hides(at) and not node.plain):
            return False
        return re.fullmatch(node.expression, self._name[at], re.DOTALL) is not None

    def _hides(self, at: int) -> bool:
        return at == 0 and self._name.startswith(".")

    def _onwards(self, starts: set[int]) -> set[int]:
        first = min(starts, default=len(self._name) + 1)
        return starts if self._hides(first) else set(range(first, len(self._name) + 1))

    def _excluded(self, group: _Group, rest: Sequence[_Node], start: int) -> bool:
        """Return whether what must not be there is there, followed by the rest of the pattern."""
        return len(self._name) in self.after(rest, self._once(group, {start}))

    def _after_group(self, group: _Group, starts: set[int]) -> set[int]:
        once = self._once(group, starts)
        if group.kind in "*+":
            new = once
            while new := self._once(group, new) - once:
                once |= new
        return once | starts if group.kind in "*?" else once

    def _once(self, group: _Group, starts: set[int]) -> set[int]:
        return set().union(*(self.after(nodes, starts) for nodes in group.alternatives))


def _parse(pattern: str, *, extended: bool) -> tuple[_Node, ...]:
    nodes: list[_Node] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if extended and character in "?*+@!" and pattern[at + 1 : at + 2] == "(":
            end = closing(pattern, at + 1, "(", ")")
            if end > 0:
                parts = split_at(pattern[at + 2 : end], "|", "(", ")")
                nodes.append(_Group(character, tuple(_parse(part, extended=True) for part in parts)))
                at = end + 1
                continue
        if character == "[" and (found := _class(pattern, at)):
            nodes.append(found[0])
            at = found[1]
            continue
        if character == "\\" and at + 1 < len(pattern):
            at += 1
            nodes.append(_One(re.escape(pattern[at]), plain=True))
        elif character == "*":
            if nodes[-1:] != [_Star()]:
                nodes.append(_Star())
        else:
            nodes.append(_One(".") if character == "?" else _One(re.escape(character), plain=True))
        at += 1
    return tuple(nodes)


def _class(pattern: str, start: int) -> tuple[_One, int] | None:
    """Return a character class and where it ends, None when the bracket is text.

    A range whose end comes before its start allows nothing.
    """
    negated = pattern[start + 1 : start + 2] in ("!", "^")
    at = first = start + 1 + negated
    allowed: list[str] = []
    while at < len(pattern) and (pattern[at] != "]" or at == first):
        if (found := re.compile(r"\[:(\w+):\]").match(pattern, at)) and found[1] in _CLASSES:
            allowed.append(_CLASSES[found[1]])
            at = found.end()
            continue
        character, at = _character(pattern, at)
        if pattern[at : at + 1] == "-" and pattern[at + 1 : at + 2] not in ("", "]"):
            last, at = _character(pattern, at + 1)
            if character <= last:
                allowed.append(f"[{re.escape(character)}-{re.escape(last)}]")
        else:
            allowed.append(re.escape(character))
    if at >= len(pattern):
        return None
    choice = "|".join(allowed) or _NOTHING
    if negated and allowed:
        return _One(f"(?:(?!{choice}).)"), at + 1
    return _One(f"(?:{choice})", plain=len(choice.removeprefix("\\")) == 1), at + 1


def _character(pattern: str, at: int) -> tuple[str, int]:
    if pattern[at] == "\\" and at + 1 < len(pattern):
        at += 1
    return pattern[at], at + 1
