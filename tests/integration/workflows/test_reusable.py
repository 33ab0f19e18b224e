from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.integration.workflows import CalledFile, read_workflow
from headway.integration.workflows.reusable import MAX_CALLS, MAX_DEPTH, LinkedWorkflow, link
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from headway.integration.workflows.models import Workflow

JOB = "{runs-on: x, steps: [{run: x}]}"
LEAF = f"on: workflow_call\njobs: {{z: {JOB}}}"


def read(text: str) -> Workflow:
    workflow, problems = read_workflow(text, "main.yml")
    assert workflow is not None
    assert not problems, problems
    return workflow


def linked(
    jobs: str, files: dict[str, str] | None = None, *, head: str = "on: push", depth: int = MAX_DEPTH
) -> LinkedWorkflow:
    known = files or {}

    def load(uses: str, _: str) -> CalledFile:
        name = uses.removeprefix("./")
        if name not in known:
            raise HeadwayError(f"'{uses}' cannot be read")
        return CalledFile(name, known[name])

    return link(read(f"{head}\njobs: {jobs}"), load, max_depth=depth)


def messages(found: LinkedWorkflow) -> list[str]:
    return [problem.message for problem in found.problems]


def calls(target: str, on: str = "workflow_call") -> str:
    return f"on: {on}\njobs: {{b: {{uses: ./{target}}}}}"


def test_a_called_workflow_takes_its_place_at_any_depth() -> None:
    found = linked("{a: {uses: ./one}}", {"one": calls("two"), "two": LEAF})
    assert found.problems == ()
    one = found.workflow.jobs["a"].callee
    assert one is not None
    two = one.jobs["b"].callee
    assert two is not None
    assert list(two.jobs) == ["z"]


def test_jobs_that_call_nothing_are_left_as_they_are() -> None:
    found = linked(f"{{a: {JOB}}}")
    assert found.workflow.jobs["a"].callee is None


@pytest.mark.parametrize(("levels", "fine"), [(2, True), (3, False)])
def test_calls_nest_as_deep_as_is_allowed(levels: int, fine: bool) -> None:
    files = {f"f{n}": calls(f"f{n + 1}") for n in range(levels - 1)} | {f"f{levels - 1}": LEAF}
    found = linked("{a: {uses: ./f0}}", files, depth=2)
    assert messages(found) == ([] if fine else ["Reusable workflows may be nested 2 levels deep, not more"])


def test_a_circle_is_told_with_its_way() -> None:
    found = linked("{a: {uses: ./one}}", {"one": calls("two"), "two": calls("one")})
    assert messages(found) == ["The workflow calls itself: one → two → one"]


def test_a_workflow_that_calls_itself_is_told() -> None:
    found = linked("{a: {uses: ./main.yml}}", {"main.yml": calls("main.yml")}, head="on: [push, workflow_call]")
    assert messages(found) == ["The workflow calls itself: main.yml → main.yml"]


@pytest.mark.parametrize(("count", "fine"), [(MAX_CALLS, True), (MAX_CALLS + 1, False)])
def test_so_many_different_workflows_may_be_called(count: int, fine: bool) -> None:
    jobs = ", ".join(f"a{n}: {{uses: ./f{n}}}" for n in range(count))
    found = linked(f"{{{jobs}}}", {f"f{n}": LEAF for n in range(count)})
    assert messages(found) == ([] if fine else [f"A run may call {MAX_CALLS} different workflows, not more"])


def test_one_workflow_may_be_called_any_number_of_times() -> None:
    jobs = ", ".join(f"a{n}: {{uses: ./one}}" for n in range(2 * MAX_CALLS))
    assert messages(linked(f"{{{jobs}}}", {"one": LEAF})) == []


