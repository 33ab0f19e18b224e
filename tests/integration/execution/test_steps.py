from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.integration.execution.outcome import Outcome
from headway.integration.execution.steps import MAX_BACKGROUND
from headway.kernel.errors import HeadwayError
from tests.integration.execution.jobs import OneJob, steps

if TYPE_CHECKING:
    from pathlib import Path

    from headway.integration.execution.actions import ResolvedAction
    from headway.integration.execution.invocation import Invocation


def ran(folder: Path, text: str) -> OneJob:
    job = OneJob(folder, steps(text))
    job.run()
    return job


def reason(job: OneJob, key: str) -> str:
    return job.listener.ends[key].reason


@pytest.mark.parametrize(
    ("condition", "outcome"),
    [
        ("true", "success"),
        ("'false'", "success"),
        ("${{ github.repository == 'ACME/shop' }}", "success"),
        ("failure()", "skipped"),
        ("env.MINE == 'yes'", "success"),
        ("steps.none.outcome == 'success'", "skipped"),
        ("''", "skipped"),
    ],
)
def test_a_step_runs_when_its_condition_holds(tmp_path: Path, condition: str, outcome: str) -> None:
    text = f"- {{id: x, env: {{MINE: 'yes'}}, if: \"{condition}\", run: exit 0}}"
    assert ran(tmp_path, text).listener.outcomes() == {"x": outcome}


def test_why_a_step_is_skipped_is_told(tmp_path: Path) -> None:
    job = ran(
        tmp_path,
        "- {id: a, if: github.repository == 'x', run: exit 0}\n- {id: b, run: exit 1}\n- {id: c, run: exit 0}\n- {id: d, if: success() || env.X, run: exit 0}",
    )
    assert (
        reason(job, "a") == "its condition is false: (github.repository == 'x'), where github.repository is 'acme/shop'"
    )
    assert reason(job, "c") == "an earlier step failed"
    assert reason(job, "d").startswith("its condition is false: success() || env.X")


def test_a_condition_that_cannot_be_evaluated_fails_its_step(tmp_path: Path) -> None:
    job = ran(tmp_path, "- {id: a, if: \"fromJSON('{')\", run: exit 0}\n- {id: b, if: failure(), run: exit 0}")
    assert job.listener.outcomes() == {"a": "failure", "b": "success"}
    assert "##[error]test.yml:6:" in job.listener.text("a")


def test_a_variable_that_cannot_be_evaluated_fails_its_step_under_its_name(tmp_path: Path) -> None:
    job = ran(tmp_path, "- {id: a, name: Mine, env: {A: \"${{ fromJSON('{') }}\"}, run: exit 0}")
    assert [(info.name, info.key) for info in job.listener.began] == [("Mine", "a")]
    assert job.listener.outcomes() == {"a": "failure"}


def test_a_step_that_may_fail_fails_alone(tmp_path: Path) -> None:
    job = ran(
        tmp_path,
        "- {id: a, continue-on-error: true, run: exit 1}\n- {id: b, if: steps.a.outcome == 'failure' && steps.a.conclusion == 'success', run: exit 0}",
    )
    assert [(end.outcome, end.conclusion) for end in job.listener.ends.values()] == [
        ("failure", "success"),
        ("success", "success"),
    ]


def test_whether_a_step_may_fail_is_evaluated_after_it(tmp_path: Path) -> None:
    job = ran(tmp_path, "- {id: a, continue-on-error: \"${{ steps.none.outcome != 'x' }}\", run: exit 1}")
    assert job.run_state.status == "success"


def test_whether_a_step_may_fail_must_be_a_boolean(tmp_path: Path) -> None:
    job = ran(tmp_path, '- {id: a, continue-on-error: "${{ github.repository }}", run: exit 1}')
    assert "a boolean was expected, not 'acme/shop'" in reason(job, "a")


def test_exit_codes_are_told_and_what_never_ran_has_none(tmp_path: Path) -> None:
    job = ran(tmp_path, "- {id: a, run: exit 7}\n- {id: b, run: exit 0}")
    assert [end.exit_code for end in job.listener.ends.values()] == [7, None]


def test_numbers_count_in_the_order_of_beginning(tmp_path: Path) -> None:
    job = ran(tmp_path, "- run: exit 0\n- {if: false, run: exit 0}\n- run: exit 0")
    assert [info.number for info in job.listener.began] == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("- {id: a, working-directory: none, run: exit 0}", "The working directory 'none' does not exist"),
        ("- {id: a, shell: fish, run: exit 0}", "'fish' is no shell"),
        (
            '- {id: a, timeout-minutes: "${{ github.repository }}", run: exit 0}',
            "a number was expected, not 'acme/shop'",
        ),
    ],
)
def test_what_cannot_be_begun_fails_the_step_in_words(tmp_path: Path, text: str, expected: str) -> None:
    assert expected in reason(ran(tmp_path, text), "a")


# Native actions, and what is left for afterwards


