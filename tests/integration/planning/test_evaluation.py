from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headway.integration.planning.evaluation import Evaluator
from headway.integration.workflows import read_workflow
from headway.kernel.errors import InputError

if TYPE_CHECKING:
    from headway.integration.workflows.tokens import Token

CONTEXTS: dict[str, Any] = {
    "github": {"ref": "main", "none": None},
    "inputs": {
        "flag": True,
        "n": 3,
        "text": " TRUE ",
        "list": [1, 2],
        "map": {"a": [1], "b": [2]},
        "hex": "0x10",
        "seven": " 7 ",
        "blank": "",
        "names": {"a": 1},
    },
    "vars": {},
    "needs": {},
    "strategy": {},
    "matrix": {"os": "x"},
}
EVALUATOR = Evaluator("w.yml", CONTEXTS)


def token_of(written: str, key: str = "timeout-minutes") -> Token | None:
    text = f"on: push\njobs:\n  a:\n    runs-on: x\n    {key}: {written}\n    steps: [{{run: x}}]"
    workflow, problems = read_workflow(text, "w.yml")
    assert workflow is not None
    assert not problems, problems
    return workflow.jobs["a"].token.get(key)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("{a: [1, {d: true}], b: [x, '${{ github.ref }}']}", {"a": [1, {"d": True}], "b": ["x", "main"]}),
        ("'${{ inputs.map }}'", {"a": [1], "b": [2]}),
        ("{x: '${{ inputs.list }}'}", {"x": [1, 2]}),
        ("{a: [0], '${{ insert }}': '${{ inputs.map }}', b: [9]}", {"a": [1], "b": [9]}),
        ("{'${{ insert }}': {a: [7]}}", {"a": [7]}),
        ("{'${{ github.ref }}-x': [1]}", {"main-x": [1]}),
    ],
)
def test_trees_become_plain_data_with_their_expressions_evaluated(written: str, value: object) -> None:
    token = token_of(f"{{matrix: {written}}}", "strategy")
    assert EVALUATOR.value(token) == {"matrix": value}


@pytest.mark.parametrize("written", ["'${{ github.ref }}'", "'${{ inputs.list }}'"])
def test_what_is_inserted_must_be_a_mapping(written: str) -> None:
    token = token_of(f"{{matrix: {{'${{{{ insert }}}}': {written}}}}}", "strategy")
    with pytest.raises(InputError, match="'insert' needs a mapping, not"):
        EVALUATOR.value(token)


def test_nothing_is_null_and_a_default_where_there_is_one() -> None:
    assert EVALUATOR.value(None) is None
    assert EVALUATOR.text(None) == ""
    assert EVALUATOR.text(None, "x") == "x"
    assert EVALUATOR.boolean(None, default=True) is True
    assert EVALUATOR.number(None, 2.5) == 2.5
    assert EVALUATOR.texts(None) == {}


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("12", "12"),
        ("1.50", "1.5"),
        ("'${{ inputs.flag }}'", "true"),
        ("'a ${{ github.ref }}'", "a main"),
        ("'${{ github.none }}'", ""),
    ],
)
def test_a_text_is_what_github_would_print(written: str, text: str) -> None:
    assert EVALUATOR.text(token_of(written, "name")) == text


@pytest.mark.parametrize(
    ("written", "value"),
    [("true", True), ("false", False), ("'${{ inputs.flag }}'", True), ("'${{ inputs.text }}'", True)],
)
def test_a_boolean_is_one_or_says_so(written: str, value: bool) -> None:
    assert EVALUATOR.boolean(token_of(written, "continue-on-error"), default=not value) is value


@pytest.mark.parametrize(
    "written", ["'${{ inputs.n }}'", "'${{ github.ref }}'", "'${{ github.none }}'", "'${{ inputs.list }}'"]
)
def test_anything_else_is_no_boolean(written: str) -> None:
    with pytest.raises(InputError, match=r"w\.yml:5:24: error: a boolean was expected, not"):
        EVALUATOR.boolean(token_of(written, "continue-on-error"), default=False)


@pytest.mark.parametrize(
    ("written", "value"),
    [("5", 5), ("0.5", 0.5), ("'${{ inputs.n }}'", 3), ("'${{ inputs.hex }}'", 16), ("'${{ inputs.seven }}'", 7)],
)
def test_a_number_is_one_also_as_text(written: str, value: float) -> None:
    assert EVALUATOR.number(token_of(written), 1) == value


@pytest.mark.parametrize(
    "written", ["'${{ github.ref }}'", "'${{ github.none }}'", "'${{ inputs.blank }}'", "'${{ inputs.map }}'"]
)
def test_anything_else_is_no_number(written: str) -> None:
    with pytest.raises(InputError, match=r"w\.yml:5:22: error: a number was expected, not"):
        EVALUATOR.number(token_of(written), 1)


def test_texts_are_a_mapping_of_texts_or_nothing() -> None:
    assert EVALUATOR.texts(token_of("{A: 1, B: '${{ github.ref }}', C: null, D: true}", "env")) == {
        "A": "1",
        "B": "main",
        "C": "",
        "D": "true",
    }
    assert EVALUATOR.texts(token_of("'${{ inputs.names }}'", "env")) == {"a": "1"}
    assert EVALUATOR.texts(token_of("'${{ github.none }}'", "env")) == {}
    with pytest.raises(InputError, match="a mapping was expected, not 'main'"):
        EVALUATOR.texts(token_of("'${{ github.ref }}'", "env"))


def test_an_expression_that_fails_is_told_with_its_place_and_source() -> None:
    with pytest.raises(InputError) as raised:
        EVALUATOR.text(token_of("\"${{ fromJSON('{') }}\"", "name"))
    (problem,) = raised.value.problems
    assert (problem.path, problem.line, problem.column, problem.rule) == ("w.yml", 5, 11, "expression")
    assert "(in 'fromJSON('{')')" in problem.message


def test_an_error_without_a_token_is_about_the_file() -> None:
    assert str(EVALUATOR.error(None, "odd")) == "w.yml: error: odd"
