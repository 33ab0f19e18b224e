from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from headway.integration.execution.job import DEFAULT_CANCEL_MINUTES, JobControl
from tests.integration.execution.jobs import OneJob, steps

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_job_that_does_its_steps_succeeds(tmp_path: Path) -> None:
    job = OneJob(tmp_path, steps("- {id: x, run: echo hello}"))
    assert job.run() == ("success", {}, "", "")
    assert job.listener.text("x").endswith("hello\n")
    assert [info.number for info in job.listener.began] == [1]


def test_the_first_step_that_fails_is_the_reason(tmp_path: Path) -> None:
    job = OneJob(tmp_path, steps("- {name: One, run: exit 3}\n- {name: Two, if: always(), run: exit 4}"))
    end = job.run()
    assert end.result == "failure"
    assert end.reason == "step 'One' failed: exit code 3"
    assert len(job.listener.failed) == 2


OUTPUTS = "    outputs: {made: '${{ steps.x.outputs.made }}', none: '${{ steps.x.outputs.nope }}', fixed: 1}\n"


def test_outputs_are_evaluated_after_the_steps_and_are_texts(tmp_path: Path) -> None:
    job = OneJob(tmp_path, OUTPUTS + steps("- {id: x, run: 'echo made=it >> $GITHUB_OUTPUT'}"))
    assert job.run().outputs == {"made": "it", "none": "", "fixed": "1"}


def test_outputs_are_there_when_the_job_has_failed(tmp_path: Path) -> None:
    job = OneJob(tmp_path, OUTPUTS + steps("- {id: x, run: 'echo made=it >> $GITHUB_OUTPUT; exit 1'}"))
    assert job.run().outputs["made"] == "it"


@pytest.mark.parametrize("said", ["hunter22", "with hunter22 inside", "aHVudGVyMjI="])
def test_an_output_that_holds_a_secret_in_any_form_is_left_out(tmp_path: Path, said: str) -> None:
    text = OUTPUTS + steps(f"- {{id: x, run: 'echo made={said} >> $GITHUB_OUTPUT'}}")
    outputs = OneJob(tmp_path, text, secrets={"TOKEN": "hunter22"}).run().outputs
    assert outputs == {"none": "", "fixed": "1"}


def test_an_output_that_was_masked_on_the_way_is_left_out(tmp_path: Path) -> None:
    run = "echo ::add-mask::later; echo made=later >> $GITHUB_OUTPUT"
    assert "made" not in OneJob(tmp_path, OUTPUTS + steps(f"- {{id: x, run: '{run}'}}")).run().outputs


def test_an_output_that_cannot_be_evaluated_fails_the_job_with_its_place(tmp_path: Path) -> None:
    job = OneJob(tmp_path, "    outputs: {bad: \"${{ fromJSON('{') }}\"}\n" + steps("- run: echo"))
    end = job.run()
    assert (end.result, end.outputs) == ("failure", {})
    assert "test.yml:5:" in end.reason


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ("{name: live, url: 'https://${{ steps.x.outputs.host }}/'}", "https://example.org/"),
        ("{name: live}", ""),
        ("live", ""),
    ],
)
def test_the_address_of_the_environment_may_use_outputs(tmp_path: Path, environment: str, url: str) -> None:
    text = f"    environment: {environment}\n" + steps("- {id: x, run: 'echo host=example.org >> $GITHUB_OUTPUT'}")
    assert OneJob(tmp_path, text).run().environment_url == url


def test_variables_of_the_job_see_those_of_the_workflow(tmp_path: Path) -> None:
    job = OneJob(tmp_path, "    env: {A: '1', B: '${{ github.repository }}'}\n" + steps("- {id: x, run: 'echo $A $B'}"))
    job.run()
    assert job.listener.text("x").endswith("1 acme/shop\n")


def test_what_cannot_be_set_up_is_a_step_that_failed(tmp_path: Path) -> None:
    job = OneJob(tmp_path, "    env: {A: \"${{ fromJSON('{') }}\"}\n" + steps("- {id: x, run: echo}"))
    assert job.run().result == "failure"
    (info,) = job.listener.began
    assert (info.name, info.phase) == ("Set up job", "setup")
    assert "##[error]" in job.listener.text(info.key)


def test_a_folder_that_cannot_be_made_is_told_and_not_raised(tmp_path: Path) -> None:
    (tmp_path / "1-a").write_text("in the way")
    end = OneJob(tmp_path, steps("- run: echo")).run()
    assert end.result == "failure"
    assert str(tmp_path / "1-a") in end.reason


def test_secrets_in_the_reason_of_a_failed_set_up_are_masked_in_the_log(tmp_path: Path) -> None:
    text = '    env: {A: "${{ fromJSON(secrets.TOKEN) }}"}\n' + steps("- run: echo")
    job = OneJob(tmp_path, text, secrets={"TOKEN": "{hunter22"})
    job.run()
    assert "hunter22" not in "".join(map(job.listener.text, job.listener.logs))


# Time


