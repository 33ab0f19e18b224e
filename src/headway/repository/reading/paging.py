"""Pages of long lists, and the cursors that lead from one to the next."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from headway.repository.reading.errors import CursorError

if TYPE_CHECKING:
    from collections.abc import Sequence

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


def cursor(*parts: Part) -> str:
    """Return a cursor that holds these parts."""
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def parts(text: str, *kinds: type) -> tuple[Part, ...]:
    """Return the parts of a cursor. Raises ``CursorError`` if it does not hold exactly parts of these kinds."""
    try:
        held = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except ValueError:
        held = None
    if not isinstance(held, list) or [type(part) for part in held] != list(kinds):
        raise CursorError("the cursor is not one that this list gave out; start again from the first page")
    return tuple(held)


def bounded(limit: int, most: int) -> int:
    """Return how many items a page may hold: at least one, at most ``most``."""
    return max(1, min(limit, most))


def offset_page(items: Sequence[Item], text: str, limit: int) -> Page[Item]:
    """Return a page of a list that is there as a whole and does not change."""
    start = max(0, int(parts(text, int)[0])) if text else 0
    end = start + limit
    return Page(tuple(items[start:end]), cursor(end) if end < len(items) else "")
