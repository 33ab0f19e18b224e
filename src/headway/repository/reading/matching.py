"""Looking for a text or an expression in the texts of files with RE2, whose time is linear in their length. Pure.

Many texts are looked into at once, joined to one. No match reaches across the end of a line, so none belongs to two.
"""

from __future__ import annotations

import bisect
import itertools
import re
from typing import TYPE_CHECKING

import re2

from headway.repository.reading import excerpts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headway.repository.reading.excerpts import Line
    from headway.repository.reading.queries import Query

# What RE2 takes, but means of the text as a whole, or of bytes.
_OF_THE_WHOLE = re.compile(r"\\[AzC]|\(\?[a-zA-Z]*-[a-zA-Z]*m")


class Matcher:
    """Finds the lines that match a query."""

    __slots__ = ("_expression",)

    def __init__(self, expression: re2.Pattern) -> None:
        self._expression = expression

    def holding(self, texts: Sequence[bytes]) -> Iterator[int]:
        """Yield the places of the texts in which something matches, in their order, each as soon as it is found."""
        whole = b"\n".join(texts)
        starts = [0, *itertools.accumulate(len(text) + 1 for text in texts)]
        place = 0
        while place < len(whole) and (match := self._expression.search(whole, place)):
            which = bisect.bisect_right(starts, match.start()) - 1
            # After the end of its last line a text has none that could be empty and match.
            if match.start() < starts[which] + len(texts[which]):
                yield which
                place = starts[which + 1]
            else:
                place = match.start() + 1

    def lines(self, text: bytes, context: int) -> tuple[Line, ...]:
        """Return the lines of a text that match, with so many around each."""
        matches: dict[int, int] = {}
        place = number = 0
        while len(matches) < excerpts.MATCHES_AT_MOST and place < len(text):
            match = self._expression.search(text, place)
            if match is None or match.start() >= len(text):
                break
            number += text.count(b"\n", place, match.start())
            begins = text.rfind(b"\n", 0, match.start()) + 1
            matches[number] = match.start() - begins
            ends = text.find(b"\n", match.start())
            place, number = (ends + 1 if ends >= 0 else len(text)), number + 1
        return excerpts.around(text.removesuffix(b"\n").split(b"\n"), matches, context)


def matcher(query: Query) -> Matcher | None:
    """Return what finds a query, or None for an expression that is wrong, or more than RE2 knows."""
    if query.regex and _OF_THE_WHOLE.search(query.text):
        return None
    options = re2.Options()
    options.never_nl = options.never_capture = True
    options.log_errors = False
    options.case_sensitive = query.case_sensitive
    pattern = query.text if query.regex else re2.escape(query.text)
    # The module would keep the last 128 expressions, each with up to 8 MiB of what it has learnt while matching.
    re2.purge()
    try:
        return Matcher(re2.compile(f"(?m)(?:{pattern})".encode(), options))
    except re2.error:
        return None
