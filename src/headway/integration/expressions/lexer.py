"""Text to tokens, by "Evaluate expressions in workflows and actions"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .errors import ExpressionError, symbol_message
from .values import EXACT, WHITE_SPACE, parse_number

if TYPE_CHECKING:
    from typing import Final

MAX_LENGTH: Final = 21_000
"""Characters that an expression may have."""

END: Final = ""
"""The kind of the token behind the last one."""


class Token(NamedTuple):
    """``kind`` is "word", "number", "string", "constant", END, or the symbol itself."""

    kind: str
    text: str
    start: int
    value: bool | int | float | str | None = None

    @property
    def end(self) -> int:
        """The offset behind the token."""
        return self.start + len(self.text)


# Possessive groups would say more plainly that nothing is tried twice, but Python 3.11.2 matches them wrongly.

# What a word or number does not contain.
_STOP: Final = r"(\[)\],.!><=&|" + WHITE_SPACE

_TOKEN: Final = re.compile(
    r"[ \t\r\n]*+(?:"
    rf"(?P<word>[A-Za-z_][A-Za-z0-9_-]*+(?=[{_STOP}]|\Z))"
    r"|(?P<dot>\.)"
    r"|(?P<symbol>&&|\|\||[!=<>]=|[()\[\],!<>*])"
    r"|(?P<string>'[^']*(?:''[^']*)*'(?!'))"
    rf"|(?P<number>[-+0-9][^{_STOP}]*(?:\.[^{_STOP}]*)*)"
    r"|(?P<end>\Z)"
    rf"|(?P<unknown>'.*|.[^{_STOP}]*+))",
    re.DOTALL,
)
_FRACTION: Final = re.compile(rf"\.(?:[^{_STOP}]|\.)*")
_CONSTANTS: Final[dict[str, bool | float | None]] = {
    "true": True,
    "false": False,
    "null": None,
    "NaN": float("nan"),
    "Infinity": float("inf"),
}
_DEREFERENCED: Final = frozenset(("word", "]", ")", "*"))


def tokenize(source: str) -> list[Token]:
    """Return the tokens of ``source``, closed by one of kind END. Raises ExpressionError of kind lexing."""
    if len(source) > MAX_LENGTH:
        raise ExpressionError("lexing", f"Exceeded max expression length {MAX_LENGTH}")
    tokens: list[Token] = []
    kind = END
    offset = 0
    while found := _TOKEN.match(source, offset):
        group = found.lastgroup or END
        start, offset = found.span(group)
        text = found[group]
        if group == "end":
            break
        if group == "dot" and kind not in _DEREFERENCED:
            group, text = "number", _fraction(source, start)
            offset = start + len(text)
        tokens.append(_token(source, group, text, start, kind))
        kind = tokens[-1].kind
    tokens.append(Token(END, "", len(source)))
    return tokens


def _token(source: str, group: str, text: str, start: int, previous: str) -> Token:
    if group == "word":
        if text in _CONSTANTS and previous != ".":
            return Token("constant", text, start, _CONSTANTS[text])
        return Token("word", text, start)
    if group == "string":
        return Token("string", text, start, text[1:-1].replace("''", "'"))
    if group == "number":
        return Token("number", text, start, _number(source, text, start))
    if group == "unknown":
        raise _unexpected(source, text, start)
    return Token(text, text, start)


def _fraction(source: str, start: int) -> str:
    # A dot that follows no value begins a number such as .5
    found = _FRACTION.match(source, start)
    return found[0] if found else ""


def _number(source: str, text: str, start: int) -> int | float:
    number = parse_number(text)
    if number != number:
        raise _unexpected(source, text, start)
    return int(number) if number.is_integer() and 0 < abs(number) < EXACT else number


def _unexpected(source: str, text: str, start: int) -> ExpressionError:
    return ExpressionError("lexing", symbol_message("Unexpected symbol", text, start, source), start + 1)