@pytest.mark.parametrize(
    ("limit", "step", "passed", "expected"),
    [
        (None, None, 0.0, None),
        (None, 0.5, 500.0, 30.0),
        (2.0, None, 30.0, 90.0),
        (2.0, 1.0, 30.0, 60.0),
        (2.0, 5.0, 30.0, 90.0),
        (2.0, None, 500.0, 0.001),
    ],
)
def test_a_step_has_what_it_may_take_and_what_is_left_to_a_cancelled_job(
    tmp_path: Path, limit: float | None, step: float | None, passed: float, expected: float | None
) -> None:
    clock = Clock()
    written = "" if limit is None else f"    cancel-timeout-minutes: {limit:g}\n"
    state = OneJob(tmp_path, written + steps("- {run: exit 0}"), clock=clock).run_state
    if limit is not None:
        state.control.cancel("enough")
    state.note_cancellation()
    clock.now += passed
    assert state.remaining(step) == (expected if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("written", ["0.001", "'${{ fromJSON(vars.MINUTES) }}'"])
def test_a_job_is_cancelled_when_its_time_is_over(tmp_path: Path, written: str) -> None:
    text = f"    timeout-minutes: {written}\n" + steps("- run: sleep 60")
    end = OneJob(tmp_path, text, vars={"MINUTES": "0.001"}).run()
    assert end.result == "cancelled"
    assert end.reason == "it ran longer than 0.001 minutes, its timeout-minutes"


def test_a_limit_that_is_no_number_fails_the_job_with_its_place(tmp_path: Path) -> None:
    text = "    timeout-minutes: '${{ vars.MINUTES }}'\n" + steps("- run: echo")
    end = OneJob(tmp_path, text, vars={"MINUTES": "soon"}).run()
    assert end.result == "failure"
    assert "a number was expected, not 'soon'" in end.reason


@pytest.mark.parametrize(
    ("written", "minutes"), [("", DEFAULT_CANCEL_MINUTES), ("    cancel-timeout-minutes: 2\n", 2.0)]
)
def test_after_a_cancellation_the_rest_has_some_minutes(tmp_path: Path, written: str, minutes: float) -> None:
    clock = Clock()
    state = OneJob(tmp_path, written + steps("- run: echo"), clock=clock).run_state
    state.note_cancellation()
    assert (state.status, state.deadline) == ("success", None)
    state.control.cancel("enough")
    state.note_cancellation()
    assert (state.status, state.reason, state.deadline) == ("cancelled", "enough", clock.now + 60 * minutes)
    clock.now += 30
    state.note_cancellation()
    assert state.deadline == clock.now - 30 + 60 * minutes


# Ending


def cancel_at(key: str) -> tuple[list[OneJob], Callable[[str], None]]:
    jobs: list[OneJob] = []

    def look(started: str) -> None:
        if started == key:
            jobs[0].control.cancel("enough")

    return jobs, look


def test_a_cancelled_job_runs_only_what_asks_for_it(tmp_path: Path) -> None:
    jobs, look = cancel_at("b")
    text = "- {id: a, run: echo}\n- {id: b, run: sleep 60}\n- {id: c, run: echo}\n- {id: d, if: always(), run: echo}\n- {id: e, if: cancelled(), run: echo}\n- {id: f, if: failure(), run: echo}"
    jobs.append(OneJob(tmp_path, steps(text), when_started=look))
    end = jobs[0].run()
    assert (end.result, end.reason) == ("cancelled", "enough")
    assert jobs[0].listener.outcomes() == {
        "a": "success",
        "b": "cancelled",
        "c": "skipped",
        "d": "success",
        "e": "success",
        "f": "skipped",
    }


def test_a_job_that_is_cancelled_before_it_begins_runs_nothing(tmp_path: Path) -> None:
    job = OneJob(tmp_path, steps("- {id: a, if: always(), run: touch ran}"))
    job.control.cancel("too late")
    assert job.run()[:3] == ("cancelled", {}, "too late")
    assert job.listener.began == []


def test_a_killed_job_ends_what_runs_although_it_is_cancelled(tmp_path: Path) -> None:
    jobs: list[OneJob] = []

    def look(started: str) -> None:
        (jobs[0].control.cancel if started == "a" else jobs[0].control.kill)("enough")

    text = "- {id: a, run: sleep 60}\n- {id: b, if: always(), run: sleep 60}"
    jobs.append(OneJob(tmp_path, steps(text), when_started=look))
    assert jobs[0].run().result == "cancelled"
    assert jobs[0].listener.outcomes() == {"a": "cancelled", "b": "cancelled"}


def test_cancelling_leaves_the_steps_afterwards_alone_and_killing_does_not() -> None:
    control = JobControl()
    control.cancel("enough")
    assert (control.main.requested, control.after.requested) == (True, False)
    control.kill()
    assert control.after.requested


def test_what_is_to_be_closed_is_closed_in_the_opposite_order_also_after_a_failure(tmp_path: Path) -> None:
    job = OneJob(tmp_path, steps("- run: exit 1"))
    closed: list[int] = []
    job.run_state.closing = [lambda: closed.append(1), lambda: closed.append(2)]
    job.run()
    assert closed == [2, 1]


def test_reports_of_tests_in_the_workspace_are_counted(tmp_path: Path) -> None:
    report = '<testsuite><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite>'
    job = OneJob(tmp_path, steps(f"- run: |\n    echo '{report}' > report.xml"))
    job.run()
    assert [(totals.tests, totals.failures) for totals in job.listener.totals] == [(2, 1)]


def test_jobs_of_one_run_are_told_apart_by_what_they_track(tmp_path: Path) -> None:
    state = OneJob(tmp_path, steps("- run: echo")).run_state
    assert state.tracking_id == f"headway-{os.path.basename(tmp_path)}-1-a"


def test_a_missing_program_is_told_before_the_first_step(tmp_path: Path) -> None:
    job = OneJob(tmp_path, steps("- {id: x, if: false, run: kubectl apply}"))
    job.host.environment["PATH"] = "/nowhere"
    end = job.run()
    assert end.result == "success"
    (first, *_) = job.listener.began
    text: Any = job.listener.text(first.key)
    assert text == "##[warning]'kubectl' is not on this machine; 'Run kubectl apply' calls it\n"
