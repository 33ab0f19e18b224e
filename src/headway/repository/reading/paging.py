"""Pages of long lists, and the cursors that lead from one to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from headway.kernel.errors import InputError
from headway.kernel.paging import cursor, cursor_parts
from headway.repository.reading.errors import CursorError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Page", "bounded", "cursor", "offset_page", "parts"]

Item = TypeVar("Item")
Part = str | int


class Page(NamedTuple, Generic[Item]):
    """A part of a list.

    ``following`` is the cursor of the next page, empty on the last one. ``complete`` is False when a deadline or a
    limit ended the search for items before its end, so that some may be missing from this page.
    """

    items: tuple[Item, ...]
    following: str = ""
    complete: bool = True


def parts(text: str, *kinds: type) -> tuple[Part, ...]:
    """Return the parts of a cursor. Raises ``CursorError`` if it does not hold exactly parts of these kinds."""
    try:
        return cursor_parts(text, *kinds)
    except InputError as error:
        raise CursorError(error.problems) from None


def bounded(limit: int, most: int) -> int:
    """Return how many items a page may hold: at least one, at most ``most``."""
    return max(1, min(limit, most))


def offset_page(items: Sequence[Item], text: str, limit: int) -> Page[Item]:
    """Return a page of a list that is there as a whole and does not change."""
    start = max(0, int(parts(text, int)[0])) if text else 0
    end = start + limit
    return Page(tuple(items[start:end]), cursor(end) if end < len(items) else "")