def test_what_many_calls_become_is_bounded_in_size() -> None:
    big = f"on: workflow_call\njobs: {{z: {{runs-on: x, env: {{A: {'x' * 100_000}}}, steps: [{{run: x}}]}}}}"
    jobs = ", ".join(f"a{n}: {{uses: ./one}}" for n in range(60))
    assert "Error from called workflow one: Maximum object size exceeded" in messages(
        linked(f"{{{jobs}}}", {"one": big})
    )


def test_a_workflow_that_is_not_there_is_told_with_the_reason() -> None:
    (problem,) = linked("{a: {uses: ./none}}").problems
    assert (problem.message, problem.hint) == ("Unable to find reusable workflow './none'", "'./none' cannot be read")


def test_a_workflow_that_others_may_not_call_says_what_to_add() -> None:
    (problem,) = linked("{a: {uses: ./one}}", {"one": f"on: push\njobs: {{z: {JOB}}}"}).problems
    assert (problem.message, problem.hint) == (
        "The workflow 'one' cannot be called by others",
        "add 'workflow_call' to its 'on:'",
    )


def test_problems_of_a_called_workflow_say_where_it_is_called_from() -> None:
    (problem,) = linked(
        "{a: {uses: ./one}}", {"one": "on: workflow_call\njobs: {z: {runs-on: x, stepz: []}}"}
    ).problems[:1]
    assert problem.path == "one"
    assert "called from main.yml:2:18" in problem.hint


TYPED = (
    "on: {workflow_call: {inputs: {n: {type: number}, flag: {type: boolean}, must: {type: string, required: true}}}}\njobs: {z: "
    + JOB
    + "}"
)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("{must: x}", []),
        ("{MUST: x, N: 1, flag: true}", []),
        ("{must: 5, n: '${{ github.x }}'}", []),
        ("{}", ["Input must is required, but not provided while calling."]),
        ("{must: x, nn: 1}", ["Invalid input, nn is not defined in the referenced workflow."]),
        ("{must: x, n: soon}", ["Unexpected value 'soon'"]),
        ("{must: x, flag: 1}", ["Unexpected value '1'"]),
        ("{must: x, n: true}", ["Unexpected value 'true'"]),
    ],
)
def test_inputs_are_those_that_the_called_workflow_defines(given: str, expected: list[str]) -> None:
    assert messages(linked(f"{{a: {{uses: ./one, with: {given}}}}}", {"one": TYPED})) == expected


SECRET = "on: {workflow_call: {secrets: {token: {required: true}, other: {}}}}\njobs: {z: " + JOB + "}"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("inherit", []),
        ("{token: x}", []),
        ("{TOKEN: x, other: y}", []),
        ("{other: y}", ["Secret token is required, but not provided while calling."]),
        ("{token: x, tokn: y}", ["Invalid secret, tokn is not defined in the referenced workflow."]),
    ],
)
def test_secrets_are_those_that_the_called_workflow_takes_or_all(given: str, expected: list[str]) -> None:
    assert messages(linked(f"{{a: {{uses: ./one, secrets: {given}}}}}", {"one": SECRET})) == expected


@pytest.mark.parametrize(
    ("head", "asks", "expected"),
    [
        ("on: push", "permissions: {contents: write}", []),
        ("on: push\npermissions: {contents: write}", "permissions: {contents: write}", []),
        (
            "on: push\npermissions: {contents: read}",
            "permissions: {contents: write}",
            ["contents: write', but is only allowed 'contents: read'"],
        ),
        (
            "on: push\npermissions: {}",
            "permissions: {issues: read}",
            ["issues: read', but is only allowed 'issues: none'"],
        ),
    ],
)
def test_a_called_workflow_may_not_ask_for_more_than_its_caller_has(head: str, asks: str, expected: list[str]) -> None:
    found = linked("{a: {uses: ./one}}", {"one": f"on: workflow_call\n{asks}\njobs: {{z: {JOB}}}"}, head=head)
    assert len(messages(found)) == len(expected)
    assert all(part in message for part, message in zip(expected, messages(found), strict=True))
