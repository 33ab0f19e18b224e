"""Reads nodes against a schema: nodes in, tokens and problems out.

Every problem of a document is found in one pass: what cannot be read is reported and skipped. Places and verdicts are
GitHub's; where its messages leave one guessing, a hint is added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.integration.expressions import (
    Allowed,
    ExpressionError,
    InsertDirective,
    TemplateError,
    TemplateExpression,
    parse,
    parse_template,
    to_string,
)
from headway.integration.workflows.schema import Definition, MappingRule, ScalarRule, anything
from headway.integration.workflows.tokens import (
    Expression,
    Insert,
    Mapping,
    MappingNode,
    Scalar,
    Sequence,
    SequenceNode,
    Token,
)
from headway.kernel.errors import Problem, brief
from headway.kernel.suggestions import did_you_mean

if TYPE_CHECKING:
    from headway.kernel.yaml import Node

NO_EXPRESSION_HERE = "A template expression is not allowed in this context"


class Place(NamedTuple):
    """A definition together with the contexts that hold there."""

    definition: Definition
    context: Allowed | None

    def inner(self, definition: Definition) -> Place:
        """Return the place of a value inside this one: its own contexts, or else the ones around it."""
        return Place(definition, definition.context or self.context)


class Reader:
    """Reads one document. ``problems`` collects what is wrong with it."""

    __slots__ = ("path", "problems")

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []

    def read(self, node: Node, definition: Definition) -> Token:
        """Return the tokens of ``node``."""
        return self.value(node, Place(definition, definition.context))

    def problem(self, at: Node | Token, message: str, hint: str = "", rule: str = "syntax") -> None:
        """Note a problem at a node or token."""
        self.problems.append(Problem(self.path, at.line, at.column, message, hint, rule=rule))

    def value(self, node: Node, place: Place) -> Token:
        if isinstance(node, Scalar):
            return self.scalar(node, place)
        if isinstance(node, SequenceNode):
            return self.sequence(node, place)
        return self.mapping(node, place)

    # Scalars

    def scalar(self, node: Scalar, place: Place) -> Token:
        token = self.parsed(node, place)
        if not isinstance(token, Scalar):
            if place.context is None and not place.definition.condition:
                self.problem(node, NO_EXPRESSION_HERE)
            return token
        if place.definition.condition:
            return self.condition(node, token, place)
        return self.literal(token, place.definition)

    def parsed(self, node: Scalar, place: Place) -> Scalar | Expression | Insert:
        """Return the expression in a text; a text whose expression is wrong stays a text, once it is reported."""
        if not isinstance(node.value, str) or "${{" not in node.value:
            return node
        try:
            template = parse_template(node.value, place.context)
        except TemplateError as error:
            for fault in error.faults:
                self.expression_problem(node, fault.message)
            return node
        if isinstance(template, TemplateExpression):
            return Expression(template.source, template.node, node.value, node.line, node.column)
        if isinstance(template, InsertDirective):
            return Insert(node.line, node.column)
        return node._replace(value=template, text=template)

    def condition(self, node: Scalar, token: Scalar, place: Place) -> Token:
        """Return the expression of an ``if``, which needs no ``${{ }}`` around it."""
        source = to_string(token.value).strip()
        if not source or (token is node and "${{" in source):  # the second was reported as a template already
            return token
        try:
            return Expression(source, parse(source, place.context), token.text, token.line, token.column)
        except ExpressionError as error:
            self.expression_problem(node, error.message)
            return token

    def expression_problem(self, node: Scalar, message: str) -> None:
        hint = "strings in expressions take single quotes" if "symbol: '\"" in message else ""
        self.problem(node, message, hint, "expression")

    def literal(self, token: Scalar, definition: Definition) -> Scalar:
        if any(_fits(rule, token.value) for rule in definition.scalars):
            return token
        if not isinstance(token.value, str):
            text = to_string(token.value)
            if any(_fits(rule, text) for rule in definition.scalars):
                return token._replace(value=text, text=text)
        self.unexpected(token, definition)
        return token

    def unexpected(self, token: Scalar, definition: Definition) -> None:
        choices = [rule.constant for rule in definition.scalars if rule.constant is not None]
        shown = to_string(token.value)
        hint = did_you_mean(shown, choices) or f"expected {definition.expectation()}"
        self.problem(token, f"Unexpected value '{brief(shown)}'", hint)

    # Sequences and mappings

    def sequence(self, node: SequenceNode, place: Place) -> Token:
        if place.definition.sequence is None:
            self.problem(node, "A sequence was not expected", f"expected {place.definition.expectation()}")
            return Sequence((), node.line, node.column)
        inner = place.inner(place.definition.sequence)
        return Sequence(tuple(self.value(item, inner) for item in node.items), node.line, node.column)

    def mapping(self, node: MappingNode, place: Place) -> Token:
        rules = place.definition.mappings
        if not rules:
            self.problem(node, "A mapping was not expected", f"expected {place.definition.expectation()}")
            return Mapping((), node.line, node.column)
        return _MappingReader(self, node, place, rules).read()


class _MappingReader:
    """Reads the pairs of one mapping; of several possible shapes, each key leaves those that know it."""

    __slots__ = ("has_expression_key", "node", "pairs", "place", "reader", "rules", "seen")

    def __init__(self, reader: Reader, node: MappingNode, place: Place, rules: tuple[MappingRule, ...]) -> None:
        self.reader = reader
        self.node = node
        self.place = place
        self.rules = rules
        self.seen: dict[str, Scalar] = {}
        self.pairs: list[tuple[Scalar | Expression | Insert, Token]] = []
        self.has_expression_key = False

    def read(self) -> Mapping:
        for key, value in self.node.pairs:
            self.pair(key, value)
        if len(self.rules) > 1:
            self.undecided()
        elif not self.has_expression_key:
            for name in self.rules[0].required:
                if name.upper() not in self.seen:
                    self.reader.problem(self.node, f"Required property is missing: {name}")
        return Mapping(tuple(self.pairs), self.node.line, self.node.column)

    def pair(self, node: Scalar, value: Node) -> None:
        key = self.reader.parsed(node, self.place)
        if not isinstance(key, Scalar):
            self.has_expression_key = True
            if self.place.context is None:
                self.reader.problem(node, NO_EXPRESSION_HERE)
            else:
                self.pairs.append((key, self.reader.value(value, self.place.inner(_ANY))))
            return
        name = to_string(key.value)
        key = key._replace(value=name, text=name)
        if name and self.duplicate(name, key):
            return
        known = [rule for rule in self.rules if name in rule.properties]
        if known:
            self.rules = tuple(known)
            self.pairs.append((key, self.reader.value(value, self.place.inner(known[0].properties[name]))))
        else:
            self.other(key, value)

    def duplicate(self, name: str, key: Scalar) -> bool:
        first = self.seen.setdefault(name.upper(), key)
        if first is key:
            return False
        self.reader.problem(key, f"'{name}' is already defined", f"the first one is at line {first.line}")
        return True

    def other(self, key: Scalar, value: Node) -> None:
        rule = self.rules[0]
        if rule.loose_key is None or rule.loose_value is None:
            names = sorted({name for rule in self.rules for name in rule.properties})
            hint = did_you_mean(key.text, names) or f"expected one of {', '.join(names)}"
            self.reader.problem(key, f"Unexpected value '{brief(key.text)}'", hint)
            return
        self.reader.literal(key, rule.loose_key)
        self.pairs.append((key, self.reader.value(value, self.place.inner(rule.loose_value))))

    def undecided(self) -> None:
        names = [name for rule in self.rules for name in rule.properties]
        deciding = sorted(name for name in set(names) if names.count(name) == 1)
        self.reader.problem(
            self.node,
            f"There's not enough info to determine what you meant. Add one of these properties: {', '.join(deciding)}",
        )


def _fits(rule: ScalarRule, value: object) -> bool:
    if rule.kind == "string":
        if not isinstance(value, str):
            return False
        return value == rule.constant if rule.constant is not None else bool(value or not rule.non_empty)
    if rule.kind == "boolean":
        return isinstance(value, bool)
    if rule.kind == "number":
        return isinstance(value, int | float) and not isinstance(value, bool)
    return value is None


_ANY = anything()
