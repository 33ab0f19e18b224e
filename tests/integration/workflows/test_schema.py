from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.integration.expressions import Allowed
from headway.integration.workflows import schema

if TYPE_CHECKING:
    from headway.integration.workflows.schema import Definition

SOME = Allowed(frozenset(["github"]), ())


@pytest.mark.parametrize(
    ("definition", "words"),
    [
        (schema.string(), "a string"),
        (schema.number(), "a number"),
        (schema.boolean(), "a boolean"),
        (schema.null(), "a null"),
        (schema.constants("read", "write"), "'read' or 'write'"),
        (schema.sequence(schema.string()), "a sequence"),
        (schema.mapping({}), "a mapping"),
        (schema.one_of(schema.string(), schema.string()), "a string"),
        (schema.one_of(schema.constants("inherit"), schema.mapping_of(schema.string())), "'inherit' or a mapping"),
    ],
)
def test_what_a_place_takes_is_said_in_words(definition: Definition, words: str) -> None:
    assert definition.expectation() == words


def test_a_definition_gets_contexts_without_changing_the_one_it_is_made_of() -> None:
    plain = schema.string(non_empty=True)
    assert plain.within(SOME).context is SOME
    assert plain.context is None
    assert plain.within(SOME).scalars == plain.scalars


def test_a_choice_takes_what_any_takes_and_has_its_own_contexts() -> None:
    item = schema.number()
    choice = schema.one_of(schema.string().within(SOME), schema.sequence(item), schema.mapping({"a": item}, "a"))
    assert choice.context is None
    assert choice.sequence is item
    assert choice.mappings[0].required == ("a",)


def test_a_mapping_of_anything_has_a_rule_for_every_key() -> None:
    (rule,) = schema.mapping_of(schema.number(), known=schema.boolean()).mappings
    assert (list(rule.properties), rule.required) == (["known"], ())
    assert rule.loose_key is not None
    assert rule.loose_key.scalars[0].non_empty


def test_anything_holds_itself_to_any_depth() -> None:
    anything = schema.anything()
    assert anything.sequence is anything
    assert anything.mappings[0].loose_value is anything
