from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headway.integration.execution.actions import MAX_DEPTH, ActionResolver, ResolvedAction
from headway.integration.execution.frames import Frame
from headway.integration.execution.outcome import Outcome
from headway.integration.planning.evaluation import Evaluator
from headway.integration.workflows import read_action, read_workflow
from headway.kernel.errors import HeadwayError, InputError
from tests.integration.execution.jobs import OneJob, steps

if TYPE_CHECKING:
    from pathlib import Path

    from headway.integration.execution.invocation import Invocation

GREET = """
inputs:
  who: {required: true}
  Mood: {default: "${{ github.mood }}"}
  empty: {default: ""}
  none: {}
runs: {using: composite, steps: []}
"""
COMPOSITE = "runs: {using: composite, steps: [{run: echo, shell: sh}]}"


def native(invocation: Invocation, action: ResolvedAction, inputs: dict[str, str]) -> Outcome:
    return Outcome("success")


def write(folder: Path, text: str, name: str = "action.yml") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text)
    return folder


def resolve(job: OneJob, number: int = 0) -> ResolvedAction:
    state = job.run_state
    return state.actions.resolved(state.request.job.steps[number], Frame.of_job(state))


def inputs_of(written: str) -> dict[str, str]:
    action, problems = read_action(GREET, "action.yml")
    assert action is not None
    assert not problems
    text = f"on: push\njobs: {{a: {{runs-on: x, steps: [{{uses: ./greet, with: {written}}}]}}}}"
    workflow, _ = read_workflow(text, "w.yml")
    assert workflow is not None
    contexts: dict[str, Any] = {"github": {"mood": "fine", "ref": "main"}, "matrix": None}
    return ResolvedAction(action, "").inputs(Evaluator("w.yml", contexts), workflow.jobs["a"].steps[0])


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{who: Ada}", {"who": "Ada", "mood": "fine", "empty": ""}),
        ("{WHO: Ada, mOOd: bad}", {"who": "Ada", "mood": "bad", "empty": ""}),
        ("{who: true, mood: 1.50}", {"who": "true", "mood": "1.5", "empty": ""}),
        ("{who: '${{ github.ref }}', mood: ''}", {"who": "main", "mood": "", "empty": ""}),
        ("{unknown: x}", {"unknown": "x", "mood": "fine", "empty": ""}),
        ("{who: null}", {"who": "", "mood": "fine", "empty": ""}),
    ],
)
def test_inputs_are_what_is_given_and_else_the_defaults_in_any_case(written: str, expected: dict[str, str]) -> None:
    assert inputs_of(written) == expected


def test_a_required_input_without_a_value_is_missing_and_one_with_a_default_is_not() -> None:
    action, _ = read_action(
        "inputs: {A: {required: true}, b: {required: true, default: x}, c: {}}\nruns: {using: composite, steps: []}",
        "a",
    )
    assert action is not None
    resolved = ResolvedAction(action, "")
    assert resolved.missing({"b": "x"}) == ["A"]
    assert resolved.missing({"a": "", "b": "x"}) == ["A"]
    assert resolved.missing({"a": "1", "b": "x"}) == []


@pytest.mark.parametrize("name", ["action.yml", "action.yaml"])
def test_an_action_in_the_workspace_is_found_in_either_file(tmp_path: Path, name: str) -> None:
    folder = write(tmp_path / "1-a/shop/.github/greet", COMPOSITE, name)
    found = resolve(OneJob(tmp_path, steps("- uses: ./.github/greet/")))
    assert (found.folder, found.action.using, found.repository) == (str(folder), "composite", "")


def test_yml_comes_before_yaml(tmp_path: Path) -> None:
    folder = write(tmp_path / "1-a/shop", COMPOSITE)
    write(folder, "nonsense", "action.yaml")
    assert resolve(OneJob(tmp_path, steps("- uses: ./"))).action.using == "composite"


def test_a_dockerfile_alone_is_an_action(tmp_path: Path) -> None:
    write(tmp_path / "1-a/shop/box", "FROM scratch", "Dockerfile")
    found = resolve(OneJob(tmp_path, steps("- uses: ./box")))
    assert (found.action.using, found.action.image) == ("docker", "Dockerfile")


def test_nothing_there_asks_for_a_checkout(tmp_path: Path) -> None:
    with pytest.raises(HeadwayError, match=r"'\./nowhere'. Is actions/checkout missing before this step"):
        resolve(OneJob(tmp_path, steps("- uses: ./nowhere")))


def test_an_action_that_is_wrong_tells_its_problems_with_places(tmp_path: Path) -> None:
    folder = write(tmp_path / "1-a/shop/bad", "runs: {using: composite}")
    with pytest.raises(InputError) as raised:
        resolve(OneJob(tmp_path, steps("- uses: ./bad")))
    assert raised.value.problems[0].path == str(folder / "action.yml")


def test_an_image_needs_no_files(tmp_path: Path) -> None:
    found = resolve(OneJob(tmp_path, steps("- uses: docker://alpine:3")))
    assert (found.action.using, found.action.image, found.folder) == ("docker", "docker://alpine:3", "")


