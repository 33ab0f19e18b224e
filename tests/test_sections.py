"""The sections of ``headway.yaml``: their examples are valid, and stand in the documentation as they are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headway.kernel.headway_yaml import load
from headway.sections import SECTIONS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.kernel.headway_yaml import Section

PAGE = (Path(__file__).parents[1] / "docs" / "headway-yaml.md").read_text(encoding="utf-8")
each_section = pytest.mark.parametrize("section", SECTIONS, ids=[section.name for section in SECTIONS])


@each_section
def test_the_example_is_valid_and_is_the_documentation(section: Section) -> None:
    found = load(section.example, SECTIONS)
    assert found.problems == ()
    assert found.section(section.name)
    assert f"## `{section.name}`\n" in PAGE
    assert f"```yaml\n{section.example}```" in PAGE
    assert section.summary.lower() in PAGE.lower()


@each_section
def test_every_key_is_documented_as_it_is_described_and_shown_in_the_example(section: Section) -> None:
    described = list(properties(section.model().json_schema()))
    assert described
    for name, meaning in described:
        assert f"| `{name}` |" in PAGE
        assert f"| {meaning} |" in PAGE
        assert f"{name}:" in section.example


def test_names_of_sections_are_unique() -> None:
    assert len({section.name for section in SECTIONS}) == len(SECTIONS)


def properties(schema: Any) -> Iterator[tuple[str, str]]:
    if isinstance(schema, dict):
        for name, found in schema.get("properties", {}).items():
            yield name, found["description"]
        for inner in schema.values():
            yield from properties(inner)
