"""Filter patterns of branches, tags and paths ("Workflow syntax", *Filter pattern cheat sheet*)."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MAX_LENGTH = 1000
# Within brackets, a dash between letters or digits makes a range; everything else stands for itself.
_CLASS = re.compile(r"(?<=[A-Za-z0-9])-(?=[A-Za-z0-9])|(.)", re.DOTALL)


class PatternError(ValueError):
    """A pattern that no text can be compared with; the text says why."""


def matches(patterns: Sequence[str], text: str) -> bool:
    """Return whether the patterns select ``text``: the last one that matches decides, ``!`` turns it round."""
    selected = False
    for pattern in patterns:
        if pattern.startswith("!"):
            selected = selected and not compiled(pattern[1:]).fullmatch(text)
        else:
            selected = selected or bool(compiled(pattern).fullmatch(text))
    return selected


def any_path_selected(patterns: Sequence[str], paths: Iterable[str]) -> bool:
    """Return whether at least one changed path is selected (``paths``)."""
    return any(matches(patterns, path) for path in paths)


def all_paths_ignored(patterns: Sequence[str], paths: Iterable[str]) -> bool:
    """Return whether every changed path is ignored (``paths-ignore``); no path at all is not ignored."""
    changed = list(paths)
    return bool(changed) and all(matches(patterns, path) for path in changed)


@lru_cache(maxsize=1024)
def compiled(pattern: str) -> re.Pattern[str]:
    """Return the pattern as a regular expression over the whole text.

    Raises ``PatternError`` for what GitHub refuses: an open bracket, a quantifier with nothing before it, a bad range.
    """
    if not pattern:
        raise PatternError("a pattern must not be empty")
    if len(pattern) > _MAX_LENGTH:
        raise PatternError(f"a pattern may have {_MAX_LENGTH} characters, not more")
    try:
        return re.compile("".join(_pieces(pattern)), re.DOTALL)
    except re.error as error:
        raise PatternError(f"'{pattern}' is not a valid pattern: {error.msg}") from error


def _pieces(pattern: str) -> list[str]:
    pieces: list[str] = []
    at = 0
    while at < len(pattern):
        character = pattern[at]
        if pattern.startswith("**/", at) and (at == 0 or pattern[at - 1] == "/"):
            pieces.append("(?:.*/)?")
            at += 3
            continue
        if pattern.startswith("**", at):
            pieces.append(".*")
            at += 2
            continue
        if character == "[":
            end = pattern.find("]", at + 1)
            if end < 0:
                raise PatternError(f"'{pattern}' has an open '[' at character {at + 1}")
            pieces.append(f"[{_CLASS.sub(_escaped, pattern[at + 1 : end])}]")
            at = end + 1
            continue
        if character in "?+":
            if not pieces or pieces[-1] in ("?", "+"):
                raise PatternError(f"'{pattern}' has a '{character}' with nothing before it")
            pieces.append(character)
        elif character == "\\" and at + 1 < len(pattern):
            at += 1
            pieces.append(re.escape(pattern[at]))
        else:
            pieces.append("[^/]*" if character == "*" else re.escape(character))
        at += 1
    return pieces


def _escaped(found: re.Match[str]) -> str:
    return re.escape(found[1]) if found[1] is not None else found[0]
