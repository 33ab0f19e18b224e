"""The vocabulary in which the syntax of workflows and actions is written down.

A ``Definition`` says which scalars, sequences and mappings a place takes, and which contexts an expression at
that place may use. A definition without contexts of its own takes those of the place around it; where there are none
at all, expressions are not allowed ("Contexts reference", section *Context availability*).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from headway.integration.expressions import Allowed

ScalarKind = Literal["null", "boolean", "number", "string"]


class ScalarRule(NamedTuple):
    """One kind of scalar that a place takes."""

    kind: ScalarKind
    constant: str | None = None
    non_empty: bool = False


class MappingRule(NamedTuple):
    """One shape of mapping that a place takes: known keys, and perhaps a rule for all other keys."""

    properties: dict[str, Definition]
    required: tuple[str, ...] = ()
    loose_key: Definition | None = None
    loose_value: Definition | None = None


class Definition:
    """What may stand at one place. Built with the functions below."""

    __slots__ = ("condition", "context", "mappings", "scalars", "sequence")

    def __init__(
        self,
        scalars: tuple[ScalarRule, ...] = (),
        sequence: Definition | None = None,
        mappings: tuple[MappingRule, ...] = (),
        context: Allowed | None = None,
        condition: bool = False,
    ) -> None:
        self.scalars = scalars
        self.sequence = sequence
        self.mappings = mappings
        self.context = context
        self.condition = condition

    def within(self, context: Allowed) -> Definition:
        """Return the same definition with contexts of its own."""
        return Definition(self.scalars, self.sequence, self.mappings, context, self.condition)

    def expectation(self) -> str:
        """Return what the place takes, in words, for an error message."""
        constants = [rule.constant for rule in self.scalars if rule.constant is not None]
        kinds: list[str] = [rule.kind for rule in self.scalars if rule.constant is None]
        kinds += ["sequence"] * bool(self.sequence) + ["mapping"] * bool(self.mappings)
        words = [f"'{constant}'" for constant in constants] + [f"a {kind}" for kind in dict.fromkeys(kinds)]
        return " or ".join(words)


def string(*, non_empty: bool = False) -> Definition:
    """Return a definition that takes any text; other scalars are taken as they would be printed."""
    return Definition((ScalarRule("string", None, non_empty),))


def constants(*values: str) -> Definition:
    """Return a definition that takes one of these words."""
    return Definition(tuple(ScalarRule("string", value) for value in values))


def boolean() -> Definition:
    """Return a definition that takes true or false."""
    return Definition((ScalarRule("boolean"),))


def number() -> Definition:
    """Return a definition that takes a number."""
    return Definition((ScalarRule("number"),))


def null() -> Definition:
    """Return a definition that takes nothing: a key without a value."""
    return Definition((ScalarRule("null"),))


def condition(context: Allowed) -> Definition:
    """Return the definition of an ``if``: its text is an expression with or without ``${{ }}`` around it."""
    return Definition((ScalarRule("string"),), context=context, condition=True)


def sequence(item: Definition) -> Definition:
    """Return a definition that takes a list of ``item``."""
    return Definition(sequence=item)


def mapping(properties: dict[str, Definition], *required: str) -> Definition:
    """Return a definition that takes these keys and no other."""
    return Definition(mappings=(MappingRule(properties, required),))


def mapping_of(value: Definition, key: Definition | None = None, **properties: Definition) -> Definition:
    """Return a definition that takes any key; ``properties`` are known keys with definitions of their own."""
    return Definition(mappings=(MappingRule(properties, (), key or string(non_empty=True), value),))


def one_of(*choices: Definition, context: Allowed | None = None) -> Definition:
    """Return a definition that takes what any of the choices takes; a choice's own contexts do not survive."""
    return Definition(
        tuple(rule for choice in choices for rule in choice.scalars),
        next((choice.sequence for choice in choices if choice.sequence), None),
        tuple(rule for choice in choices for rule in choice.mappings),
        context,
    )


def anything() -> Definition:
    """Return a definition that takes every scalar, sequence and mapping, to any depth."""
    kinds: tuple[ScalarKind, ...] = ("string", "boolean", "number", "null")
    definition = Definition(tuple(ScalarRule(kind) for kind in kinds))
    definition.sequence = definition
    definition.mappings = (MappingRule({}, (), definition, definition),)
    return definition
