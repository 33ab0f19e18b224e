"""Text to tokens, by the rules of "Evaluate expressions in workflows and actions"."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .errors import ExpressionError
from .values import parse_number

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


# What ends a word or number: the symbols, and what JavaScript calls white space.
_BOUNDARY: Final = r"(\[)\],.!><=&|\s\ufeff"

_TOKEN: Final = re.compile(
    r"[ \t\r\n]*+(?:"
    rf"(?P<word>[A-Za-z_][A-Za-z0-9_-]*+(?=[{_BOUNDARY}]|\Z))"
    r"|(?P<dot>\.)"
    r"|(?P<symbol>&&|\|\||[!=<>]=|[()\[\],!<>*])"
    r"|(?P<string>'[^']*+(?:''[^']*+)*+')"
    rf"|(?P<number>[-+0-9][^{_BOUNDARY}]*+(?:\.[^{_BOUNDARY}]*+)*+)"
    r"|(?P<end>\Z)"
    r")"
)
_FRACTION: Final = re.compile(rf"\.(?:[^{_BOUNDARY}]|\.)*+")
_UNKNOWN: Final = re.compile(rf"[ \t\r\n]*+(?P<text>'.*|.[^{_BOUNDARY}]*+)", re.DOTALL)

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
    match = _TOKEN.match
    while found := match(source, offset):
        group = found.lastgroup or END
        start, offset = found.span(group)
        text = found[group]
        if group == "end":
            tokens.append(Token(END, "", start))
            return tokens
        if group == "dot" and kind not in _DEREFERENCED:
            group, text = "number", _fraction(source, start)
            offset = start + len(text)
        token = _token(source, group, text, start, after_dot=kind == ".")
        kind = token.kind
        tokens.append(token)
    raise _unknown(source, offset)


def _token(source: str, group: str, text: str, start: int, after_dot: bool) -> Token:
    if group == "word":
        if text in _CONSTANTS and not after_dot:
            return Token("constant", text, start, _CONSTANTS[text])
        return Token("word", text, start)
    if group == "string":
        return Token("string", text, start, text[1:-1].replace("''", "'"))
    if group == "number":
        return Token("number", text, start, _number(source, text, start))
    return Token(text, text, start)


def _fraction(source: str, start: int) -> str:
    found = _FRACTION.match(source, start)
    return found[0] if found else ""


def _number(source: str, text: str, start: int) -> int | float:
    number = parse_number(text)
    if number != number:  # NaN
        raise _unexpected(source, text, start)
    return int(number) if number.is_integer() and 0 < abs(number) < 2**53 else number


def _unknown(source: str, offset: int) -> ExpressionError:
    found = _UNKNOWN.match(source, offset)
    if not found:
        raise AssertionError("the lexer stopped at the end")
    return _unexpected(source, found["text"], found.start("text"))


def _unexpected(source: str, text: str, start: int) -> ExpressionError:
    return ExpressionError("lexing", symbol_message("Unexpected symbol", text, start, source), start + 1)


def symbol_message(fact: str, text: str, start: int, source: str) -> str:
    """``fact`` about the symbol ``text`` at the offset ``start``, in GitHub's wording."""
    return f"{fact}: '{text}'. Located at position {start + 1} within expression: {source}"
