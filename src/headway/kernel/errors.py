"""Errors and problems.

HeadwayError                 a command cannot go on; its text is what the user reads
├── InputError               what the user wrote is wrong; carries every Problem found
├── LimitError               a stated limit was exceeded
├── MissingProgramError      a program that is needed is not on this machine
├── UnsafePathError          a name would lead out of the folder that it belongs to
├── DeadlineError            something took longer than it was allowed to
├── NoRoomError              a disk of the server is full
├── NotFoundError            there is none, or it is not for this person to know: both are told alike
│   └── MovedError           it has another address now
└── UnauthenticatedError     one has to say who one is first
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

Severity = Literal["error", "warning", "notice"]


class Problem(NamedTuple):
    """One finding in something that a user wrote.

    ``line`` and ``column`` count from 1; 0 means that the finding concerns the file as a whole.
    ``rule`` is the stable name by which a finding can be looked up in the docs.
    """

    path: str
    line: int
    column: int
    message: str
    hint: str = ""
    severity: Severity = "error"
    rule: str = "syntax"

    def __str__(self) -> str:
        where = f"{self.path}:{self.line}:{self.column}" if self.line else self.path
        text = f"{where}: {self.severity}: {self.message}"
        return f"{text}\n    {self.hint}" if self.hint else text


class HeadwayError(Exception):
    """A command cannot go on. The text is complete: what was seen, what was expected, what to do."""

    exit_code = 1


class InputError(HeadwayError):
    """What the user wrote is wrong. ``problems`` holds all findings, in the order of the text."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class LimitError(HeadwayError):
    """A stated limit was exceeded."""


class MissingProgramError(HeadwayError):
    """A program that is needed is not on this machine."""


def brief(text: str, limit: int = 100) -> str:
    """Return a user's text for use within a message: on one line, at most ``limit`` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


def explained(error: OSError) -> str:
    """Return an error of the operating system in one line: what, which file, and what to do if the disk is full."""
    import errno

    text = f"{error.strerror or error}: '{error.filename}'" if error.filename else str(error.strerror or error)
    if error.errno == errno.ENOSPC:
        text += ". Free some space, or set HEADWAY_CACHE_HOME to a folder on a larger disk"
    return text


class UnsafePathError(HeadwayError):
    """A name would lead out of the folder that it belongs to."""


class DeadlineError(HeadwayError):
    """Something took longer than it was allowed to."""


class NoRoomError(HeadwayError):
    """A disk of the server is full. Nothing was changed; room on it helps at once."""


class NotFoundError(HeadwayError):
    """There is none, or it is not for this person to know: both are told alike."""


class MovedError(NotFoundError):
    """It has another address now: ``name``."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"this is called '{name}' now")


class UnauthenticatedError(HeadwayError):
    """One has to say who one is first."""