class Native:
    """A native action that keeps what is asked of it, and leaves something to do."""

    def __init__(self) -> None:
        self.order: list[str] = []

    def __call__(self, invocation: Invocation, action: ResolvedAction, inputs: dict[str, str]) -> Outcome:
        self.order.append(f"main {invocation.step.id}")
        invocation.after(self.post)
        if inputs.get("raise"):
            raise HeadwayError("it cannot be begun")
        return Outcome("failure" if inputs.get("fail") else "success", "as asked for", {"given": inputs.get("x", "")})

    def post(self, invocation: Invocation) -> Outcome:
        self.order.append(f"post {invocation.key} {invocation.evaluator.text(invocation.step.env)}"[:12])
        return Outcome("failure" if invocation.step.id == "bad" else "success", "afterwards")


def with_native(folder: Path, text: str) -> tuple[OneJob, Native]:
    native = Native()
    job = OneJob(folder, steps(text))
    job.run_state.host = job.host._replace(native={"acme/do": native})
    return job, native


def test_what_actions_leave_is_done_latest_first_also_after_a_failure(tmp_path: Path) -> None:
    text = "- {id: a, uses: acme/do@v1}\n- {id: b, uses: acme/do@v1, with: {fail: 1}}\n- {id: c, uses: acme/do@v1}"
    job, native = with_native(tmp_path, text)
    assert job.run().result == "failure"
    assert [entry.split()[:2] for entry in native.order] == [
        ["main", "a"],
        ["main", "b"],
        ["post", "b:post"],
        ["post", "a:post"],
    ]
    posts = [(info.name, info.phase) for info in job.listener.began if info.phase == "post"]
    assert posts == [("Post Run acme/do@v1", "post")] * 2


def test_a_failure_afterwards_fails_the_job_and_the_others_are_still_done(tmp_path: Path) -> None:
    job, native = with_native(tmp_path, "- {id: a, uses: acme/do@v1}\n- {id: bad, name: Bad, uses: acme/do@v1}")
    assert job.run().reason == "step 'Post Bad' failed: afterwards"
    assert len(native.order) == 4


def test_outputs_of_a_native_action_are_there_for_later_steps(tmp_path: Path) -> None:
    job, _ = with_native(
        tmp_path, "- {id: a, uses: acme/do@v1, with: {X: 1}}\n- {id: b, if: steps.a.outputs.given == '1', run: exit 0}"
    )
    job.run()
    assert job.listener.outcomes()["b"] == "success"


def test_the_outcome_of_what_is_done_afterwards_does_not_replace_the_steps(tmp_path: Path) -> None:
    job, _ = with_native(tmp_path, "- {id: bad, uses: acme/do@v1}")
    job.run()
    assert [end.outcome for end in job.listener.ends.values()] == ["success", "failure"]


def test_an_action_that_cannot_be_begun_fails_its_step(tmp_path: Path) -> None:
    job, _ = with_native(tmp_path, "- {id: a, uses: acme/do@v1, with: {raise: 1}}")
    assert job.run().reason == "step 'Run acme/do@v1' failed: it cannot be begun"
    assert job.listener.text("a") == "##[error]it cannot be begun\n"


# In the background


def test_no_more_than_ten_steps_are_in_the_background_at_a_time(tmp_path: Path) -> None:
    count = 'n=$(ls "$D" | wc -l); echo "$n" >> "$D.most"'
    work = f'touch "$D/$I"; {count}; sleep 0.05; {count}; rm "$D/$I"'
    lines = [
        f"- {{id: s{n}, background: true, env: {{I: '{n}', D: '{tmp_path}/now'}}, run: '{work}'}}" for n in range(14)
    ]
    (tmp_path / "now").mkdir()
    job = ran(tmp_path, "\n".join([*lines, "- wait-all: true"]))
    assert job.run_state.status == "success"
    most = max(int(line) for line in (tmp_path / "now.most").read_text().split())
    assert 1 < most <= MAX_BACKGROUND
    assert len(job.listener.ends) == 14


def test_a_step_in_the_background_that_nobody_waits_for_is_waited_for_at_the_end(tmp_path: Path) -> None:
    job = ran(tmp_path, "- {id: a, background: true, run: 'sleep 0.1; exit 3'}\n- {id: b, run: exit 0}")
    assert list(job.listener.outcomes().items()) == [("b", "success"), ("a", "failure")]
    assert job.run_state.reason.endswith("failed: exit code 3")


def test_waiting_twice_or_for_what_has_ended_is_fine(tmp_path: Path) -> None:
    job = ran(
        tmp_path,
        "- {id: a, background: true, run: exit 0}\n- wait: a\n- wait: [a]\n- wait-all: true\n- cancel: a\n- {id: b, run: exit 0}",
    )
    assert job.listener.outcomes() == {"a": "success", "b": "success"}


def test_a_step_that_another_cancels_is_cancelled_and_the_job_goes_on(tmp_path: Path) -> None:
    job = ran(tmp_path, "- {id: a, background: true, run: sleep 60}\n- {id: stop, cancel: a}\n- {id: b, run: exit 0}")
    assert job.listener.outcomes() == {"a": "cancelled", "b": "success"}
    assert reason(job, "a") == "the step 'stop' cancelled it"
    assert job.run_state.status == "success"


def test_all_of_a_parallel_group_run_although_one_fails(tmp_path: Path) -> None:
    job = ran(
        tmp_path,
        "- parallel:\n    - {id: a, run: exit 1}\n    - {id: b, run: 'sleep 0.05; exit 0'}\n- {id: c, run: exit 0}",
    )
    assert job.listener.outcomes() == {"a": "failure", "b": "success", "c": "skipped"}
