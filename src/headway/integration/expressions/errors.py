"""What an expression can be refused for."""

from __future__ import annotations

from typing import Literal

from headway.kernel.errors import HeadwayError

Kind = Literal["lexing", "parsing", "evaluation"]


class ExpressionError(HeadwayError):
    """An expression that cannot be read (lexing, parsing) or computed (evaluation).

    ``message`` states the fact in GitHub's words. ``position`` is the character of the expression that it
    concerns, counted from 1.
    """

    def __init__(self, kind: Kind, message: str, position: int = 1) -> None:
        self.kind: Kind = kind
        self.message = message
        self.position = position
        super().__init__(message)
