"""Hunks of the files of a diff, for one page of files at a time, made from their blobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

import pygit2

from headway.repository.reading import paging, text
from headway.repository.reading.paging import Page

if TYPE_CHECKING:
    from headway.repository.reading.diffs import Diff, FileChange
    from headway.repository.reading.opening import Repository

FILES_AT_MOST = 100
LINES_AT_MOST = 20_000
BLOB_LIMIT = 512 << 10
"""Bytes of a file on either side beyond which no hunks are made: libgit2 holds Python's lock while it makes them."""
WIDTH = 5000
"""Characters of a line that are returned."""
_SUBMODULE = 0o160000

Hidden = Literal["", "binary", "image", "large", "submodule"]


class Line(NamedTuple):
    """A line of a hunk: ``+`` added, ``-`` removed, a space kept; its numbers on either side, None where it is not.

    ``ended`` is False for a last line without an end; ``cut`` is True if it was longer than ``WIDTH`` characters.
    """

    sign: str
    text: str
    old: int | None
    new: int | None
    ended: bool = True
    cut: bool = False


class Hunk(NamedTuple):
    """A part of a file that changed, with lines around it. ``heading`` is the function or section that it is in."""

    old_start: int
    old_count: int
    new_start: int
    new_count: int
    heading: str
    lines: tuple[Line, ...]


class Patch(NamedTuple):
    """The hunks of one file. ``hidden`` says why there are none; ``complete`` is False if lines were left out."""

    change: FileChange
    hunks: tuple[Hunk, ...]
    hidden: Hidden = ""
    complete: bool = True


def page(repository: Repository, diff: Diff, cursor: str = "", files: int = 25, lines: int = 5000) -> Page[Patch]:
    """Return the hunks of the next ``files`` files of a diff, fewer once there are ``lines`` lines.

    Raises ``CursorError``; ``ObjectMissingError`` if a blob is damaged.
    """
    start = max(0, int(paging.parts(cursor, int)[0])) if cursor else 0
    left = paging.bounded(lines, LINES_AT_MOST)
    made: list[Patch] = []
    for change in diff.files[start : start + paging.bounded(files, FILES_AT_MOST)]:
        if left <= 0:
            break
        patch = of_file(repository, change, lines=left)
        # A file that does not fit begins the next page, unless it is alone on this one.
        if made and not patch.complete and not patch.hidden:
            break
        made.append(patch)
        left -= sum(len(hunk.lines) for hunk in patch.hunks)
    end = start + len(made)
    return Page(tuple(made), paging.cursor(end) if end < len(diff.files) else "")


def of_file(repository: Repository, change: FileChange, context: int = 3, lines: int = LINES_AT_MOST) -> Patch:
    """Return the hunks of one file, up to ``lines`` lines. Raises ``ObjectMissingError`` if a blob is damaged."""
    if change.submodule:
        return Patch(change, _submodule(change), "submodule")
    sides = [(change.old_mode, change.old_oid), (change.mode, change.oid)]
    if change.binary:
        return Patch(change, (), "image" if change.image else "binary")
    if any(mode and repository.header(oid)[1] > BLOB_LIMIT for mode, oid in sides):
        return Patch(change, (), "large", complete=False)
    old, new = (repository.read(oid, "blob") if mode else b"" for mode, oid in sides)
    if b"\0" in old[:8000] or b"\0" in new[:8000]:
        return Patch(change, (), "image" if change.image else "binary")
    return _made(change, old, new, context, lines)


def _made(change: FileChange, old: bytes, new: bytes, context: int, lines: int) -> Patch:
    encoding = text.encoding(new or old)
    made = pygit2.Patch.create_from(old, new, context_lines=context)
    hunks: list[Hunk] = []
    left = lines
    for hunk in made.hunks:
        converted = _hunk(hunk, encoding, left)
        hunks.append(converted)
        left -= len(converted.lines)
        if left <= 0:
            break
    whole = len(hunks) == len(made.hunks) and left >= 0
    complete = whole and (left > 0 or not hunks or _all_lines(made.hunks[-1], hunks[-1]))
    return Patch(change, tuple(hunks), "", complete)


def _all_lines(made: pygit2.DiffHunk, converted: Hunk) -> bool:
    return made.old_lines + made.new_lines == sum(2 if line.sign == " " else 1 for line in converted.lines)


def _hunk(hunk: pygit2.DiffHunk, encoding: str, most: int) -> Hunk:
    lines: list[Line] = []
    for line in hunk.lines:
        if line.origin not in " +-":
            lines[-1] = lines[-1]._replace(ended=False)
            continue
        if len(lines) >= most:
            break
        whole = text.decoded(line.raw_content, encoding).removesuffix("\n").removesuffix("\r")
        lines.append(
            Line(
                line.origin,
                whole[:WIDTH],
                line.old_lineno if line.old_lineno > 0 else None,
                line.new_lineno if line.new_lineno > 0 else None,
                cut=len(whole) > WIDTH,
            )
        )
    heading = hunk.header.rpartition("@@")[2].strip()
    return Hunk(hunk.old_start, hunk.old_lines, hunk.new_start, hunk.new_lines, heading, tuple(lines))


def _submodule(change: FileChange) -> tuple[Hunk, ...]:
    removed = [Line("-", f"Subproject commit {change.old_oid}", 1, None)] if change.old_mode == _SUBMODULE else []
    added = [Line("+", f"Subproject commit {change.oid}", None, 1)] if change.mode == _SUBMODULE else []
    return (Hunk(len(removed), len(removed), len(added), len(added), "", (*removed, *added)),)
