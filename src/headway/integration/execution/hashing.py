"""``hashFiles`` ("Evaluate expressions in workflows and actions", *hashFiles*)."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FOLLOW_LINKS = "--follow-symbolic-links"
"""The only option that may stand before the patterns."""


def hash_files(workspace: str, patterns: Sequence[str]) -> str:
    """Return the SHA-256 over the SHA-256s of the files that match, or an empty text if none does.

    Patterns are relative to the workspace, and files outside of it do not count; the first text may be
    ``--follow-symbolic-links``. Raises ``HeadwayError`` for another option, a pattern with ``.`` or ``..``, and a file
    that cannot be read.
    """
    import hashlib  # 2 ms, which few runs need

    options = [text for text in patterns[:1] if text.startswith("--")]
    if options and options[0].lower() != FOLLOW_LINKS:
        raise HeadwayError(f"hashFiles has no option '{options[0]}', only '{FOLLOW_LINKS}'")
    total = hashlib.sha256()
    found = False
    for path in matching_files(workspace, patterns[len(options) :], follow_links=bool(options)):
        found = True
        try:
            with open(path, "rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
        except OSError as error:
            raise HeadwayError(f"hashFiles cannot read '{path}': {error.strerror}") from error
    return total.hexdigest() if found else ""


class _Rule(NamedTuple):
    """One pattern. ``start`` is the file or folder below which all is that it can match."""

    included: bool
    start: str
    expression: re.Pattern[str]


def matching_files(root: str, patterns: Sequence[str], *, follow_links: bool = False) -> list[str]:
    """Return the files below ``root`` that the patterns select, as GitHub's ``@actions/glob`` does, and in its order.

    The last pattern that matches decides. What is below an earlier pattern's
    folder comes first; within it, the entries of each folder are sorted by name. Raises ``HeadwayError``.
    """
    lines = [line.strip() for text in patterns for line in text.splitlines()]
    rules = [_rule(root.rstrip("/"), line) for line in lines if line and not line.startswith("#")]
    result: dict[str, None] = {}
    for start in _starts(root.rstrip("/"), [rule.start for rule in rules if rule.included]):
        for path in _files(start, follow_links):
            deciding = [rule.included for rule in rules if rule.expression.fullmatch(path)]
            if deciding and deciding[-1]:
                result[path] = None
    return list(result)


def _starts(root: str, wanted: list[str]) -> list[str]:
    """Return the places below the root that are to be searched, without those that are below another."""
    within = [root if f"{root}/".startswith(f"{start.rstrip('/')}/") else start for start in wanted]
    distinct = dict.fromkeys(start for start in within if f"{start}/".startswith(f"{root}/"))
    folders = tuple(f"{start}/" for start in distinct)
    return [start for start in distinct if not start.startswith(folders)]


def _rule(root: str, pattern: str) -> _Rule:
    included, text = True, pattern
    while text.startswith("!"):
        included, text = not included, text[1:].strip()
    base = root
    if text == "~" or text.startswith("~/"):
        base, text = os.path.expanduser("~").rstrip("/"), text[1:]
    elif text == root or text.startswith(f"{root}/"):
        text = text.removeprefix(root)
    elif text.startswith("/"):
        base = ""
    parts = [part for part in text.split("/") if part]
    parts = parts[1:] if parts[:1] == ["."] else parts
    if "." in parts or ".." in parts:
        raise HeadwayError(f"hashFiles cannot use the pattern '{pattern}': '.' and '..' are not allowed in it")
    segments = [_segment(part) for part in parts]
    body = "".join(
        "(?:/[^/]+)*" if part == "**" else f"/{text}" for part, (text, _) in zip(parts, segments, strict=True)
    )
    # A pattern that names a folder stands for all that is in it; with a slash at its end it stands for that alone.
    below = "/.*" if text.endswith("/") and parts[-1:] != ["**"] else "(?:/.*)?"
    names = [literal for _, literal in segments]
    start = "/".join([base, *names[: names.index("") if "" in names else None]])
    return _Rule(included, start or "/", re.compile(f"{re.escape(base)}{body}{below}", re.DOTALL))


def _segment(part: str) -> tuple[str, str]:
    """Return the expression for one name of a pattern, and the name itself if it can only be one."""
    pieces: list[str] = []
    literal: list[str] = []
    is_literal = True
    at = 0
    while at < len(part):
        character, end = part[at], at + 1
        if character in "*?":
            pieces.append("[^/]*" if character == "*" else "[^/]")
            is_literal = False
        elif character == "[" and (closed := part.find("]", at + 2)) > 0:
            inner, end = part[at + 1 : closed], closed + 1
            pieces.append(_set(inner))
            literal.append(inner)
            is_literal = is_literal and len(inner) == 1
        else:
            if character == "\\" and end < len(part):
                character, end = part[end], end + 1
            pieces.append(re.escape(character))
            literal.append(character)
        at = end
    return "".join(pieces), "".join(literal) if is_literal else ""


def _set(inner: str) -> str:
    """Return the expression for what is in brackets; a range that goes backwards holds nothing."""
    negated = len(inner) > 1 and inner[0] in "!^"
    body = inner[1:] if negated else inner
    items: list[str] = []
    while body:
        if len(body) > 2 and body[1] == "-":
            items += [f"{re.escape(body[0])}-{re.escape(body[2])}"] if body[0] <= body[2] else []
            body = body[3:]
        else:
            items.append(re.escape(body[0]))
            body = body[1:]
    if negated:
        return f"[^/{''.join(items)}]"
    return f"(?!/)[{''.join(items)}]" if items else "(?!)"


def _files(start: str, follow_links: bool) -> Iterator[str]:
    """Yield the files below ``start``, or itself; a folder that cannot be read has none."""
    if not follow_links and os.path.islink(start) and os.path.isdir(start):
        return
    waiting: list[tuple[str, tuple[str, ...]]] = [(start, ())]
    while waiting:
        path, around = waiting.pop()
        if not os.path.isdir(path):
            if os.path.isfile(path):
                yield path
            continue
        real = os.path.realpath(path) if follow_links else path
        if real not in around:
            waiting += [(inner, (*around, real)) for inner in reversed(_entries(path, follow_links))]


def _entries(folder: str, follow_links: bool) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.path for entry in entries if follow_links or not _links_to_folder(entry))
    except OSError:
        return []


def _links_to_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_symlink() and entry.is_dir()
