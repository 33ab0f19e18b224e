from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.integration.execution.names import display_name, fallback_name
from headway.integration.planning.evaluation import Evaluator
from headway.integration.workflows import read_workflow

if TYPE_CHECKING:
    from headway.integration.workflows.models import Step


def step_of(text: str) -> Step:
    head = "on: push\njobs: {a: {runs-on: x, steps: [{id: one, run: x, background: true}, {id: two, run: x, background: true}"
    workflow, problems = read_workflow(f"{head}, {text}]}}}}", "w.yml")
    assert workflow is not None
    assert not problems, problems
    return workflow.jobs["a"].steps[-1]


HERE = Evaluator("w.yml", {"github": {"ref": "main"}, "env": {}})


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("{run: make test}", "Run make test"),
        ('{run: "\\n\\n   make test  \\nmake more"}', "Run make test"),
        ('{run: ""}', "Run"),
        ("{uses: actions/checkout@v4}", "Run actions/checkout@v4"),
        ("{uses: ./.github/actions/x}", "Run ./.github/actions/x"),
        ("{uses: docker://alpine:3}", "Run docker://alpine:3"),
        ("{wait: one}", "Wait for one"),
        ("{wait: [one, two]}", "Wait for one, two"),
        ("{wait-all: true}", "Wait for all"),
        ("{cancel: one}", "Cancel one"),
        ("{parallel: [{run: x}]}", "Parallel group"),
    ],
)
def test_a_step_without_a_name_is_called_by_what_it_does(text: str, name: str) -> None:
    assert fallback_name(step_of(text)) == name
    assert display_name(step_of(text), HERE) == name


@pytest.mark.parametrize(
    ("name", "evaluated", "before"),
    [
        ("Build", "Build", "Build"),
        ("'Build ${{ github.ref }}'", "Build main", "Build ${{ github.ref }}"),
        ("'${{ github.none }}'", "Run x", "${{ github.none }}"),
        ("''", "Run x", "Run x"),
        ("12", "12", "12"),
    ],
)
def test_a_name_of_its_own_is_evaluated_once_that_can_be_done(name: str, evaluated: str, before: str) -> None:
    step = step_of(f"{{name: {name}, run: x}}")
    assert display_name(step, HERE) == evaluated
    assert display_name(step, None) == before


@pytest.mark.parametrize(
    ("script", "evaluated"),
    [
        ("echo ${{ github.ref }}", "Run echo main"),
        ("${{ github.none }}", "Run"),
        ("echo ${{ fromJSON('no json') }}", "Run echo ${{ fromJSON('no json') }}"),
    ],
)
def test_a_script_is_evaluated_in_the_name_if_that_can_be_done(script: str, evaluated: str) -> None:
    step = step_of(f'{{run: "{script}"}}')
    assert display_name(step, HERE) == evaluated
    assert display_name(step, None) == fallback_name(step) == f"Run {script}"
