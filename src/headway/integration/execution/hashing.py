"""``hashFiles`` ("Evaluate expressions in workflows and actions", *hashFiles*)."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SECONDS = 120


def hash_files(workspace: str, patterns: Sequence[str]) -> str:
    """Return the SHA-256 over the SHA-256s of the files that match, or an empty text if none does.

    Patterns are relative to the workspace; ``**`` crosses folders, ``!`` takes matches back, the order of the files is
    that of their paths. Raises ``HeadwayError`` for a file that cannot be read.
    """
    import hashlib  # 2 ms, which few runs need

    total = hashlib.sha256()
    found = False
    for path in matching_files(workspace, patterns):
        found = True
        try:
            with open(path, "rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise HeadwayError(f"hashFiles cannot read '{path}': {error.strerror}") from error
    return total.hexdigest() if found else ""


def matching_files(root: str, patterns: Sequence[str], *, follow_links: bool = False) -> list[str]:
    """Return the files below ``root`` that the patterns select, as GitHub's ``@actions/glob`` does, sorted by path."""
    rules = [_rule(root, pattern) for text in patterns for pattern in text.splitlines() if pattern.strip()]
    wanted = [rule for rule in rules if rule is not None]
    if not any(included for included, _, _ in wanted):
        return []
    starts = sorted({start for included, start, _ in wanted if included})
    result = []
    for path in _files(starts, follow_links):
        selected = False
        for included, _, expression in wanted:
            if expression.fullmatch(path):
                selected = included
        if selected:
            result.append(path)
    return sorted(set(result))


def _rule(root: str, pattern: str) -> tuple[bool, str, re.Pattern[str]] | None:
    text = pattern.strip()
    if not text or text.startswith("#"):
        return None
    included = not text.startswith("!")
    text = text.lstrip("!")
    if text.startswith("~"):
        text = os.path.expanduser(text)
    full = os.path.normpath(os.path.join(root, text))
    if text.endswith("/"):
        full += "/"
    start = full
    while any(character in start for character in "*?["):
        start = os.path.dirname(start)
    # A pattern that names a folder stands for all that is in it.
    body = _expression(full.rstrip("/"))
    return included, start or "/", re.compile(f"{body}(?:/.*)?", re.DOTALL)


def _expression(pattern: str) -> str:
    parts = []
    for part in pattern.split("/"):
        if part == "**":
            parts.append("(?:[^/]+/)*")
            continue
        parts.append(_segment(part) + "/")
    text = "".join(parts)
    return text[:-1] if text.endswith("/") else text.removesuffix("(?:[^/]+/)*") + ".*"


def _segment(part: str) -> str:
    pieces = []
    at = 0
    while at < len(part):
        character = part[at]
        if character == "[" and (end := part.find("]", at + 2)) > 0:
            inner = part[at + 1 : end].replace("\\", "\\\\")
            pieces.append(f"[{'^' + inner[1:] if inner[0] == '!' else inner}]")
            at = end
        elif character == "*":
            pieces.append("[^/]*")
        elif character == "?":
            pieces.append("[^/]")
        else:
            pieces.append(re.escape(character))
        at += 1
    return "".join(pieces)


def _files(starts: Sequence[str], follow_links: bool) -> Iterator[str]:
    for start in starts:
        if os.path.isfile(start):
            yield start
            continue
        for folder, _, names in os.walk(start, followlinks=follow_links):
            for name in names:
                path = os.path.join(folder, name)
                if os.path.isfile(path):
                    yield path
