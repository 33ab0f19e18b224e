"""What a tree names, without evaluating it."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from .nodes import Access, Call, Context, Literal, Node, Star, children, walk
from .values import to_string

if TYPE_CHECKING:
    from collections.abc import Iterator

STATUS_FUNCTIONS: Final = frozenset(("success", "failure", "cancelled", "always"))
"""Names, in lower case, of the "Status check functions"."""


class Mark(Enum):
    """A part of a path that is no fixed name: all items, or a computed index."""

    STAR = "*"
    COMPUTED = "[…]"


class Name(NamedTuple):
    """One access to a context: its name in lower case, the path behind it as written, and where it stands."""

    context: str
    path: tuple[str | Mark, ...]
    start: int
    end: int


def status_functions_in(node: Node) -> bool:
    """Tell whether a status check function is called: GitHub then adds no ``success() &&`` to a condition."""
    return any(isinstance(part, Call) and part.name.lower() in STATUS_FUNCTIONS for part in walk(node))


def names_in(node: Node) -> Iterator[Name]:
    """Yield each access to a context, in the order of the source; those in an index come after it."""
    pending = [node]
    while pending:
        current = pending.pop()
        accesses: list[Access] = []
        while isinstance(current, Access):
            accesses.append(current)
            current = current.target
        accesses.reverse()
        if isinstance(current, Context):
            end = accesses[-1].end if accesses else current.end
            yield Name(current.name.lower(), tuple(_part(access.key) for access in accesses), current.start, end)
        pending.extend(access.key for access in reversed(accesses))
        pending.extend(reversed(children(current)))


def _part(key: Node) -> str | Mark:
    if isinstance(key, Literal):
        return to_string(key.value)
    return Mark.STAR if isinstance(key, Star) else Mark.COMPUTED
