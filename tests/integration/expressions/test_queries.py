from __future__ import annotations

import pytest

from headway.integration.expressions import Mark, Name, names_in, parse, status_functions_in

STAR, COMPUTED = Mark.STAR, Mark.COMPUTED


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("1 == 'a'", []),
        ("GitHub", [("github", (), "GitHub")]),
        ("steps.build.outputs.Name", [("steps", ("build", "outputs", "Name"), "steps.build.outputs.Name")]),
        ("a['b'][0]", [("a", ("b", "0"), "a['b'][0]")]),
        ("a.*.b", [("a", (STAR, "b"), "a.*.b")]),
        ("a[*]['*']", [("a", (STAR, "*"), "a[*]['*']")]),
        ("a[b.c].d", [("a", (COMPUTED, "d"), "a[b.c].d"), ("b", ("c",), "b.c")]),
        ("a[b[c]]", [("a", (COMPUTED,), "a[b[c]]"), ("b", (COMPUTED,), "b[c]"), ("c", (), "c")]),
        ("fromJSON(needs.x.outputs.y).z", [("needs", ("x", "outputs", "y"), "needs.x.outputs.y")]),
        ("(a || b).c", [("a", (), "a"), ("b", (), "b")]),
        ("!a && f(b, 'x', c.d) < e", [("a", (), "a"), ("b", (), "b"), ("c", ("d",), "c.d"), ("e", (), "e")]),
    ],
)
def test_the_contexts_that_an_expression_names(
    source: str, names: list[tuple[str, tuple[str | Mark, ...], str]]
) -> None:
    found = list(names_in(parse(source)))
    assert [(name.context, name.path, source[name.start : name.end]) for name in found] == names
    assert all(isinstance(name, Name) for name in found)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("always()", True),
        ("a || b[CANCELLED()]", True),
        ("!Failure()", True),
        ("toJSON(success('build')).x", True),
        ("success", False),
        ("steps.success.outcome == 'success()'", False),
        ("hashFiles('a')", False),
    ],
)
def test_whether_a_status_function_is_called(source: str, expected: bool) -> None:
    assert status_functions_in(parse(source)) is expected
