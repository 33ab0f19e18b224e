"""Tokens to a syntax tree.

Implements the grammar of "Evaluate expressions in workflows and actions", with GitHub's limits on length and
depth.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

from .errors import ExpressionError, symbol_message
from .functions import ARGUMENTS
from .lexer import END, Token, tokenize
from .nodes import POWER, Access, Call, Comparison, Context, Literal, Logical, Node, Not, Star

MAX_DEPTH: Final = 50
"""Levels that an expression may be nested: calls, parentheses, indexes, dots, and ``!``, ``&&``, ``||``."""


class Allowed(NamedTuple):
    """What an expression may name at its place in a workflow; see "Contexts reference: Context availability".

    ``contexts`` are names in lower case; ``functions`` are those beyond the built-in ones, as
    (name in lower case, fewest arguments, most arguments).
    """

    contexts: frozenset[str]
    functions: tuple[tuple[str, int, int], ...] = ()


@lru_cache(maxsize=4096)
def parse(source: str, allowed: Allowed | None = None) -> Node:
    """Return the tree of ``source``. Raises ExpressionError of kind lexing or parsing.

    ``allowed`` is what the expression may name; None allows all contexts and functions. Equal calls share a tree.
    """
    return _Parser(source, allowed).parse()


class _Parser:
    __slots__ = ("allowed", "depth", "index", "kind", "source", "tokens")

    def __init__(self, source: str, allowed: Allowed | None) -> None:
        self.source = source
        self.allowed = allowed
        self.tokens = tokenize(source)
        self.index = 0
        self.kind = self.tokens[0].kind
        self.depth = 0

    def parse(self) -> Node:
        if self.kind == END:
            raise ExpressionError("parsing", "An expression was expected")
        node = self._expression()
        if self.kind != END:
            raise self._unexpected()
        return node

    def _expression(self) -> Node:
        self._enter()
        node = self._operators(1)
        self.depth -= 1
        return node

    def _operators(self, least: int) -> Node:
        """Read an operand and what binds to it at least as strongly as ``least``."""
        start = self.tokens[self.index].start
        node = self._unary()
        while (power := POWER.get(self.kind, 0)) >= least:
            node = self._logical(node, power, start) if power <= 2 else self._comparison(node, power, start)
        return node

    def _logical(self, first: Node, power: int, start: int) -> Node:
        self._enter()
        operator = self.kind
        operands = [first]
        while self.kind == operator:
            self._next()
            operands.append(self._operators(power + 1))
        self.depth -= 1
        return Logical(operator, tuple(operands), start, self._end())

    def _comparison(self, first: Node, power: int, start: int) -> Node:
        operators = []
        operands = [first]
        while POWER.get(self.kind) == power:
            operators.append(self._next().kind)
            operands.append(self._operators(power + 1))
        return Comparison(tuple(operators), tuple(operands), start, self._end())

    def _unary(self) -> Node:
        if self.kind != "!":
            return self._operand()
        token = self._next()
        self._enter()
        operand = self._unary()
        self.depth -= 1
        return Not(operand, token.start, self._end())

    def _operand(self) -> Node:
        token = self._next()
        if token.kind == "word":
            node = self._call(token) if self.kind == "(" else self._context(token)
        elif token.kind == "(":
            node = self._expression()
            self._expect(")")
        elif token.kind in ("string", "number", "constant"):
            return Literal(token.value, token.start, token.end)
        else:
            raise self._unexpected_at(self.index - 1)
        return self._accesses(node, token.start) if self.kind in (".", "[") else node

    def _accesses(self, node: Node, start: int) -> Node:
        entered = self.depth
        while self.kind in (".", "["):
            key = self._property() if self._next().kind == "." else self._index()
            self._enter()
            node = Access(node, key, start, self._end())
        self.depth = entered
        return node

    def _property(self) -> Node:
        if self.kind not in ("word", "*"):
            raise self._unexpected()
        token = self._next()
        return Star(token.start, token.end) if token.kind == "*" else Literal(token.text, token.start, token.end)

    def _index(self) -> Node:
        if self.kind == "*":
            token = self._next()
            key: Node = Star(token.start, token.end)
        else:
            key = self._expression()
        self._expect("]")
        return key

    def _context(self, token: Token) -> Node:
        if self.allowed is not None and token.text.lower() not in self.allowed.contexts:
            raise self._refused("Unrecognized named-value", token)
        return Context(token.text, token.start, token.end)

    def _call(self, name: Token) -> Node:
        self._next()
        arguments: list[Node] = []
        if self.kind != ")":
            arguments.append(self._expression())
            while self.kind == ",":
                self._next()
                arguments.append(self._expression())
        self._expect(")")
        self._check_arguments(name, len(arguments))
        return Call(name.text, tuple(arguments), name.start, self._end())

    def _check_arguments(self, name: Token, count: int) -> None:
        function = name.text.lower()
        bounds = ARGUMENTS.get(function) or self._special(function)
        if bounds is None:
            if self.allowed is not None:
                raise self._refused("Unrecognized function", name)
            return
        if count < bounds[0]:
            raise self._refused("Too few parameters supplied", name)
        if count > bounds[1]:
            raise self._refused("Too many parameters supplied", name)
        if function == "case" and count % 2 == 0:
            fact = "Even number of parameters supplied, requires an odd number of parameters"
            raise self._refused(fact, name)

    def _special(self, function: str) -> tuple[int, int] | None:
        for name, fewest, most in self.allowed.functions if self.allowed else ():
            if name == function:
                return fewest, most
        return None

    def _next(self) -> Token:
        token = self.tokens[self.index]
        if token.kind != END:
            self.index += 1
            self.kind = self.tokens[self.index].kind
            return token
        raise self._unexpected()

    def _expect(self, kind: str) -> None:
        if self.kind != kind:
            raise self._unexpected()
        self._next()

    def _end(self) -> int:
        return self.tokens[self.index - 1].end

    def _enter(self) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            position = self.tokens[self.index].start + 1
            raise ExpressionError("parsing", f"Exceeded max expression depth {MAX_DEPTH}", position)

    def _unexpected(self) -> ExpressionError:
        return self._unexpected_at(self.index)

    def _unexpected_at(self, index: int) -> ExpressionError:
        if self.tokens[index].kind == END:
            return self._refused("Unexpected end of expression", self.tokens[index - 1])
        return self._refused("Unexpected symbol", self.tokens[index])

    def _refused(self, fact: str, token: Token) -> ExpressionError:
        message = symbol_message(fact, token.text, token.start, self.source)
        return ExpressionError("parsing", message, token.start + 1)
