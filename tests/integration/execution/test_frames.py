from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.integration.execution.actions import ResolvedAction
from headway.integration.execution.frames import Frame
from headway.integration.expressions import parse
from headway.integration.workflows.models import Action
from headway.integration.workflows.tokens import Expression
from tests.integration.execution.jobs import OneJob, steps

if TYPE_CHECKING:
    from pathlib import Path

    from headway.integration.expressions import Value

ACTION = ResolvedAction(Action("action.yml", "Greet", "composite", {}, {}), "/actions/greet", "acme/greet", "v1")


@pytest.fixture
def job(tmp_path: Path) -> OneJob:
    return OneJob(
        tmp_path,
        steps("- run: echo"),
        secrets={"TOKEN": "hunter22"},
        vars={"V": "v"},
        inputs={"who": "job"},
        needs={"b": {"result": "success"}},
    )


@pytest.fixture
def frame(job: OneJob) -> Frame:
    return Frame.of_job(job.run_state)


def value(frame: Frame, source: str, **env: str) -> Value:
    return frame.evaluator(env).value(Expression(source, parse(source), source, 1, 1))


def inner(frame: Frame) -> Frame:
    return frame.inner(ACTION, "greet", {"who": "action"}, {"STEP": "s"})


def test_variables_of_the_step_win_over_those_around(frame: Frame) -> None:
    frame.job.env = {"A": "job", "B": "job", "C": "job"}
    frame.env = {"B": "frame", "C": "frame"}
    assert [value(frame, f"env.{name}", C="step") for name in "ABC"] == ["job", "frame", "step"]


def test_the_steps_of_an_action_see_its_inputs_and_not_the_jobs(frame: Frame) -> None:
    assert value(frame, "inputs.who") == "job"
    assert value(inner(frame), "inputs.who") == "action"


@pytest.mark.parametrize("source", ["secrets.TOKEN", "vars.V", "needs.b.result"])
def test_an_action_sees_neither_secrets_nor_variables_nor_needs(frame: Frame, source: str) -> None:
    assert value(frame, source) in ("hunter22", "v", "success")
    assert value(inner(frame), source) is None


def test_an_action_knows_where_it_is_and_the_job_around_it_does_not(frame: Frame) -> None:
    found = [value(inner(frame), f"github.action_{name}") for name in ("path", "repository", "ref")]
    assert found == ["/actions/greet", "acme/greet", "v1"]
    assert value(frame, "github.action_path") is None
    assert value(inner(frame), "github.repository") == "acme/shop"


def test_keys_and_depths_grow_with_every_level(frame: Frame) -> None:
    second = inner(inner(frame))
    assert (frame.key, frame.depth, frame.is_composite) == ("", 0, False)
    assert (second.key, second.depth, second.is_composite) == ("greet/greet/", 2, True)


def test_variables_of_the_step_that_uses_an_action_reach_its_steps(frame: Frame) -> None:
    assert value(inner(frame), "env.STEP") == "s"
    assert value(frame, "env.STEP") is None


def test_steps_of_one_frame_are_unknown_in_another(frame: Frame) -> None:
    frame.steps["x"] = {"outcome": "success", "conclusion": "success", "outputs": {}}
    assert value(frame, "steps.x.outcome") == "success"
    assert value(inner(frame), "steps.x.outcome") is None


def test_a_failure_in_an_action_is_not_yet_the_jobs(frame: Frame) -> None:
    action = inner(frame)
    action.fail("it broke")
    assert (action.status, frame.status, frame.job.status) == ("failure", "success", "success")
    assert value(action, "failure()") is True
    assert value(frame, "failure()") is False


def test_the_first_reason_of_a_failure_is_kept(frame: Frame) -> None:
    frame.fail("first")
    frame.fail("second")
    assert (frame.job.status, frame.job.reason, frame.job.job_context["status"]) == ("failure", "first", "failure")


@pytest.mark.parametrize(
    ("fails", "cancels", "expected"),
    [
        (False, False, [True, False, False, True]),
        (True, False, [False, True, False, True]),
        (False, True, [False, False, True, True]),
        (True, True, [False, False, True, True]),
    ],
)
def test_status_functions_say_how_the_job_stands(
    frame: Frame, fails: bool, cancels: bool, expected: list[bool]
) -> None:
    if fails:
        frame.fail("it broke")
    if cancels:
        frame.job.control.cancel("enough")
    assert [value(frame, f"{name}()") for name in ("success", "failure", "cancelled", "always")] == expected


def test_the_variables_of_a_step_name_the_step_and_the_action_around(frame: Frame) -> None:
    assert frame.default_variables("one")["GITHUB_ACTION"] == "one"
    variables = inner(frame).default_variables("two")
    assert variables["GITHUB_ACTION"] == "two"
    assert variables["GITHUB_ACTION_PATH"] == "/actions/greet"
