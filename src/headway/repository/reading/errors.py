"""Errors of reading a repository.

HeadwayError
└── ReadingError                   a repository could not be read
    ├── RepositoryMissingError     there is no bare repository at a path
    ├── CursorError                a cursor is not one that was given out
    ├── CommandError               git itself said no
    ├── SearchError                what is searched for cannot be searched for
    ├── IndexBusyError             another process brings the index up to date, or maintains the repository
    └── NotFoundError              carries suggestions
        ├── RefMissingError        no branch, tag or commit has this name
        ├── RefAmbiguousError      several commits begin with these digits
        ├── PathMissingError       the commit has no such path, or it is of another kind
        └── ObjectMissingError     the repository has no such object, or it is damaged
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.kernel import errors
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Iterable


class ReadingError(HeadwayError):
    """A repository could not be read."""


class RepositoryMissingError(ReadingError):
    """There is no bare repository at a path."""


class CursorError(ReadingError, errors.InputError):
    """A cursor is not one that was given out."""


class CommandError(ReadingError):
    """Git itself said no. The text is what it said."""


class SearchError(ReadingError, errors.InputError):
    """What is searched for cannot be searched for."""

    def __init__(self, message: str) -> None:
        super().__init__([errors.Problem("text", 0, 0, message)])


class IndexBusyError(ReadingError):
    """Another process brings the index up to date, or maintains the repository."""


class NotFoundError(ReadingError, errors.NotFoundError):
    """What was asked for is not there. ``suggestions`` are what may have been meant, the likeliest first."""

    def __init__(self, message: str, suggestions: Iterable[str] = ()) -> None:
        self.suggestions = tuple(suggestions)
        hint = f". Did you mean {', '.join(map(repr, self.suggestions))}?" if self.suggestions else ""
        super().__init__(message + hint)


class RefMissingError(NotFoundError):
    """No branch, tag or commit has this name."""


class RefAmbiguousError(NotFoundError):
    """Several commits begin with these digits; ``suggestions`` are their full names."""


class PathMissingError(NotFoundError):
    """The commit has no such path, or it is of another kind."""


class ObjectMissingError(NotFoundError):
    """The repository has no such object, or it is damaged."""
