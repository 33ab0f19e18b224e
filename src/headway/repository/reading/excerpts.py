"""Lines of a file in which something was found, with those around them. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.repository.reading import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH = 400
"""Characters of a line that are returned: those around the match, if the line is longer."""
MATCHES_AT_MOST = 100
"""Lines of one file that match and are returned."""
CONTEXT_AT_MOST = 20
_BEFORE_MATCH = 100


class Line(NamedTuple):
    """A line of a file: ``match`` is the first match's place in ``text``, from 0, None for a line of the surroundings.

    Of a line that is longer than ``WIDTH`` the part from the character ``start`` on is given.
    """

    number: int
    text: str
    match: int | None
    start: int


def line(number: int, data: bytes, match: int | None) -> Line:
    """Return a line of which ``match`` is the place of the match, in bytes."""
    encoding = text.encoding(data) or "utf-8"
    whole = text.decoded(data, encoding).removesuffix("\r")
    place = None if match is None else len(text.decoded(data[:match], encoding))
    start = 0 if len(whole) <= WIDTH or place is None else max(0, min(place - _BEFORE_MATCH, len(whole) - WIDTH))
    return Line(number, whole[start : start + WIDTH], None if place is None else place - start, start)


def around(lines: Sequence[bytes], matches: Mapping[int, int], context: int) -> tuple[Line, ...]:
    """Return the lines that match, by their places in ``lines`` and the match's place in each, with those around."""
    wanted = {
        place: None
        for match in matches
        for place in range(max(0, match - context), min(len(lines), match + context + 1))
    }
    return tuple(line(place + 1, lines[place], matches.get(place)) for place in sorted(wanted))
