from __future__ import annotations

from headway.integration.planning.plan import plan
from headway.integration.planning.scheduler import new_run

from .runs import workflow


def planned(text: str) -> list[tuple[str, str, str]]:
    state = new_run(workflow(text), github={"event_name": "push", "ref": "refs/heads/main"})
    return [(job.key, job.verdict, job.reason) for job in plan(state)]


def test_a_plan_holds_every_job_in_the_order_of_starting() -> None:
    text = """
on: push
jobs:
  last: {needs: [a, b], runs-on: x, steps: [{run: echo}]}
  a: {runs-on: x, strategy: {matrix: {n: [1, 2]}}, steps: [{run: echo}]}
  b: {runs-on: x, if: "github.ref == 'refs/heads/dev'", steps: [{run: echo}]}
"""
    jobs = planned(text)
    assert [(key, verdict) for key, verdict, _ in jobs] == [
        ("a#0", "run"),
        ("a#1", "run"),
        ("last", "skip"),
        ("b", "skip"),
    ]
    assert "it comes after 'b', which was skipped" in jobs[2][2]


def test_what_only_outputs_can_decide_is_left_open() -> None:
    text = """
on: push
jobs:
  a: {runs-on: x, outputs: {go: x, m: x}, steps: [{run: echo}]}
  b: {needs: a, runs-on: x, if: needs.a.outputs.go == 'yes', steps: [{run: echo}]}
  c: {needs: a, runs-on: x, strategy: {matrix: "${{ fromJSON(needs.a.outputs.m) }}"}, steps: [{run: echo}]}
  d: {needs: b, runs-on: x, steps: [{run: echo}]}
"""
    jobs = {key: (verdict, reason) for key, verdict, reason in planned(text)}
    assert jobs["b"] == (
        "undecided",
        "its condition depends on needs.a.outputs.go: success() && (needs.a.outputs.go == 'yes')",
    )
    assert jobs["c"] == ("undecided", "its matrix depends on needs.a.outputs.m")
    assert jobs["d"][0] == "run"
