"""Lists in pages: each page says where the next one begins."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any, Generic, NamedTuple, TypeVar

from headway.kernel.errors import InputError, Problem

Item = TypeVar("Item")


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
        parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError):
        parts = None
    if isinstance(parts, list) and [type(part) for part in parts] == list(kinds):
        return tuple(parts)
    raise no_cursor()


def no_cursor() -> InputError:
    """Return the error for a text that is no cursor of ours."""
    return InputError([Problem("after", 0, 0, "this is not a cursor", "Take it from 'following' of the page before")])
