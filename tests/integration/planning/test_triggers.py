from __future__ import annotations

import pytest

from headway.integration.planning.triggers import Event, verdict

from .runs import workflow

JOBS = "\njobs: {a: {runs-on: x, steps: [{run: echo}]}}"


@pytest.mark.parametrize(
    ("on", "event", "starts"),
    [
        ("push", Event("push", "refs/heads/main"), True),
        ("[push, issues]", Event("issues", action="opened"), True),
        ("push", Event("issues"), False),
        ("{push: {branches: [main]}}", Event("push", "refs/heads/main"), True),
        ("{push: {branches: [main]}}", Event("push", "refs/heads/dev"), False),
        ("{push: {branches: [main]}}", Event("push", "refs/tags/main"), False),
        ("{push: {branches: [main], tags: ['v*']}}", Event("push", "refs/tags/v1"), True),
        ("{push: {tags: ['v*']}}", Event("push", "refs/heads/v1"), False),
        ("{push: {branches-ignore: ['dev/**']}}", Event("push", "refs/heads/dev/x"), False),
        ("{push: {branches-ignore: ['dev/**']}}", Event("push", "refs/heads/main"), True),
        ("{push: {tags-ignore: [v1]}}", Event("push", "refs/tags/v2"), True),
        ("{push: {paths: ['src/**']}}", Event("push", "refs/heads/m", changed_paths=lambda: ("src/a",)), True),
        ("{push: {paths: ['src/**']}}", Event("push", "refs/heads/m", changed_paths=lambda: ("docs/a",)), False),
        ("{push: {paths: ['src/**']}}", Event("push", "refs/heads/m", changed_paths=lambda: None), True),
        ("{push: {paths: ['src/**']}}", Event("push", "refs/tags/v1", changed_paths=lambda: ("docs/a",)), True),
        ("{push: {paths-ignore: ['**.md']}}", Event("push", "refs/heads/m", changed_paths=lambda: ("a.md",)), False),
        ("{pull_request: {branches: [main]}}", Event("pull_request", "refs/pull/1/merge", base="main"), True),
        ("{pull_request: {branches: [main]}}", Event("pull_request", "refs/pull/1/merge", base="dev"), False),
        ("pull_request", Event("pull_request", action="opened"), True),
        ("pull_request", Event("pull_request", action="labeled"), False),
        ("{pull_request: {types: [labeled]}}", Event("pull_request", action="labeled"), True),
        ("{issues: {types: [opened]}}", Event("issues", action="closed"), False),
        ("issues", Event("issues", action="closed"), True),
        ("{workflow_run: {workflows: [CI]}}", Event("workflow_run", workflow="CI"), True),
        ("{workflow_run: {workflows: [CI]}}", Event("workflow_run", workflow="Docs"), False),
        ("push", Event("push", "refs/heads/main", message="Fix [skip ci]"), False),
        ("workflow_dispatch", Event("workflow_dispatch", message="Fix [skip ci]"), True),
    ],
)
def test_an_event_starts_what_its_filters_select(on: str, event: Event, starts: bool) -> None:
    says = verdict(workflow(f"on: {on}{JOBS}"), event)
    assert says.starts is starts
    assert bool(says.reason) is not starts
