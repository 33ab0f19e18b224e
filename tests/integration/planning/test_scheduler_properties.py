"""Under any order of events: no job before its needs, none lost, none twice, and always an end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from headway.integration.planning.state import JobFinished

from .runs import Lead

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn

CONDITIONS = (
    "",
    "always()",
    "failure()",
    "cancelled()",
    "success()",
    "!cancelled()",
    "needs.j0.result == 'success'",
    "false",
)
RESULTS = ("success", "failure", "cancelled")


@st.composite
def workflows(draw: DrawFn) -> str:
    lines = ["on: push", "jobs:"]
    for number in range(draw(st.integers(1, 7))):
        needs = draw(st.lists(st.integers(0, number - 1), unique=True, max_size=3)) if number else []
        condition = draw(st.sampled_from(CONDITIONS))
        lines += [f"  j{number}:", "    runs-on: x", "    steps: [{run: 'true'}]"]
        lines += [f"    needs: [{', '.join(f'j{need}' for need in needs)}]"] if needs else []
        if condition and (0 in needs or "j0" not in condition):
            lines.append(f'    if: "{condition}"')
        if size := draw(st.integers(0, 3)):
            fail_fast = draw(st.sampled_from(("true", "false")))
            parallel = draw(st.integers(1, 4))
            matrix = f"{{n: {list(range(size))}}}"
            lines.append(f"    strategy: {{fail-fast: {fail_fast}, max-parallel: {parallel}, matrix: {matrix}}}")
        if draw(st.booleans()):
            lines.append(
                f"    concurrency: {{group: g{draw(st.integers(0, 2))}, queue: {draw(st.sampled_from(('single', 'max')))}}}"
            )
        if draw(st.booleans()):
            lines.append("    continue-on-error: true")
    return "\n".join(lines)


@settings(max_examples=300)
@given(workflows(), st.integers(0, 3), st.integers(0, 12), st.data())
def test_in_any_order_of_events_a_run_keeps_its_promises(
    text: str, capacity: int, cancel_at: int, data: st.DataObject
) -> None:
    run = Lead(text, capacity=capacity)
    for turn in range(200):
        if run.ends:
            break
        if turn == cancel_at:
            run.cancel("the test asked for it")
        running = run.running
        if not running:
            break
        assert not capacity or len(running) <= capacity
        key = data.draw(st.sampled_from(running))
        run.take(JobFinished(key, data.draw(st.sampled_from(RESULTS))))
        check_promises(run)
    assert len(run.ends) == 1, "the run did not end"
    assert all(job.status == "done" for job in run.state.jobs.values())
    assert all(one.status == "done" for one in run.state.instances.values())
    assert len(run.started) == len(set(run.started)), "a job was started twice"


def check_promises(run: Lead) -> None:
    state = run.state
    for key in run.started:
        for need in state.instances[key].job.needs:
            assert state.jobs["", need.text].status == "done", f"{key} started before {need.text} was done"
    for job in state.jobs.values():
        running = [key for key in job.instances if state.instances[key].status == "running"]
        bounds = [state.instances[key].max_parallel for key in job.instances]
        assert not any(bounds) or len(running) <= max(bounds)
    groups = [one.concurrency.group for one in state.instances.values() if one.status == "running" and one.concurrency]
    assert len(groups) == len(set(groups)), "two jobs of one concurrency group run"


@settings(max_examples=50)
@given(workflows(), st.data())
def test_a_run_without_failures_or_cancellation_succeeds(text: str, data: st.DataObject) -> None:
    run = Lead(text)
    while run.running:
        run.end(data.draw(st.sampled_from(run.running)))
    superseded = any(one.result == "cancelled" for one in run.state.instances.values())
    assert run.ends == (["cancelled"] if superseded else ["success"])
