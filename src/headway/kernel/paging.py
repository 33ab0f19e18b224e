"""Lists in pages: each page says where the next one begins."""

from __future__ import annotations

import base64
import json
import re
from typing import Any, Generic, NamedTuple, TypeVar

from headway.kernel.errors import InputError, Problem

Item = TypeVar("Item")
_INTEGERS = 2**63
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


class Page(NamedTuple, Generic[Item]):
    """Some items of a list. ``following`` is the cursor of the next page; empty at the end."""

    items: tuple[Item, ...]
    following: str = ""


def cursor(*parts: Any) -> str:
    """Return a cursor, opaque to those who pass it on, that stands for these values."""
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def cursor_parts(text: str, *kinds: type) -> tuple[Any, ...]:
    """Return the values of a cursor. Raises ``InputError`` when it is none of ours."""
    try:
        parts = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (ValueError, RecursionError):
        parts = None
    if isinstance(parts, list) and [type(part) for part in parts] == list(kinds) and all(map(_storable, parts)):
        return tuple(parts)
    raise no_cursor()


def _storable(part: object) -> bool:
    """Whether a database takes it: a cursor that somebody made up may hold what no list of ours gave out."""
    if isinstance(part, int):
        return -_INTEGERS <= part < _INTEGERS
    return not isinstance(part, str) or not _UNSTORABLE.search(part)


def no_cursor() -> InputError:
    """Return the error for a text that is no cursor of ours."""
    return InputError([Problem("after", 0, 0, "this is not a cursor", "Take it from 'following' of the page before")])
