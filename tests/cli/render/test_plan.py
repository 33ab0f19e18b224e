from __future__ import annotations

import pytest

from headway.cli.render.plan import plan_lines
from headway.integration.planning.plan import plan
from headway.integration.planning.scheduler import new_run
from tests.integration.planning.runs import workflow

PREFIX = "on: push\njobs:\n"


def lines(jobs: str) -> list[str]:
    state = new_run(workflow(PREFIX + jobs), github={"event_name": "push", "ref": "refs/heads/main"})
    return list(plan_lines(plan(state)))


@pytest.mark.parametrize(
    ("jobs", "expected"),
    [
        ("  a: {runs-on: x, steps: [{run: make}]}", ["● a [x]", "    Run make"]),
        ("  a: {runs-on: [x, y], steps: [{name: Build, run: make}]}", ["● a [x, y]", "    Build"]),
        ("  a: {runs-on: {group: g}, steps: [{run: x}]}", ["● a", "    Run x"]),
        (
            "  a: {runs-on: x, steps: [{if: always(), run: x}, {if: github.ref, run: y}]}",
            ["● a [x]", "    Run x  if always()", "    Run y  if (github.ref)"],
        ),
        ("  a: {runs-on: x, steps: [{name: 'At ${{ github.ref }}', run: x}]}", ["● a [x]", "    At ${{ github.ref }}"]),
        (
            "  a: {runs-on: x, steps: [{parallel: [{run: x}, {run: y}]}]}",
            ["● a [x]", "    Parallel group", "      Run x", "      Run y"],
        ),
        (
            "  a: {if: github.ref == 'x', runs-on: x, steps: [{run: x}]}",
            ["- a", "    skipped: its condition is false: github.ref == 'x', where github.ref is 'refs/heads/main'"],
        ),
        (
            "  a: {runs-on: '${{ matrix.os }}', strategy: {matrix: {os: [x, y]}}, steps: [{run: z}]}",
            ["● a (x) [x]", "    Run z", "● a (y) [y]", "    Run z"],
        ),
    ],
)
def test_a_plan_shows_jobs_with_their_runner_and_steps(jobs: str, expected: list[str]) -> None:
    assert lines(jobs) == expected


def test_what_outputs_decide_is_marked_with_the_question() -> None:
    found = lines(
        "  a: {runs-on: x, outputs: {go: 'y'}, steps: [{run: x}]}\n"
        "  b: {needs: a, if: needs.a.outputs.go, runs-on: x, steps: [{run: x}]}"
    )
    assert found[2] == "? b after a [x]"
    assert found[3].startswith("    not decided yet: its condition depends on needs.a.outputs.go")
