from __future__ import annotations

from typing import cast

import pytest
from hypothesis import given

from headway.integration.expressions import (
    Access,
    Allowed,
    Call,
    Comparison,
    Context,
    ExpressionError,
    Literal,
    Logical,
    Not,
    Star,
    parse,
    walk,
)

from .strategies import expressions, token_soup


def test_a_node_quotes_its_text() -> None:
    source = "  !(a.b || fromJSON( 'x' )[0].*) &&c!='d'"
    texts = {source[node.start : node.end] for node in walk(parse(source))}
    assert texts == {
        "!(a.b || fromJSON( 'x' )[0].*) &&c!='d'",
        "!(a.b || fromJSON( 'x' )[0].*)",
        "a.b || fromJSON( 'x' )[0].*",
        "a.b",
        "a",
        "b",
        "fromJSON( 'x' )[0].*",
        "fromJSON( 'x' )[0]",
        "fromJSON( 'x' )",
        "'x'",
        "0",
        "*",
        "c!='d'",
        "c",
        "'d'",
    }


def test_operators_of_one_strength_form_one_flat_node() -> None:
    assert parse("1||2||3") == Logical("||", (Literal(1, 0, 1), Literal(2, 3, 4), Literal(3, 6, 7)), 0, 7)
    tree = cast("Comparison", parse("a == b != c < d"))
    assert tree.operators == ("==", "!=")
    assert isinstance(tree.operands[2], Comparison)


def test_an_operand_in_parentheses_keeps_its_own_node() -> None:
    tree = parse("(1 || 2) || 3")
    assert isinstance(tree, Logical)
    assert isinstance(tree.operands[0], Logical)
    assert (tree.start, tree.end) == (0, 13)


def test_names_keep_their_spelling() -> None:
    assert parse("GitHub.Ref") == Access(Context("GitHub", 0, 6), Literal("Ref", 7, 10), 0, 10)
    assert parse("toJson(a.*)") == Call("toJson", (Access(Context("a", 7, 8), Star(9, 10), 7, 10),), 0, 11)


def test_equal_calls_share_one_tree() -> None:
    assert parse("some.context") is parse("some.context")


def test_what_is_allowed_depends_on_the_place() -> None:
    place = Allowed(frozenset(("needs",)), (("always", 0, 0), ("hashfiles", 1, 2)))
    assert isinstance(parse("always() && NEEDS.x && hashFiles('a', 'b')", place), Logical)
    for expression in ("github", "success()", "always(1)", "hashFiles(1, 2, 3)", "hashFiles()"):
        with pytest.raises(ExpressionError):
            parse(expression, place)


def test_without_a_place_every_name_is_allowed_but_built_in_functions_keep_their_arguments() -> None:
    assert isinstance(parse("whatever(any.thing, 1, 2)"), Call)
    with pytest.raises(ExpressionError, match="Too few parameters supplied: 'contains'"):
        parse("contains()")


@pytest.mark.parametrize(
    ("prefix", "core", "suffix", "levels"),
    [
        ("(", "1", ")", 49),
        ("!", "1", "", 49),
        ("toJSON(", "1", ")", 49),
        ("", "a", ".b", 49),
        ("", "a", "[0]", 49),
        ("", "a", ".*", 49),
        ("a[", "0", "]", 49),
        ("(0 || ", "1", ")", 24),
        ("(0 && ", "1", ")", 24),
        ("(0 == ", "1", ")", 49),
        ("(", "1", " || 0)", 48),
    ],
)
def test_nesting_is_limited_to_fifty_levels(prefix: str, core: str, suffix: str, levels: int) -> None:
    parse(prefix * levels + core + suffix * levels)
    with pytest.raises(ExpressionError, match=r"^Exceeded max expression depth 50$") as caught:
        parse(prefix * (levels + 1) + core + suffix * (levels + 1))
    assert caught.value.kind == "parsing"


def test_a_long_chain_is_not_deep() -> None:
    for operator in ("||", "&&", "==", "<"):
        tree = parse(f" {operator} ".join(["1"] * 3000))
        assert len(list(walk(tree))) == 3001


def test_an_expression_may_have_21000_characters() -> None:
    parse(f"'{'x' * 20998}'")
    with pytest.raises(ExpressionError, match=r"^Exceeded max expression length 21000$") as caught:
        parse(f"'{'x' * 20999}'")
    assert caught.value.kind == "lexing"


@given(token_soup)
def test_any_text_is_read_or_refused_at_a_place_within_it(source: str) -> None:
    error = refusal(source)
    if error:
        assert error.kind in ("lexing", "parsing")
        assert 1 <= error.position <= max(len(source), 1)
    else:
        tree = parse(source)
        assert not source[: tree.start].strip("( \t\n")
        assert not source[tree.end :].strip(") \t\n")


def refusal(source: str) -> ExpressionError | None:
    try:
        parse(source)
    except ExpressionError as error:
        return error
    return None


@given(expressions)
def test_every_node_lies_within_its_parent(source: str) -> None:
    try:
        tree = parse(source)
    except ExpressionError:
        return
    for node in walk(tree):
        assert 0 <= node.start < node.end <= len(source)
        operands = node.operands if isinstance(node, (Logical, Comparison)) else ()
        operands += (node.operand,) if isinstance(node, Not) else ()
        assert all(node.start <= operand.start and operand.end <= node.end for operand in operands)
