from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.integration.workflows import read_workflow
from headway.integration.workflows.permissions import effective, excess

if TYPE_CHECKING:
    from headway.integration.workflows.models import Workflow

JOB = "jobs: {a: {runs-on: x, steps: [{run: x}]%s}}"


def read(top: str, job: str = "") -> Workflow:
    workflow, problems = read_workflow(f"on: push\n{top}\n{JOB % job}", "w.yml")
    assert workflow is not None
    assert not problems, problems
    return workflow


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("", None),
        ("permissions: {}", {}),
        ("permissions: {contents: read, issues: write}", {"contents": "read", "issues": "write"}),
        ("permissions: {contents: none, issues: read}", {"issues": "read"}),
    ],
)
def test_what_is_written_is_what_may_be_done(written: str, expected: dict[str, str] | None) -> None:
    assert read(written).permissions == expected


@pytest.mark.parametrize("level", ["read", "write"])
def test_the_shorthand_stands_for_all_but_the_special_ones(level: str) -> None:
    permissions = read(f"permissions: {level}-all").permissions
    assert permissions is not None
    assert set(permissions.values()) == {level}
    assert {"contents", "issues", "packages"} <= permissions.keys()
    assert not {"models", "attestations"} & permissions.keys()


def test_the_job_comes_before_the_workflow_and_that_before_what_is_around() -> None:
    around = {"packages": "read"}
    both = read("permissions: {contents: read}", ", permissions: {issues: write}")
    assert effective(both.jobs["a"], both, around) == {"issues": "write"}
    top = read("permissions: {contents: read}")
    assert effective(top.jobs["a"], top, around) == {"contents": "read"}
    neither = read("")
    assert effective(neither.jobs["a"], neither, around) == around
    assert effective(neither.jobs["a"], neither, None) is None


def test_no_permissions_at_all_are_permissions_too() -> None:
    none = read("permissions: {contents: write}", ", permissions: {}")
    assert effective(none.jobs["a"], none, None) == {}


@pytest.mark.parametrize(
    ("asked", "allowed", "expected"),
    [
        (None, {"contents": "read"}, []),
        ({"contents": "write"}, None, []),
        ({"contents": "read"}, {"contents": "write"}, []),
        ({"contents": "write"}, {"contents": "read"}, ["contents: write"]),
        ({"contents": "read", "issues": "read"}, {}, ["contents: read", "issues: read"]),
    ],
)
def test_what_goes_beyond_is_told(
    asked: dict[str, str] | None, allowed: dict[str, str] | None, expected: list[str]
) -> None:
    assert excess(asked, allowed) == expected
