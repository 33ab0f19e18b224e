"""What somebody searches for. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.repository.reading import syntax, trigrams
from headway.repository.reading.errors import SearchError

if TYPE_CHECKING:
    from headway.repository.reading.trigrams import Condition

LENGTH_AT_MOST = 1000


class Query(NamedTuple):
    """What is searched for. A file that matches fulfils the condition."""

    text: str
    regex: bool
    case_sensitive: bool
    condition: Condition


def query(text: str, *, regex: bool = False, case_sensitive: bool = False) -> Query:
    """Return what is searched for. Raises ``SearchError`` for an empty text, and one that no line can hold."""
    if not text.strip():
        raise SearchError("there is nothing to search for; write some text")
    if len(text) > LENGTH_AT_MOST:
        raise SearchError(f"the text has {len(text)} characters, more than the {LENGTH_AT_MOST} that are searched for")
    if "\0" in text:
        raise SearchError("a text with a NUL cannot be searched for: files that hold one are binary")
    if "\n" in text:
        raise SearchError("a text of several lines cannot be searched for; search for one of its lines")
    node = (syntax.parse if regex else syntax.literal)(text, folds=not case_sensitive)
    return Query(text, regex, case_sensitive, trigrams.condition(node))
