from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headway.integration.checks import check_action, check_workflow
from headway.integration.workflows import read_action, read_workflow
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from headway.integration.workflows.models import Action

CASES = json.loads((Path(__file__).parent / "findings.json").read_text(encoding="utf-8"))
GREET = "inputs: {who: {required: true}}\nruns: {using: composite, steps: []}"


def load(uses: str) -> Action | None:
    if uses == "./greet":
        return read_action(GREET, "greet/action.yml").action
    if uses.startswith("./"):
        raise HeadwayError(f"there is no action.yml, action.yaml or Dockerfile in '{uses}'")
    return None


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.get("message", "nothing wrong")[:50])
def test_each_thing_wrong_is_found_with_its_place_and_nothing_else(case: dict[str, Any]) -> None:
    steps = "\n".join(f"      {step}" for step in case["steps"])
    workflow, problems = read_workflow(
        f"on: {case.get('on', 'push')}\njobs:\n  a:\n    runs-on: x\n    steps:\n{steps}\n", "w.yml"
    )
    assert not problems
    assert workflow is not None
    found = check_workflow(workflow, load)
    if case["rule"] is None:
        assert found == []
        return
    assert [(p.rule, p.line, p.message, p.severity) for p in found] == [
        (case["rule"], case["line"], case["message"], case.get("severity", "error"))
    ]
    if "hint" in case:
        assert found[0].hint == case["hint"]


JOBS = """
on: {workflow_call: {inputs: {level: {type: string}}, secrets: {token: {}}, outputs: {x: {value: "${{ jobs.a.outputs.nope }}"}}}}
jobs:
  a:
    runs-on: x
    outputs: {made: "${{ steps.s.outputs.made }}"}
    strategy: {matrix: {os: [x], include: [{extra: 1}]}}
    steps: [{id: s, run: "echo ${{ matrix.extra }} ${{ matrix.oz }} ${{ inputs.levle }} ${{ secrets.tokn }}"}]
  b:
    needs: a
    runs-on: x
    steps: [{run: "echo ${{ needs.a.outputs.made }} ${{ needs.a.outputs.mode }}"}]
"""


def test_outputs_inputs_secrets_and_matrix_keys_are_followed() -> None:
    workflow, problems = read_workflow(JOBS, "w.yml")
    assert not problems
    assert workflow is not None
    assert [(p.message, p.hint) for p in check_workflow(workflow)] == [
        ("'jobs.a.outputs.nope': the job 'a' has no such output", "its outputs: made"),
        ("'matrix.oz': the matrix has no such key", "its keys: extra, os"),
        ("'inputs.levle': the workflow has no such input", "did you mean 'level'?"),
        ("'secrets.tokn': the workflow takes no such secret", "did you mean 'token'?"),
        ("'needs.a.outputs.mode': the job 'a' has no such output", "did you mean 'made'?"),
    ]


def test_actions_are_checked_too() -> None:
    text = "inputs: {who: {}}\nruns:\n  using: composite\n  steps:\n    - {shell: sh, run: 'echo ${{ inputs.whom }} ${{ steps.x.outputs.y }}'}"
    action, problems = read_action(text, "action.yml")
    assert not problems
    assert action is not None
    assert [problem.message for problem in check_action(action)] == [
        "'inputs.whom': the action has no such input",
        "'steps.x': no step before this place has that id",
    ]
    old, _ = read_action("runs: {using: node12, main: x.js}", "action.yml")
    assert old is not None
    assert check_action(old)[0].message.startswith("'node12' is retired")
