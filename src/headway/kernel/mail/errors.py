"""Errors of e-mail.

HeadwayError
└── MailError          a message could not be sent; says why, and whether trying again makes sense
"""

from __future__ import annotations

from headway.kernel.errors import HeadwayError


class MailError(HeadwayError):
    """A message could not be sent. ``final``: the server will never take it."""

    def __init__(self, text: str, *, final: bool = False) -> None:
        self.final = final
        super().__init__(text)
