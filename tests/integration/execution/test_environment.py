from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headway.integration.execution.environment import default_variables
from tests.integration.execution.jobs import OneJob, steps

if TYPE_CHECKING:
    from pathlib import Path

ECHO = steps("- run: echo")


@pytest.mark.parametrize(
    ("github", "name", "value"),
    [
        ({"ref": "refs/heads/main"}, "GITHUB_REF", "refs/heads/main"),
        ({"ref_protected": False}, "GITHUB_REF_PROTECTED", "false"),
        ({"run_number": 3}, "GITHUB_RUN_NUMBER", "3"),
        ({"base_ref": ""}, "GITHUB_BASE_REF", ""),
        ({"event_name": "push"}, "GITHUB_EVENT_NAME", "push"),
        ({}, "CI", "true"),
        ({}, "GITHUB_ACTIONS", "true"),
    ],
)
def test_steps_get_what_github_documents(github: dict[str, Any], name: str, value: str) -> None:
    assert default_variables(github, {}, debug=False)[name] == value


@pytest.mark.parametrize("secret", ["token", "event", "secret_source", "repositoryUrl", "output", "env"])
def test_what_is_for_expressions_alone_is_not_handed_to_programs(secret: str) -> None:
    variables = default_variables({secret: "x"}, {}, debug=False)
    assert variables.keys() == {"CI", "GITHUB_ACTIONS", "AGENT_TOOLSDIRECTORY"}


def test_what_is_null_is_left_out() -> None:
    assert "GITHUB_ACTION_PATH" not in default_variables({"action_path": None}, {}, debug=False)


def test_the_runner_is_described_and_debugging_is_told() -> None:
    variables = default_variables({}, {"os": "Linux", "tool_cache": "/tools"}, debug=True)
    assert variables["RUNNER_OS"] == "Linux"
    assert variables["RUNNER_TOOL_CACHE"] == variables["AGENT_TOOLSDIRECTORY"] == "/tools"
    assert variables["RUNNER_DEBUG"] == "1"


def test_contexts_that_are_none_yield_the_fixed_variables_alone() -> None:
    assert default_variables(None, "x", debug=False) == {"CI": "true", "GITHUB_ACTIONS": "true"}


def test_a_job_knows_its_id_and_its_folders(tmp_path: Path) -> None:
    contexts: Any = OneJob(tmp_path, ECHO).run_state.contexts
    assert contexts["github"]["job"] == "a"
    assert contexts["github"]["workspace"] == f"{tmp_path}/1-a/shop"
    assert contexts["runner"]["temp"] == f"{tmp_path}/1-a/_temp"
    assert contexts["runner"]["tool_cache"] == f"{tmp_path}/tools"
    assert contexts["runner"]["environment"] == "self-hosted"
    assert "debug" not in contexts["runner"]
    assert contexts["job"] == {"status": "success"}
    assert (contexts["env"], contexts["steps"]) == ({}, {})


def test_the_context_of_the_run_is_not_changed_by_its_jobs(tmp_path: Path) -> None:
    github = {"repository": "acme/shop", "event_path": "/event.json"}
    OneJob(tmp_path, ECHO, github=github)
    assert github == {"repository": "acme/shop", "event_path": "/event.json"}


def test_every_secret_is_a_mask_from_the_beginning(tmp_path: Path) -> None:
    job = OneJob(tmp_path, ECHO, secrets={"TOKEN": "hunter22", "LINES": "first line\nsecond line", "EMPTY": ""})
    assert job.run_state.masks.apply(b"a hunter22 b\nsecond line\n") == b"a *** b\n***\n"


@pytest.mark.parametrize(
    ("repository", "folder"), [("acme/shop", "shop"), ("local/my shop", "my shop"), ("odd/", "workspace")]
)
def test_the_workspace_is_called_like_the_repository(tmp_path: Path, repository: str, folder: str) -> None:
    job = OneJob(tmp_path, ECHO, github={"repository": repository})
    assert job.run_state.workspace == f"{tmp_path}/1-a/{folder}"
