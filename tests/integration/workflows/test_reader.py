from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.integration.workflows import read_action, read_workflow

if TYPE_CHECKING:
    from headway.kernel.errors import Problem

JOB = "jobs:\n  a:\n    runs-on: x\n    steps: [{run: echo}]\n"


def problems(text: str) -> list[str]:
    return [
        f"{p.line}:{p.column}: {p.message}" + (f" ({p.hint})" if p.hint else "")
        for p in read_workflow(text, "w.yml").problems
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on: push\n" + JOB + "nmae: x", ["6:1: Unexpected value 'nmae' (did you mean 'name'?)"]),
        ("On: push\n" + JOB, ["1:1: Unexpected value 'On' (did you mean 'on'?)"]),
        ("on: push\nenv: {A: 1, a: 2}\n" + JOB, ["2:13: 'a' is already defined (the first one is at line 2)"]),
        ("on: push\npermissions: {contents: admin}\n" + JOB, ["2:25: Unexpected value 'admin' (expected 'read' or 'write' or 'none')"]),
        ("on: push\npermissions: all\n" + JOB, ["2:14: Unexpected value 'all' (expected 'read-all' or 'write-all' or a mapping)"]),
        ("on: push\nname: ${{ github.ref }}\n" + JOB, ["2:7: A template expression is not allowed in this context"]),
        ("on: push\nrun-name: ${{ env.X }}\n" + JOB, ["2:11: Unrecognized named-value: 'env'. Located at position 1 within expression: env.X"]),
        ("on: push\njobs:\n  a:\n    runs-on: x\n    timeout-minutes: soon\n", ["5:22: Unexpected value 'soon' (expected a number)"]),
        ("on: push\njobs:\n  1a: {runs-on: x}\n", ["3:3: The identifier '1a' is invalid. IDs may only contain alphanumeric characters, '_', and '-'. IDs must start with a letter or '_' and must be less than 100 characters."]),
        ("on: push\njobs:\n  a: {runs-on: x, steps: [{id: s, run: a}, {id: s, run: b}]}\n", ["3:49: The identifier 's' may not be used more than once within the same scope."]),
        ("on: push\njobs:\n  a: {runs-on: x, steps: [{wait: s}]}\n", ["3:34: Step references unknown step ID 's' (no earlier step has an id)"]),
        ("on: push\njobs:\n  a: {runs-on: x, steps: [{parallel: [{parallel: [{run: a}]}]}]}\n", ["3:39: Nested 'parallel' blocks are not allowed."]),
        ("on: push\njobs:\n  a: {runs-on: x, steps: [{parallel: [{run: a, background: true}]}]}\n", ["3:39: 'background' is not allowed inside a parallel block"]),
        ("on:\n  workflow_dispatch:\n    inputs: {n: {type: choice}}\n" + JOB, ["3:17: Missing 'options' for choice input"]),
        ("on:\n  workflow_dispatch:\n    inputs: {n: {type: choice, options: [a], default: b}}\n" + JOB, ["3:55: The default 'b' is none of the options (a)"]),
        ("on:\n  workflow_dispatch:\n    inputs: {n: {type: boolean, default: maybe}}\n" + JOB, ["3:42: Unexpected value 'maybe' (a boolean input needs true or false)"]),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place_and_a_hint(text: str, expected: list[str]) -> None:
    assert problems(text) == expected


def test_several_things_wrong_are_told_in_one_reading() -> None:
    text = (
        "on: pusch\njobs:\n  a: {runs-on: [x], needs: b, step: []}\n  b: {runs-on: x, if: '${{ x }}', needs: nobody}\n"
    )
    assert [line.partition(": ")[0] for line in problems(text)] == ["1:5", "3:31", "4:23", "3:3"]


def test_values_of_other_kinds_become_text_where_text_is_wanted() -> None:
    workflow, found = read_workflow("on: push\nname: 3.10\nenv: {A: true, B: 0x10, C: null, D: 1e3}\n" + JOB, "w.yml")
    assert not found
    assert workflow is not None
    assert workflow.name == "3.1"
    assert [value.text for _, value in workflow.env.pairs] == ["true", "16", "", "1000"]  # type: ignore[union-attr]


def test_conditions_need_no_braces_and_ask_for_success() -> None:
    workflow, _ = read_workflow(
        "on: push\njobs:\n  a: {runs-on: x, if: github.ref == 'x', steps: []}\n  b: {runs-on: x, if: '${{ always() }}'}\n  c: {runs-on: x}",
        "w.yml",
    )
    assert workflow is not None
    conditions = [job.condition.source for job in workflow.jobs.values() if job.condition]
    assert conditions == ["success() && (github.ref == 'x')", "always()", "success()"]


def test_ids_are_made_up_for_steps_that_have_none() -> None:
    steps = "[{run: a}, {uses: actions/checkout@v4}, {uses: ./x}, {uses: 'docker://alpine:3'}, {run: b}, {id: mine, run: c}]"
    workflow, found = read_workflow(f"on: push\njobs: {{a: {{runs-on: x, steps: {steps}}}}}", "w.yml")
    assert not found
    assert workflow is not None
    assert [step.id for step in workflow.jobs["a"].steps] == [
        "__run",
        "__actions_checkout",
        "__self",
        "__alpine_3",
        "__run_2",
        "mine",
    ]


def test_an_action_is_read_whatever_else_it_holds() -> None:
    action, found = read_action(
        "name: X\nbranding: {icon: box}\nextra: [1]\ninputs: {a: {required: true, other: 1}}\nruns: {using: node20, main: m.js}",
        "action.yml",
    )
    assert not found
    assert action is not None
    assert (action.using, action.main, action.inputs["a"].required) == ("node20", "m.js", True)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name: X", "Required property is missing: runs"),
        ("runs: {using: node99, main: x}", "Unexpected value 'node99'"),
        ("runs: {using: composite}", "There's not enough info to determine what you meant"),
        ("runs: {main: x.js}", "Required property is missing: using"),
        ("runs: {using: composite, steps: [{run: echo}]}", "Required property is missing: shell"),
        (
            "runs: {using: composite, steps: [{shell: sh, run: '${{ secrets.X }}'}]}",
            "Unrecognized named-value: 'secrets'",
        ),
        ("- x", "A sequence was not expected"),
    ],
)
def test_an_action_that_is_wrong_is_refused(text: str, message: str) -> None:
    _, found = read_action(text, "action.yml")
    assert message in "\n".join(problem.message for problem in found)


KEYS = "on name jobs a runs-on steps run uses if needs env with strategy matrix include push branches ${{x}} !! & *"


@settings(max_examples=300)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 5),
            st.sampled_from(KEYS.split()),
            st.sampled_from(("", "x", "[x, y]", "{a: b}", "${{ github.ref }}", "1", "null")),
        )
    )
)
def test_any_tree_of_keys_is_read_or_refused_with_places(lines: list[tuple[int, str, str]]) -> None:
    text = "\n".join(f"{'  ' * indent}{key}: {value}" for indent, key, value in lines)
    found: tuple[Problem, ...] = read_workflow(text, "w.yml").problems
    assert all(problem.path == "w.yml" for problem in found)