def test_an_action_below_a_path_of_another_repository_knows_where_it_is_from(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    write(tools / "setup/node", COMPOSITE)
    found = resolve(OneJob(tmp_path, steps("- uses: acme/tools/setup/node@v1"), actions={"acme/tools": str(tools)}))
    assert (found.folder, found.repository, found.ref) == (str(tools / "setup/node"), "acme/tools", "v1")


def test_another_repository_without_an_action_is_named(tmp_path: Path) -> None:
    (tmp_path / "tools").mkdir()
    job = OneJob(tmp_path, steps("- uses: acme/tools/x@v1"), actions={"acme/tools": str(tmp_path / "tools")})
    with pytest.raises(HeadwayError, match=r"There is no action\.yml, action\.yaml or Dockerfile in 'acme/tools/x@v1'"):
        resolve(job)


def with_native(job: OneJob) -> ActionResolver:
    names = ("actions/checkout", "actions/cache/save", "actions/setup-node")
    job.run_state.host = job.host._replace(native=dict.fromkeys(names, native))
    return job.run_state.actions


@pytest.mark.parametrize("uses", ["actions/checkout@v4", "Actions/Checkout@main", "actions/cache/save@v4"])
def test_native_versions_stand_in_at_any_ref_and_in_any_case(tmp_path: Path, uses: str) -> None:
    job = OneJob(tmp_path, steps(f"- uses: {uses}"))
    with_native(job)
    assert resolve(job).native is native


def test_an_action_that_the_user_replaces_is_not_native(tmp_path: Path) -> None:
    mine = write(tmp_path / "mine", COMPOSITE)
    job = OneJob(tmp_path, steps("- uses: actions/checkout@v4"), actions={"actions/checkout": str(mine)})
    with_native(job)
    assert resolve(job).native is None


def test_within_a_container_the_native_versions_that_set_up_the_machine_do_not_stand_in(tmp_path: Path) -> None:
    job = OneJob(tmp_path, steps("- uses: actions/setup-node@v4\n- uses: actions/checkout@v4"))
    with_native(job)
    job.run_state.in_container = True
    with pytest.raises(HeadwayError, match="is not in the cache"):
        resolve(job, 0)
    assert resolve(job, 1).native is native


def test_preparing_fetches_what_composite_actions_use_in_turn(tmp_path: Path) -> None:
    write(tmp_path / "outer", "runs: {using: composite, steps: [{uses: acme/inner@v1}]}")
    job = OneJob(tmp_path, steps("- uses: acme/outer@v1"), actions={"acme/outer": str(tmp_path / "outer")})
    with pytest.raises(HeadwayError, match="'acme/inner@v1' is not in the cache"):
        job.run_state.actions.prepare(job.run_state.request.job.steps)


def test_preparing_looks_into_parallel_groups_and_leaves_what_is_near_alone(tmp_path: Path) -> None:
    job = OneJob(tmp_path, steps("- uses: ./later\n- parallel: [{uses: acme/inner@v1}, {run: echo}]"))
    with pytest.raises(HeadwayError, match="'acme/inner@v1'"):
        job.run_state.actions.prepare(job.run_state.request.job.steps)


def test_actions_in_containers_are_noted_while_preparing(tmp_path: Path) -> None:
    write(tmp_path / "box", "runs: {using: docker, image: 'docker://alpine:3'}")
    job = OneJob(
        tmp_path, steps("- uses: docker://busybox\n- uses: acme/box@v1"), actions={"acme/box": str(tmp_path / "box")}
    )
    job.run_state.actions.prepare(job.run_state.request.job.steps)
    assert [found.action.image for found in job.run_state.actions.in_containers] == [
        "docker://busybox",
        "docker://alpine:3",
    ]


def test_actions_that_use_themselves_are_stopped_by_the_depth(tmp_path: Path) -> None:
    write(tmp_path / "loop", "runs: {using: composite, steps: [{uses: acme/loop@v1}]}")
    job = OneJob(tmp_path, steps("- uses: acme/loop@v1"), actions={"acme/loop": str(tmp_path / "loop")})
    with pytest.raises(HeadwayError, match=f"more than {MAX_DEPTH} levels deep"):
        job.run_state.actions.prepare(job.run_state.request.job.steps)


def test_a_local_action_that_uses_itself_ends_in_words(tmp_path: Path) -> None:
    write(tmp_path / "1-a/shop/loop", "runs: {using: composite, steps: [{uses: ./loop}]}")
    job = OneJob(tmp_path, steps("- {id: x, uses: ./loop}"))
    assert job.run().result == "failure"
    assert any(f"more than {MAX_DEPTH} levels deep" in job.listener.text(key) for key in job.listener.logs)


def test_only_actions_of_other_repositories_are_prepared(tmp_path: Path) -> None:
    job = OneJob(tmp_path, steps("- uses: ./x\n- uses: docker://y\n- run: z\n- uses: actions/checkout@v4"))
    actions = with_native(job)
    found = [actions.prepared(step) for step in job.run_state.request.job.steps]
    assert [action.native if action else None for action in found] == [None, None, None, native]
