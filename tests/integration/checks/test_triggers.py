from __future__ import annotations

import pytest

from headway.integration.checks.triggers import _gap, trigger_problems
from headway.integration.workflows import read_workflow


def problems(on: str) -> list[tuple[str, str]]:
    workflow, wrong = read_workflow(f"on: {on}\njobs: {{a: {{runs-on: x, steps: [{{run: x}}]}}}}", "w.yml")
    assert workflow is not None
    assert not wrong, wrong
    return [(problem.message, problem.hint) for problem in trigger_problems(workflow)]


@pytest.mark.parametrize(
    ("minutes", "gap"),
    [
        ("*", 1),
        ("0", 60),
        ("*/5", 5),
        ("*/4", 4),
        ("0-59/10", 10),
        ("10-20", 1),
        ("0,30", 30),
        ("0,57", 3),
        ("58,1", 3),
    ],
)
def test_the_smallest_gap_between_two_minutes_counts_around_the_hour(minutes: str, gap: int) -> None:
    assert _gap(minutes) == gap


@pytest.mark.parametrize(
    ("pattern", "repaired"),
    [
        ("./src/**", "src/**"),
        ("/src/**", "src/**"),
        ("../x", "x"),
        ("./.github/workflows/**", ".github/workflows/**"),
        ("././x", "x"),
        ("!./docs/**", "!docs/**"),
    ],
)
def test_a_path_that_does_not_begin_at_the_root_is_shown_repaired(pattern: str, repaired: str) -> None:
    found = problems(f"{{push: {{paths: ['**', '{pattern}']}}}}")
    assert [hint for _, hint in found] == [f"write '{repaired}'"]


@pytest.mark.parametrize(
    "on",
    [
        "push",
        "[push, pull_request]",
        "{push: {branches: [main, '!dev'], tags: ['v*']}}",
        "{push: {paths: ['.github/**', '!docs/**']}}",
        "{schedule: [{cron: '0 3 * * *'}, {cron: '*/5 * * * *'}]}",
        "{workflow_run: {workflows: [CI], branches-ignore: [x]}}",
        "{pull_request: {branches: [main], paths-ignore: ['**.md'], types: [opened]}}",
        "{workflow_dispatch: {inputs: {x: {}}}}",
    ],
)
def test_filters_that_work_are_left_alone(on: str) -> None:
    assert problems(on) == []


@pytest.mark.parametrize("key", ["branches", "tags", "paths"])
def test_a_filter_and_its_opposite_exclude_each_other(key: str) -> None:
    (found,) = problems(f"{{push: {{{key}: [x], {key}-ignore: [y]}}}}")
    assert found[0] == f"'{key}' and '{key}-ignore' cannot be used together"
