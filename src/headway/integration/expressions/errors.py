"""What an expression can be refused for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from typing import TypeAlias

    Kind: TypeAlias = Literal["lexing", "parsing", "evaluation"]


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


def symbol_message(fact: str, text: str, start: int, source: str) -> str:
    """Return ``fact`` about the symbol ``text`` at the offset ``start``, in GitHub's wording."""
    return f"{fact}: '{text}'. Located at position {start + 1} within expression: {source}"


def memory_error() -> ExpressionError:
    """Return the error for results that got too large."""
    return ExpressionError("evaluation", "The maximum allowed memory size was exceeded")
