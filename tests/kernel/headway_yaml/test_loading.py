from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from headway.kernel.errors import InputError
from headway.kernel.headway_yaml import Section, load

CASES = tomllib.loads((Path(__file__).parent / "mistakes.toml").read_text())["case"]


class Shop(BaseModel):
    model_config = ConfigDict(extra="forbid")

    open: bool = False
    size: Literal["small", "large", "vast"] = "small"


class Limits(BaseModel):
    model_config = ConfigDict(extra="forbid")

    most: int
    least: int = 0
    names: tuple[str, ...] = ()


SHOPS: TypeAdapter[Any] = TypeAdapter(dict[Annotated[str, Field(max_length=8)], Shop])
SECTIONS = (
    Section("shops", "the shops", "shops: {}", lambda: SHOPS),
    Section("limits", "the limits", "limits: {most: 1}", lambda: TypeAdapter(Limits)),
)


def test_sections_come_as_their_models() -> None:
    found = load("shops:\n  main: {open: yes, size: large}\nlimits: {most: 0x10, names: [a, b]}", SECTIONS)
    assert [each.message for each in found.problems] == ["'shops.main.open' should be a valid boolean; seen: 'yes'"]
    found = load("shops:\n  main: {open: true, size: large}\nlimits: {most: 0x10, names: [a, b]}", SECTIONS)
    assert found.problems == ()
    assert found.section("shops") == {"main": Shop(open=True, size="large")}
    assert found.section("limits") == Limits(most=16, names=("a", "b"))


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "---\n", "null", b""])
def test_an_empty_file_has_no_sections_and_no_problems(text: str | bytes) -> None:
    found = load(text, SECTIONS)
    assert (found.section("shops"), found.problems) == (None, ())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_is_wrong_is_told_with_its_place(case: dict[str, Any]) -> None:
    found = load(case["text"], SECTIONS)
    assert [f"{each.line}:{each.column} {each.message} | {each.hint}" for each in found.problems] == case["problems"]
    assert {each.path for each in found.problems} <= {"headway.yaml"}


def test_one_wrong_section_does_not_take_the_others_along() -> None:
    found = load("shops: {a: {open: 1}}\nlimits: {most: 3}", SECTIONS)
    assert found.section("limits") == Limits(most=3)
    with pytest.raises(InputError, match=r"headway\.yaml:1:19: error: 'shops\.a\.open' should be a valid boolean"):
        found.section("shops")


def test_a_file_that_is_no_yaml_has_all_sections_wrong() -> None:
    found = load("a: [", SECTIONS)
    for name in ("shops", "limits"):
        with pytest.raises(InputError, match="not valid YAML"):
            found.section(name)


def test_a_repeated_section_is_wrong_as_a_whole_however_often_it_stands_there() -> None:
    found = load("limits: {most: 1}\nlimits: {most: 2}\nlimits: {most: 3}", SECTIONS)
    assert [each.line for each in found.problems] == [2, 3]
    with pytest.raises(InputError):
        found.section("limits")


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "x" * 300_000,
        "[" * 200,
        "shops: &a {b: *a}",
        "a: &a [x, x]\nb: &b [*a, *a]\n" + "".join(f"c{n}: &c{n} [*b, *b]\n" for n in range(5)),
        b"\xff\xfe\x00",
        "\x00",
        "shops: !!python/object/apply:os.system [ls]",
        "? [a]\n: b",
        "shops: {main: {open: " + "9" * 5000 + "}}",
    ],
)
def test_an_attack_is_refused_with_a_place_and_never_raises(text: str | bytes) -> None:
    found = load(text, SECTIONS)
    assert all(each.message and each.path == "headway.yaml" for each in found.problems)
    assert found.problems


@given(st.text() | st.binary(max_size=200))
def test_no_text_at_all_raises(text: str | bytes) -> None:
    found = load(text, SECTIONS)
    assert set(found.values).isdisjoint(found.wrong)


leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text("ab: {}[]'\"\n#", max_size=6)
trees = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=12,
)
named = st.dictionaries(
    st.sampled_from(["shops", "limits", "most", "open", "size", "names", "main"]), trees, max_size=4
)


@given(st.dictionaries(st.sampled_from(["shops", "limits", "x-own", "other"]), named | trees, max_size=4))
def test_whatever_stands_in_a_section_is_a_value_or_a_problem(tree: dict[str, Any]) -> None:
    import yaml

    found = load(yaml.safe_dump(tree, allow_unicode=True), SECTIONS)
    for name in {"shops", "limits"} & tree.keys():
        assert (name in found.values) != (name in found.wrong)
    assert all(each.line for each in found.problems)
