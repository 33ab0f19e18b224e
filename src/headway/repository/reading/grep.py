"""Looking for a text in some blobs by `git grep`, which can be ended: an expression may take for ever."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, NamedTuple

from headway.repository.reading import names, process, text
from headway.repository.reading.errors import CommandError, SearchError
from headway.repository.reading.objects import EMPTY_TREE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.repository.reading.opening import Repository
    from headway.repository.reading.queries import Query

WIDTH = 400
"""Characters of a line that are returned: those around the match, if the line is longer."""
_OUTPUT_LIMIT = 16 << 20
_MATCHES = 4
_BEFORE_MATCH = 100


class Line(NamedTuple):
    """A line of a file: ``match`` is the first match's place in ``text``, from 0, None for a line of the surroundings.

    Of a line that is longer than ``WIDTH`` the part from the character ``start`` on is given.
    """

    number: int
    text: str
    match: int | None
    start: int


class Found(NamedTuple):
    """What was found, by the name that was asked for. ``complete`` is False if the time was up, or it was too much."""

    lines: dict[str, tuple[Line, ...]]
    complete: bool


def grep(repository: Repository, query: Query, objects: Sequence[str], context: int, seconds: float) -> Found:
    """Return the lines of these blobs that match. Raises ``SearchError`` for a wrong expression."""
    if not objects:
        return Found({}, complete=True)
    kind = ("-P" if _perl(repository.path) else "-E") if query.regex else "-F"
    options = [kind, *(() if query.case_sensitive else ("-i",)), f"-C{max(0, min(context, 20))}"]
    arguments = ("grep", "-n", "-z", "--column", "-I", *options, "-e", query.text, *dict.fromkeys(objects))
    try:
        output = process.run(repository.path, *arguments, seconds=seconds, limit=_OUTPUT_LIMIT, accepted=(0, 1))
    except CommandError as error:
        if not query.regex:
            raise
        raise SearchError(f"the regular expression cannot be searched for: {_reason(str(error))}") from None
    data = output.data if output.complete else output.data.rpartition(b"\n")[0]
    return Found(parse(data), output.complete)


def parse(data: bytes) -> dict[str, tuple[Line, ...]]:
    """Return what `git grep -n -z --column` prints."""
    found: dict[str, list[Line]] = {}
    for line in data.split(b"\n"):
        parts = line.split(b"\0", 3)
        if len(parts) >= _MATCHES - 1 and parts[1].isdigit():
            match = int(parts[2]) - 1 if len(parts) == _MATCHES else None
            found.setdefault(names.decode(parts[0]), []).append(_line(int(parts[1]), parts[-1], match))
    return {name: tuple(lines) for name, lines in found.items()}


def _line(number: int, data: bytes, match: int | None) -> Line:
    encoding = text.encoding(data) or "utf-8"
    whole = text.decoded(data, encoding).removesuffix("\r")
    place = None if match is None else len(text.decoded(data[:match], encoding))
    start = 0 if len(whole) <= WIDTH or place is None else max(0, min(place - _BEFORE_MATCH, len(whole) - WIDTH))
    return Line(number, whole[start : start + WIDTH], None if place is None else place - start, start)


@functools.cache
def _perl(folder: str) -> bool:
    """Whether git knows Perl-compatible expressions, asked in any repository."""
    try:
        process.run(folder, "grep", "-P", "-e", "x", EMPTY_TREE, accepted=(0, 1))
    except CommandError:
        return False
    return True


def _reason(said: str) -> str:
    return said.partition("fatal: ")[2].partition("\n")[0] or said
