from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from headway.integration.expressions import ExpressionError, parse, text_of

from .strategies import expressions


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("a[ 'b' ][0] [*]", "a.b[0].*"),
        ("a['two words']['it''s']", "a['two words']['it''s']"),
        ("((a))==( b||c )", "a == (b || c)"),
        ("( ( a && b ) || c )&&d", "(a && b || c) && d"),
        ("a && b || c", "a && b || c"),
        ("(1 == 2) == (3 < 4)", "(1 == 2) == 3 < 4"),
        ("! ( a == b ) || !!c", "!(a == b) || !!c"),
        ("FORMAT( 'x',1.50 ,null, TRUE)", "FORMAT('x', 1.5, null, TRUE)"),
        ("(a||b).c", "(a || b).c"),
        ("('a')[0]", "('a')[0]"),
        ("-.5 != Infinity || NaN == false", "-0.5 != Infinity || NaN == false"),
    ],
)
def test_the_text_of_a_tree(source: str, text: str) -> None:
    assert text_of(parse(source)) == text


@given(expressions)
def test_the_text_of_a_tree_reads_as_that_tree(source: str) -> None:
    try:
        tree = parse(source)
    except ExpressionError:
        return
    assert shape(parse(text_of(tree))) == shape(tree)


def shape(node: Any) -> Any:
    """A tree without its offsets."""
    if isinstance(node, tuple):
        fields = node[:-2] if hasattr(node, "_fields") else node
        return (type(node).__name__, *map(shape, fields))
    return repr(node)
