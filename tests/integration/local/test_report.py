from __future__ import annotations

from headway.integration.execution.listener import StepEnd, StepInfo
from headway.integration.junit import TestTotals as Totals
from headway.integration.local.events import JobBegan, StepBegan, StepEnded
from headway.integration.local.events import Tested as Counted
from headway.integration.local.report import Report


def report_of(*times: float) -> Report:
    report = Report()
    report.take(JobBegan("a#0", "Build (1)"))
    for number, seconds in enumerate(times):
        key = f"s{number}"
        report.take(StepBegan("a#0", StepInfo(key, number, f"Step {number}")))
        report.take(StepEnded("a#0", StepEnd(key, "success", "success", seconds)))
    return report


def test_jobs_and_steps_are_called_as_people_see_them() -> None:
    report = report_of(1.0)
    assert (report.job_name("a#0"), report.step_name("a#0", "s0")) == ("Build (1)", "Step 0")


def test_what_never_began_is_called_by_its_key() -> None:
    report = report_of(1.0)
    assert (report.job_name("b"), report.step_name("b", "s0"), report.step_name("a#0", "s9")) == ("b", "s0", "s9")


def test_steps_of_one_key_in_two_jobs_are_two() -> None:
    report = report_of(1.0)
    report.take(StepBegan("b", StepInfo("s0", 1, "Another")))
    assert (report.step_name("a#0", "s0"), report.step_name("b", "s0")) == ("Step 0", "Another")


def test_the_slowest_come_first_and_quick_ones_are_left_out() -> None:
    slow = report_of(0.5, 2.0, 1.0, 3.0).slowest()
    assert [(step.job, step.name, step.seconds) for step in slow] == [
        ("Build (1)", "Step 3", 3.0),
        ("Build (1)", "Step 1", 2.0),
    ]


def test_no_more_than_asked_for_are_the_slowest() -> None:
    assert len(report_of(*[2.0] * 9).slowest()) == 5
    assert [step.seconds for step in report_of(0.1, 0.2, 0.3).slowest(2, above=0)] == [0.3, 0.2]


def test_tests_of_all_jobs_are_added_up() -> None:
    report = Report()
    assert report.test_totals() is None
    report.take(Counted("a", Totals(2, 1, 0, 1.0, ("x",))))
    report.take(Counted("b", Totals(3, 0, 1, 0.5, ())))
    assert report.test_totals() == Totals(5, 1, 1, 1.5, ("x",))
