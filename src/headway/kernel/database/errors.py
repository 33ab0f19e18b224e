"""Errors of the database.

HeadwayError
└── DatabaseError                 the database could not do what was asked
    ├── DatabaseUnavailableError  it cannot be reached, or its disk is full; nothing was changed
    └── DatabaseBusyError         it did not get to it in time; nothing was changed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.kernel.errors import HeadwayError, InputError, Problem

if TYPE_CHECKING:
    from sqlalchemy.exc import DBAPIError


class DatabaseError(HeadwayError):
    """The database could not do what was asked."""


class DatabaseUnavailableError(DatabaseError):
    """It cannot be reached, or its disk is full. Nothing was changed; the same may work in a moment."""


class DatabaseBusyError(DatabaseError):
    """It did not get to it in time. Nothing was changed; the same may work in a moment."""


_OUT_OF_RANGE = "22003"
_RETRIED = frozenset({"40001", "40P01"})  # serialization failure, deadlock
_BUSY = frozenset({"55P03", "57014", "53300"})  # lock not available, statement timeout, too many connections
_SQLITE_BUSY = ("database is locked", "database table is locked")
_SQLITE_GONE = ("unable to open", "disk is full", "disk I/O error", "readonly database", "file is not a database")


def sqlstate(error: DBAPIError) -> str:
    """Return PostgreSQL's code of an error, or an empty text."""
    return getattr(error.orig, "sqlstate", None) or ""


def is_worth_retrying(error: DBAPIError) -> bool:
    """Whether the same transaction may well succeed when it is run again: it lost against another one."""
    return sqlstate(error) in _RETRIED


def out_of_range() -> InputError:
    """Return the error for a number that no column can hold: an id that cannot be one."""
    return InputError([Problem("id", 0, 0, "this number is out of range", "An id is a whole number below 2^63")])


def translated(error: DBAPIError) -> HeadwayError | None:
    """Return what the error means for a user; ``None`` when it is one of ours (a broken constraint, bad SQL)."""
    if "no such savepoint" in str(error.orig):
        # A full disk made SQLite take back the whole transaction, and its savepoint with it.
        return DatabaseUnavailableError("the disk of the database is full; nothing was changed, and room helps at once")
    text = str(error.orig).strip().splitlines()[0] if str(error.orig).strip() else type(error.orig).__name__
    code = sqlstate(error)
    if code == _OUT_OF_RANGE:
        return out_of_range()
    if code in _BUSY or any(words in text for words in _SQLITE_BUSY):
        return DatabaseBusyError(f"the database is busy ({text}); try again in a moment")
    if error.connection_invalidated or code[:2] in ("08", "57", "53") or any(words in text for words in _SQLITE_GONE):
        return DatabaseUnavailableError(f"the database does not answer ({text}); Headway goes on as soon as it does")
    if not code and "OperationalError" in type(error).__name__ and "psycopg" in type(error.orig).__module__:
        return DatabaseUnavailableError(f"the database does not answer ({text}); Headway goes on as soon as it does")
    return None
