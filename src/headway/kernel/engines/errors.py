"""What an engine may answer instead of what was asked of it.

EngineError                  the engine refused, in its own words
└── MissingEngineError       no engine answers
"""

from __future__ import annotations

from headway.kernel.errors import HeadwayError


class EngineError(HeadwayError):
    """The engine refused; the text says what was asked of it, and what it answered."""

    def __init__(self, message: str, *, missing: bool = False, transient: bool = False) -> None:
        super().__init__(message)
        self.missing = missing
        """What was asked for does not exist."""
        self.transient = transient
        """Asking again may help."""


class MissingEngineError(EngineError):
    """No engine answers."""
