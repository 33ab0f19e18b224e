from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.integration.expressions import (
    Allowed,
    InsertDirective,
    TemplateError,
    TemplateExpression,
    evaluate,
    parse,
    parse_template,
    to_string,
)

from .strategies import texts


def faults(text: str, allowed: Allowed | None = None) -> list[tuple[int, str]]:
    with pytest.raises(TemplateError) as caught:
        parse_template(text, allowed)
    return [(fault.offset, fault.message) for fault in caught.value.faults]


@pytest.mark.parametrize("text", ["", "plain", "{{ x }}", "$ {{ x }}", "a }} b", "it's {0} %"])
def test_text_without_an_expression_stays_as_it_is(text: str) -> None:
    assert parse_template(text) is text


@pytest.mark.parametrize(
    ("text", "source"),
    [
        ("${{ github.sha }}", "github.sha"),
        ("${{github.sha}}", "github.sha"),
        ("${{\n github.sha\t}}", "github.sha"),
        ("${{ a == '}}' }}", "a == '}}'"),
        ("${{ a == '''}}' }}", "a == '''}}'"),
        ("${{ insertion }}", "insertion"),
        ("echo ${{ github.sha }}", "format('echo {0}', github.sha)"),
        (" ${{ a }}", "format(' {0}', a)"),
        ("${{ a }}${{ b }}", "format('{0}{1}', a, b)"),
        ("${{ a }} and ${{ b.c || 'x' }}!", "format('{0} and {1}!', a, b.c || 'x')"),
        ("it's {x} ${{ a }}}}", "format('it''s {{x}} {0}}}}}', a)"),
        ("${{ a }}}", "format('{0}}}', a)"),
        ("$${{ a }}", "format('${0}', a)"),
        ("say ${{ 'it''s' }}", "format('say {0}', 'it''s')"),
        ("a\n${{ b }}\n", "format('a\n{0}\n', b)"),
    ],
)
def test_text_with_expressions_is_one_expression(text: str, source: str) -> None:
    template = parse_template(text)
    assert isinstance(template, TemplateExpression)
    assert template.source == source
    assert template.node == parse(source)


def test_segments_tell_where_they_stand_in_the_text() -> None:
    text = "a ${{  github.sha }} b ${{ x }}"
    template = parse_template(text)
    assert isinstance(template, TemplateExpression)
    assert [segment.source for segment in template.segments] == ["github.sha", "x"]
    assert [text[segment.start : segment.end] for segment in template.segments] == ["github.sha", "x"]


@pytest.mark.parametrize(
    ("text", "literal"),
    [("${{ 'it''s' }}", "it's"), ("${{ '${{ x }}' }}", "${{ x }}"), ("${{ '' }}", ""), ("${{ 'a''''b' }}", "a''b")],
)
def test_an_expression_that_is_just_a_string_is_that_string(text: str, literal: str) -> None:
    assert parse_template(text) == literal


def test_the_insert_directive_is_recognised() -> None:
    assert parse_template("${{ insert }}") == InsertDirective(0, 13)
    assert parse_template("${{insert}}") == InsertDirective(0, 11)


def test_the_insert_directive_stands_alone_and_takes_nothing() -> None:
    ((offset, message),) = faults("x ${{ insert }}")
    assert offset == 2
    assert message.startswith("The directive 'insert' is not allowed in this context.")
    assert faults("${{ insert a }}") == [(0, "Exactly 0 parameter(s) were expected following the directive 'insert'.")]


NOT_CLOSED = (
    "The expression is not closed. An unescaped ${{ sequence was found, but the closing }} sequence was not found."
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("${{ a", [(0, NOT_CLOSED)]),
        ("x ${{ a }", [(2, NOT_CLOSED)]),
        ("${{ 'a }}", [(0, NOT_CLOSED)]),
        ("${{", [(0, NOT_CLOSED)]),
        ("x ${{ }}", [(2, "An expression was expected")]),
        ("${{}}", [(0, "An expression was expected")]),
        ("x ${{  1 < ) }}", [(11, "Unexpected symbol: ')'. Located at position 5 within expression: 1 < )")]),
    ],
)
def test_a_fault_tells_its_offset_in_the_text(text: str, expected: list[tuple[int, str]]) -> None:
    assert faults(text) == expected


def test_all_faults_of_a_text_are_told_at_once() -> None:
    found = faults("${{ }} ${{ secrets.x }} ${{ github.x }} ${{ 1 2 }} ${{ y", Allowed(frozenset(("github",))))
    assert found == [
        (0, "An expression was expected"),
        (11, "Unrecognized named-value: 'secrets'. Located at position 1 within expression: secrets.x"),
        (46, "Unexpected symbol: '2'. Located at position 3 within expression: 1 2"),
        (51, NOT_CLOSED),
    ]


def test_the_error_reads_as_all_of_its_faults() -> None:
    with pytest.raises(TemplateError, match=r"^An expression was expected\nUnexpected end of expression: '!'"):
        parse_template("${{ }}${{ ! }}")


def test_the_combined_expression_has_the_limits_of_any() -> None:
    assert faults("x" * 21000 + "${{ a }}") == [(0, "Exceeded max expression length 21000")]
    assert faults("${{ a }}" * 255)[0][1].startswith("Too many parameters supplied: 'format'.")
    assert faults(f"x ${{{{ {'(' * 49}a{')' * 49} }}}}") == [(0, "Exceeded max expression depth 50")]


@given(st.lists(texts | st.sampled_from(("$", "{", "}", "'", "${", "}}")), max_size=6), st.lists(texts, max_size=6))
def test_the_value_of_a_text_is_the_text_with_its_values(literals: list[str], values: list[str]) -> None:
    text, expected = "", ""
    for index, literal in enumerate(literals):
        text += literal + ("" if index >= len(values) else f"${{{{ v[{index}] }}}}")
        expected += literal + ("" if index >= len(values) else values[index])
    if "${{" in "".join(literals) or "$" in literals or "${" in literals:
        return
    template = parse_template(text)
    value = evaluate(template.node, {"v": values}) if isinstance(template, TemplateExpression) else template
    assert to_string(value) == expected if isinstance(value, str) else value
