"""Errors of the central repository. Those of reading a repository are in ``reading/errors.py``.

HeadwayError
├── TransportError        a clone or push cannot be served; what Git shows to its user
├── RejectedPushError     a rule refused a push; each reason is one line that Git shows
└── ImportFailedError     a repository could not be fetched from where it is
"""

from __future__ import annotations

from headway.kernel.errors import HeadwayError


class TransportError(HeadwayError):
    """A clone or push cannot be served."""


class RejectedPushError(HeadwayError):
    """A rule refused a push. ``reasons`` are lines for the one who pushed."""

    def __init__(self, reasons: tuple[str, ...]) -> None:
        self.reasons = reasons
        super().__init__("; ".join(reasons))


class ImportFailedError(HeadwayError):
    """A repository could not be fetched from where it is."""
