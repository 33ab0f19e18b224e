from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.integration.native.braces import expand_braces
from headway.integration.native.minimatch import name_matches
from headway.kernel.errors import LimitError
from tests.javascript.oracle import oracle

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.javascript.oracle import Oracle

CASES: dict[str, list[str]] = json.loads(Path(__file__).with_name("minimatch.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def github() -> Iterator[Oracle]:
    """Return the package that GitHub's actions use."""
    with oracle("results.mjs") as process:
        yield process


@pytest.mark.parametrize("pattern", CASES)
def test_a_name_matches_as_it_does_for_githubs_actions(github: Oracle, pattern: str) -> None:
    for name in CASES[pattern]:
        assert name_matches(pattern, name) == github.ask(["glob", "matches", name, pattern])["value"], name


@settings(max_examples=500)
@given(
    st.text("ab*?[]!-^.()+@|{},", max_size=8),
    st.text("ab.-[]!*", min_size=1, max_size=6).filter(lambda name: name not in (".", "..")),
)
def test_any_pattern_of_wildcards_and_classes_matches_as_it_does_for_github(
    github: Oracle, pattern: str, name: str
) -> None:
    assert name_matches(pattern, name) == github.ask(["glob", "matches", name, pattern])["value"]


def test_braces_stand_for_what_they_hold() -> None:
    assert list(expand_braces("{a,b}{1..2}")) == ["a1", "a2", "b1", "b2"]


@pytest.mark.parametrize("pattern", ["{1..999999}", "{a,b}" * 20, "{{{{{" * 100, "{a,{b,{c,{d,{e,f}}}}}"])
def test_braces_that_stand_for_too_much_are_refused_at_once(pattern: str) -> None:
    try:
        name_matches(pattern, "a")
    except LimitError as error:
        assert "more than 1000" in str(error)  # noqa: PT017 - small ones are fine


@pytest.mark.parametrize("pattern", ["*" * 200 + "b", "a*" * 30 + "b", "+(a|aa)" * 3 + "b", "[" * 200])
def test_a_pattern_that_is_meant_to_take_long_does_not(pattern: str) -> None:
    assert name_matches(pattern, "a" * 40) is False
