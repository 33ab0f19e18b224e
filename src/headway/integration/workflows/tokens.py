"""What a reader makes of nodes: the same tree, with expressions parsed where expressions may stand."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.yaml import Mapping as MappingNode
from headway.kernel.yaml import Scalar
from headway.kernel.yaml import Sequence as SequenceNode

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.integration.expressions import Node as ExpressionNode
    from headway.integration.expressions import Value


class Expression(NamedTuple):
    """A ``${{ }}`` value, or several of them in one text as GitHub's ``format(…)``.

    ``source`` is the expression as GitHub would show it, ``text`` what was written.
    """

    source: str
    node: ExpressionNode
    text: str
    line: int
    column: int


class Insert(NamedTuple):
    """The directive ``${{ insert }}`` as a key: the pairs of its value are put in its place."""

    line: int
    column: int


class Sequence(NamedTuple):
    """A list of tokens."""

    items: tuple[Token, ...]
    line: int
    column: int


class Mapping(NamedTuple):
    """Pairs of tokens in the order of the text, each key once."""

    pairs: tuple[tuple[Scalar | Expression | Insert, Token], ...]
    line: int
    column: int

    def get(self, key: str) -> Token | None:
        """Return the value of this key (known keys are case-sensitive), or None."""
        return next((value for name, value in self.pairs if isinstance(name, Scalar) and name.text == key), None)


Token = Scalar | Expression | Insert | Sequence | Mapping


def text_of(token: Token | None, default: str = "") -> str:
    """Return a literal as text, ``default`` for anything that is none."""
    return token.text if isinstance(token, Scalar) else default


def literal_value(token: Token) -> Value:
    """Return a token without expressions as plain data."""
    if isinstance(token, Scalar):
        return token.value
    if isinstance(token, Sequence):
        return [literal_value(item) for item in token.items]
    if isinstance(token, Mapping):
        return {text_of(key): literal_value(value) for key, value in token.pairs if isinstance(key, Scalar)}
    raise ValueError(f"a literal was expected, not the expression at line {token.line}")


def has_expressions(token: Token) -> bool:
    """Return whether anything in the tree has to be evaluated."""
    if isinstance(token, Sequence):
        return any(has_expressions(item) for item in token.items)
    if isinstance(token, Mapping):
        return any(has_expressions(key) or has_expressions(value) for key, value in token.pairs)
    return not isinstance(token, Scalar)


def expressions_in(token: Token | None) -> Iterator[Expression]:
    """Yield every expression of a tree, in the order of the text."""
    if isinstance(token, Expression):
        yield token
    elif isinstance(token, Sequence):
        for item in token.items:
            yield from expressions_in(item)
    elif isinstance(token, Mapping):
        for key, value in token.pairs:
            yield from expressions_in(key)
            yield from expressions_in(value)


__all__ = [
    "Expression",
    "Insert",
    "Mapping",
    "MappingNode",
    "Scalar",
    "Sequence",
    "SequenceNode",
    "Token",
    "expressions_in",
    "has_expressions",
    "literal_value",
    "text_of",
]
