"""The syntax tree of an expression.

``start`` and ``end`` of a node are offsets into the source, as for slicing. Parentheses leave no node of
their own. The tree is never deeper than the parser's limit, so recursion over it is safe.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator
POWER: Final = {"||": 1, "&&": 2, "==": 3, "!=": 3, "<": 4, "<=": 4, ">": 4, ">=": 4}
"""How strongly each operator binds its operands."""


class Literal(NamedTuple):
    """A constant, or the name behind a dot (then a string)."""

    value: bool | int | float | str | None
    start: int
    end: int


class Context(NamedTuple):
    """A named value such as ``github``, spelled as in the source."""

    name: str
    start: int
    end: int


class Star(NamedTuple):
    """The ``*`` of an object filter; occurs as the key of an Access only."""

    start: int
    end: int


class Access(NamedTuple):
    """``target.key`` or ``target[key]``."""

    target: Node
    key: Node
    start: int
    end: int


class Call(NamedTuple):
    """A function with its arguments; the name is spelled as in the source."""

    name: str
    arguments: tuple[Node, ...]
    start: int
    end: int


class Not(NamedTuple):
    """``!operand``."""

    operand: Node
    start: int
    end: int


class Comparison(NamedTuple):
    """A chain of comparisons of one precedence, computed from the left: one operator fewer than operands."""

    operators: tuple[str, ...]
    operands: tuple[Node, ...]
    start: int
    end: int


class Logical(NamedTuple):
    """Operands joined by one operator, ``&&`` or ``||``; the value is that of the operand that decides."""

    operator: str
    operands: tuple[Node, ...]
    start: int
    end: int


Node: TypeAlias = Literal | Context | Access | Star | Call | Not | Comparison | Logical


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below ``node``, in the order of the source."""
    if isinstance(node, Access):
        return (node.target, node.key)
    if isinstance(node, Call):
        return node.arguments
    if isinstance(node, Not):
        return (node.operand,)
    if isinstance(node, (Comparison, Logical)):
        return node.operands
    return ()


def walk(node: Node) -> Iterator[Node]:
    """Yield ``node`` and all nodes below it, parents first, in the order of the source."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(reversed(children(current)))
