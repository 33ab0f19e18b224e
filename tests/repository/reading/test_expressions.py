"""No text that an expression matches is lost, whatever the expression, the text and the index say."""

from __future__ import annotations

import re
import sqlite3
import tomllib
from pathlib import Path

import pytest
import re2
from hypothesis import assume, given
from hypothesis import strategies as st

from headway.repository.reading import matching, queries, syntax, trigrams

CONDITIONS: dict[str, str] = tomllib.loads((Path(__file__).parent / "expressions.toml").read_text())["conditions"]

_PLAIN = ["a", "b", "ab", "cd", "x y", "é", "-", '"', "/", "Abc", "ß", "Д", "k"]
_ATOMS = [*_PLAIN, r"\.", ".", "[ab]", "[^a]", "[]b]", r"[\]a]", "[a-c]", "[A-Z]", r"\d", r"\w", r"\s", r"\(", "^", "$"]
_ATOMS += [r"\b", r"\x61", "[[:alpha:]]", r"[\w-]", r"\pL", "[k-m]"]
_TIMES = ["", "", "", "", "*", "+", "?", "{2}", "{0}", "{0,1}", "{1,}", "{2,9}", "+?", "*?", "{12}"]


def _grouped(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    start = st.sampled_from(["(", "(?:", "(?P<n>", "(?i:", "(?i)("])
    group = st.tuples(start, st.lists(inner, min_size=1, max_size=3).map("|".join), st.just(")")).map("".join)
    piece = st.tuples(st.one_of(group, inner), st.sampled_from(_TIMES)).map("".join)
    return st.lists(piece, min_size=1, max_size=4).map("".join)


PATTERNS = st.recursive(st.sampled_from(_ATOMS), _grouped, max_leaves=8)
TEXTS = st.lists(st.sampled_from([*'abcdxyk AB-./("é0ßẞДᲁ\u212aſЕ', "abc", "cd", "x y", "\n"]), max_size=30).map(
    "".join
)


def held(text: str) -> set[str]:
    """The trigrams of a text as the index has them."""
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(body, tokenize='trigram', detail=none)")
    connection.execute("CREATE VIRTUAL TABLE v USING fts5vocab(t, 'row')")
    connection.execute("INSERT INTO t VALUES(?)", (text,))
    found = {row[0] for row in connection.execute("SELECT term FROM v")}
    connection.close()
    return found


def is_candidate(text: str, condition: trigrams.Condition) -> bool:
    """Whether the index gives a text for a condition."""
    if not condition.match():
        return True
    connection = sqlite3.connect(":memory:")
    connection.execute("CREATE VIRTUAL TABLE t USING fts5(body, content='', tokenize='trigram', detail=none)")
    connection.execute("INSERT INTO t(rowid, body) VALUES(1, ?)", (text,))
    found = connection.execute("SELECT 1 FROM t WHERE t MATCH ?", (condition.match(),)).fetchone()
    connection.close()
    return found is not None


@pytest.mark.parametrize(("pattern", "match"), CONDITIONS.items())
def test_what_an_expression_demands_of_a_text(pattern: str, match: str) -> None:
    assert queries.query(pattern, regex=True).condition.match() == match


@given(PATTERNS, TEXTS, st.booleans())
def test_every_text_that_re2_matches_is_a_candidate(pattern: str, text: str, case_sensitive: bool) -> None:
    assume(pattern.strip())
    query = queries.query(pattern, regex=True, case_sensitive=case_sensitive)
    matcher = matching.matcher(query)
    assume(matcher is not None)
    assert matcher is not None
    if list(matcher.holding([text.encode()])):
        assert is_candidate(text, query.condition)


@given(st.data())
def test_every_text_made_from_an_expression_is_a_candidate(data: st.DataObject) -> None:
    pattern = data.draw(PATTERNS)
    try:
        expression = re.compile(pattern)
    except (re.error, FutureWarning):
        assume(False)
    assume("[[:" not in pattern)
    text = data.draw(st.from_regex(expression))
    assume("\0" not in text)
    assert is_candidate(text, trigrams.condition(syntax.parse(pattern, folds=False)))


@given(st.text(min_size=1), TEXTS, TEXTS, st.booleans())
def test_every_text_that_holds_a_literal_is_a_candidate(needle: str, before: str, after: str, folds: bool) -> None:
    assume("\0" not in needle)
    condition = trigrams.condition(syntax.literal(needle, folds=folds))
    for variant in {needle, needle.upper(), needle.lower()} if folds else {needle}:
        if re.fullmatch(re.escape(needle), variant, re.IGNORECASE):
            assert is_candidate(before + variant + after, condition)


@given(st.text())
def test_no_expression_makes_the_analysis_raise(pattern: str) -> None:
    trigrams.condition(syntax.parse(pattern, folds=True)).match()


@pytest.mark.parametrize(
    "pattern",
    ["(" * 999, "(" * 400 + "a" + ")" * 400, "((((a{9}){9}){9}){9}){9}", "(a|b)" * 190, "[ab]" * 200, "|" * 999],
)
def test_no_expression_makes_the_analysis_or_its_result_large(pattern: str) -> None:
    condition = trigrams.condition(syntax.parse(pattern, folds=True))
    assert condition.size <= 400
    assert is_candidate("a", condition) in {True, False}


def test_the_index_sees_as_the_same_what_an_engine_that_ignores_case_does() -> None:
    every = [chr(code) for code in range(1, 0x110000) if not 0xD800 <= code < 0xE000]
    cased = [one for one in every if one != one.lower() or one != one.upper() or one != one.casefold()]
    options = re2.Options()
    options.case_sensitive = False
    everything = "".join(cased).encode()
    tokens = {one: next(iter(held(f"00{one}"))) for one in cased}
    for one in cased:
        node = syntax.literal(one, folds=True)
        assert isinstance(node, syntax.Sequence)
        (character,) = node.parts
        if not isinstance(character, syntax.Characters):
            continue
        (chosen,) = character.options
        same = re2.compile(re2.escape(one).encode(), options).finditer(everything)
        assert (
            {tokens[match.group().decode()] for match in same} == {tokens[one]} == {tokens.get(chosen, "00" + chosen)}
        )
