from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.integration.execution.output.jsregex import UnsupportedRegexError, translate

CASES = json.loads(Path(__file__).with_name("jsregex.json").read_text())


@pytest.mark.parametrize(("pattern", "text", "groups"), CASES)
def test_an_expression_finds_what_it_finds_in_the_runner(pattern: str, text: str, groups: list[str] | None) -> None:
    translated = translate(pattern)
    match = translated.regex.search(text)
    found = None if match is None else [match[number] or "" for number in translated.groups[1:]]
    assert found == groups


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("(?i)a", "this kind of group is not supported at position 1"),
        ("(?>a)", "this kind of group is not supported"),
        (r"\p{L}", r"`\p` is not supported"),
        (r"a\A", r"`\A` is not supported at position 3"),
        (r"[\q]", r"`\q` is not supported"),
        ("*a", "nothing to repeat at position 1"),
        ("a++", "nothing to repeat at position 3"),
        ("^*", "nothing to repeat"),
        ("(a", "a group is not closed"),
        ("a)", "unmatched `)` at position 2"),
        ("[a", "a class is not closed"),
        ("[z-a]", "a range that goes backwards"),
        ("a\\", "a backslash at the end"),
        (r"(a)\2", "invalid group reference"),
        ("(?<=a*)b", "look-behind requires fixed-width pattern"),
        ("(?<n>a)(?<n>b)", "redefinition of group name"),
        ("a{99999999999}", "too large"),
    ],
)
def test_what_cannot_be_translated_is_refused_with_the_reason(pattern: str, reason: str) -> None:
    with pytest.raises(UnsupportedRegexError, match=re.escape(reason)):
        translate(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(a+)+",
        "(a*)*$",
        r"^(\w+\s?)+$",
        "(.*)*x",
        "(.+:)+x",
        "(?:a|a)*b",
        r"(?:\s|.)+x",
        "((a+)b?)*c",
        "(a+){20}",
        "(a*){4,}",
        r"^(([a-z])+.)+[A-Z]([a-z])+$",
        r"(?:\d+|[a-f0-9]+)+$",
        "(?:(?:a+b)+|c+)*d",
    ],
)
def test_what_could_run_for_hours_is_refused(pattern: str) -> None:
    with pytest.raises(UnsupportedRegexError, match="exponential time"):
        translate(pattern)


@given(st.text(st.sampled_from("ab1.*+?|()[]{},^$\\dwsbu0-:<=!kn ")))
def test_every_text_is_translated_or_refused(pattern: str) -> None:
    try:
        translated = translate(pattern)
    except UnsupportedRegexError:
        return
    assert len(translated.groups) == translated.regex.groups + 1


def test_deep_nesting_is_refused_rather_than_a_crash() -> None:
    with pytest.raises(UnsupportedRegexError, match="nested too deeply"):
        translate("(" * 5000 + ")" * 5000)
