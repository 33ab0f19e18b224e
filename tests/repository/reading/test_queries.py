from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.repository.reading import queries
from headway.repository.reading.errors import SearchError


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("hello", ["hello"]),
        (r"foo\.bar", ["foo.bar"]),
        ("abc+d", ["abc", "d"]),
        ("abc?d", ["ab", "d"]),
        ("ab{2,3}cd", ["a", "cd"]),
        ("foo.*bar", ["foo", "bar"]),
        ("(foo|bar)baz", ["baz"]),
        ("foo|bar", []),
        ("[abc]def[^]x]ghi[[:alpha:]]j", ["def", "ghi", "j"]),
        (r"\bdef\s+main\(", ["def", "main("]),
        ("(?i)foo", []),
        ("(?:x)foo", ["foo"]),
        (r"\Qa.b\E", []),
        (r"\x41bc", []),
        ("foo(bar", []),
        ("[", []),
        ("\\", []),
        ("x{y", ["y"]),
    ],
)
def test_the_texts_that_an_expression_demands_are_found(pattern: str, found: list[str]) -> None:
    assert [part for part in queries.literals(pattern) if part] == found


_ATOM = st.sampled_from(
    ["a", "b", "cd", r"\.", ".", "[ab]", "(ab)", "(a|b)", r"\d", "(?:ab)", "x y", r"\(", "é", "[^a]", "[]b]", r"[\]a]"]
)
_PIECE = st.tuples(_ATOM, st.sampled_from(["", "", "", "*", "+", "?", "{2}", "{0,1}", "+?"])).map("".join)
_PATTERN = st.lists(_PIECE, min_size=1, max_size=6).map("".join)


@given(st.data())
def test_whatever_matches_holds_the_texts_that_were_found(data: st.DataObject) -> None:
    pattern = data.draw(_PATTERN)
    text = data.draw(st.from_regex(re.compile(pattern)))
    for literal in queries.literals(pattern):
        assert literal in text


@given(st.text())
def test_no_expression_makes_the_analysis_raise(pattern: str) -> None:
    queries.literals(pattern)


def test_a_query_asks_for_all_its_trigrams() -> None:
    query = queries.query('say "hi"')
    assert query.grams == ("say", "ay ", 'y "', ' "h', '"hi', 'hi"')
    assert query.match() == '"say" AND "ay " AND "y """ AND " ""h" AND """hi" AND "hi"""'
    assert queries.query("ab").match() == ""


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\0b", "x" * 2000])
def test_what_cannot_be_searched_for_is_refused(text: str) -> None:
    with pytest.raises(SearchError):
        queries.query(text)
