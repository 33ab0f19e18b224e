from __future__ import annotations

from typing import Any

import pytest

from headway.integration.execution.workspace import SourceTree
from headway.integration.expressions import to_json
from headway.integration.local.payload import github_context, make_event
from headway.integration.local.repository import EMPTY_SHA, Repository
from headway.integration.workflows.syntax_events import DEFAULT_TYPES, EVENTS

REPOSITORY = Repository(
    SourceTree("/shop", "/shop/.git", "/shop/.git"),
    "acme/shop",
    "refs/heads/dev",
    "1" * 40,
    "2" * 40,
    "main",
    "Ada",
    "ada@example.org",
    "Fix it\n\nReally",
    "https://github.com",
)


def context(name: str, repository: Repository = REPOSITORY, **given: Any) -> dict[str, Any]:
    return github_context(
        make_event(name, repository, given, {}), repository, run_id="7", run_number=3, event_path="/e.json", token="t"
    )


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_every_event_has_a_payload_that_is_json_and_a_whole_context(name: str) -> None:
    made = context(name)
    assert made["event_name"] == name
    assert made["event"]["repository"]["full_name"] == "acme/shop"
    assert made["ref"].startswith("refs/")
    assert to_json(made)


@pytest.mark.parametrize(
    ("name", "given", "expected"),
    [
        ("push", {}, ("refs/heads/dev", "dev", "branch", "", "")),
        ("push", {"ref": "refs/tags/v1"}, ("refs/tags/v1", "v1", "tag", "", "")),
        ("push", {"ref": "refs/heads/a/b"}, ("refs/heads/a/b", "a/b", "branch", "", "")),
        ("create", {"ref": "v1"}, ("refs/heads/dev", "dev", "branch", "", "")),
        ("workflow_dispatch", {"ref": "refs/heads/x"}, ("refs/heads/x", "x", "branch", "", "")),
        ("schedule", {}, ("refs/heads/dev", "dev", "branch", "", "")),
        ("release", {"release": {"tag_name": "v2"}}, ("refs/tags/v2", "v2", "tag", "", "")),
        ("pull_request", {}, ("refs/pull/1/merge", "1/merge", "branch", "main", "dev")),
        ("pull_request", {"number": 42}, ("refs/pull/42/merge", "42/merge", "branch", "main", "dev")),
        ("pull_request", {"number": "x"}, ("refs/pull/1/merge", "1/merge", "branch", "main", "dev")),
        (
            "pull_request",
            {"pull_request": {"base": {"ref": "release"}}},
            ("refs/pull/1/merge", "1/merge", "branch", "release", "dev"),
        ),
        (
            "pull_request",
            {"pull_request": {"head": {"ref": "fork"}}},
            ("refs/pull/1/merge", "1/merge", "branch", "main", "fork"),
        ),
        ("pull_request_review", {}, ("refs/pull/1/merge", "1/merge", "branch", "", "")),
        ("pull_request_target", {}, ("refs/heads/main", "main", "branch", "main", "dev")),
    ],
)
def test_refs_are_those_that_github_documents(name: str, given: dict[str, Any], expected: tuple[str, ...]) -> None:
    made = context(name, **given)
    assert tuple(made[key] for key in ("ref", "ref_name", "ref_type", "base_ref", "head_ref")) == expected


def test_a_push_tells_its_commit_and_the_one_before() -> None:
    event = context("push")["event"]
    assert (event["before"], event["after"], event["ref"]) == ("2" * 40, "1" * 40, "refs/heads/dev")
    assert event["head_commit"] == event["commits"][0]
    assert event["head_commit"]["author"] == {"name": "Ada", "email": "ada@example.org"}


def test_a_pull_request_has_the_title_of_the_commit_and_its_two_branches() -> None:
    pull = context("pull_request")["event"]["pull_request"]
    assert (pull["title"], pull["draft"], pull["head"]["sha"], pull["base"]["ref"]) == (
        "Fix it",
        False,
        "1" * 40,
        "main",
    )


def test_inputs_of_a_dispatch_are_in_its_payload() -> None:
    event = make_event("workflow_dispatch", REPOSITORY, None, {"version": "1"})
    assert event.payload["inputs"] == {"version": "1"}


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("pull_request", "opened"),
        ("pull_request_review", "submitted"),
        ("release", "published"),
        ("push", ""),
        ("issues", ""),
    ],
)
def test_the_action_is_one_that_starts_workflows(name: str, action: str) -> None:
    assert make_event(name, REPOSITORY, None, {}).event.action == action
    assert action in ("", *DEFAULT_TYPES.get(name, (action,)))


def test_what_is_given_wins_and_the_rest_is_made_up_also_within() -> None:
    event: Any = context(
        "pull_request", pull_request={"number": 5, "labels": [{"name": "x"}], "user": {"id": 1}}, extra=1
    )["event"]
    assert (event["extra"], event["pull_request"]["number"], event["pull_request"]["labels"]) == (1, 5, [{"name": "x"}])
    assert event["pull_request"]["user"] == {"login": "acme", "id": 1}
    assert event["pull_request"]["head"]["ref"] == "dev"


def test_what_is_given_in_another_shape_replaces_what_is_made_up() -> None:
    event: Any = context("pull_request", pull_request=None, sender="odd")["event"]
    assert (event["pull_request"], event["sender"]) == (None, "odd")


def test_a_workflow_run_tells_which_workflow_ended() -> None:
    assert make_event("workflow_run", REPOSITORY, {"workflow_run": {"name": "CI"}}, {}).event.workflow == "CI"


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("push", True),
        ("pull_request", True),
        ("pull_request_target", True),
        ("schedule", False),
        ("workflow_dispatch", False),
    ],
)
def test_changed_paths_matter_to_pushes_and_pull_requests_alone(name: str, known: bool) -> None:
    asked = make_event(name, REPOSITORY._replace(base_sha=EMPTY_SHA), None, {}).event.changed_paths
    assert (asked.__name__ == "changed_paths") is known
    assert asked() is None


def test_the_context_holds_what_does_not_depend_on_the_event() -> None:
    made = context("push")
    assert {
        key: made[key]
        for key in ("actor", "repository", "repository_owner", "run_id", "run_number", "run_attempt", "token")
    } == {
        "actor": "acme",
        "repository": "acme/shop",
        "repository_owner": "acme",
        "run_id": "7",
        "run_number": "3",
        "run_attempt": "1",
        "token": "t",
    }
    assert made["repositoryUrl"] == "git://github.com/acme/shop.git"
    assert made["sha"] == "1" * 40


@pytest.mark.parametrize(
    ("server", "api", "graphql"),
    [
        ("https://github.com", "https://api.github.com", "https://api.github.com/graphql"),
        ("https://git.corp.example", "https://git.corp.example/api/v3", "https://git.corp.example/api/graphql"),
    ],
)
def test_the_addresses_of_the_server_are_those_of_its_kind(server: str, api: str, graphql: str) -> None:
    made = context("push", REPOSITORY._replace(server_url=server))
    assert (made["server_url"], made["api_url"], made["graphql_url"]) == (server, api, graphql)
