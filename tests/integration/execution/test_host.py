from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from headway.integration.execution.host import (
    ARCHITECTURES,
    SYSTEMS,
    architecture,
    asked_for,
    find_program,
    kept_environment,
    system,
    system_of,
)

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    "name", ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "https_proxy", "PIP_INDEX_URL", "XDG_CACHE_HOME", "JAVA_HOME"]
)
def test_what_programs_need_to_be_found_and_to_work_is_kept(name: str) -> None:
    assert kept_environment({name: "x"}, {})[name] == "x"


@pytest.mark.parametrize(
    "name",
    [
        "GITHUB_TOKEN",
        "AWS_SECRET_ACCESS_KEY",
        "NPM_TOKEN",
        "SSH_AUTH_SOCK",
        "VIRTUAL_ENV",
        "PYTHONPATH",
        "LD_PRELOAD",
        "BASH_ENV",
        "path",
        "GIT_DIR",
    ],
)
def test_what_lies_around_in_a_shell_is_not_kept(name: str) -> None:
    assert name not in kept_environment({name: "x"}, {})


def test_what_the_user_names_wins_over_what_is_kept() -> None:
    assert kept_environment({"LANG": "C", "TOKEN": "x"}, {"LANG": "de", "TOKEN": "y"}) | {} == {
        "LANG": "de",
        "TOKEN": "y",
        "PATH": os.defpath,
        "HOME": os.path.expanduser("~"),
    }


def test_the_environment_that_was_given_is_not_changed() -> None:
    given = {"SECRET": "x"}
    kept_environment(given, {"A": "b"})
    assert given == {"SECRET": "x"}


def test_containers_see_what_was_asked_for_and_the_way_to_the_network() -> None:
    environment = {
        "PATH": "/bin",
        "LC_ALL": "C",
        "PIP_INDEX_URL": "x",
        "TOKEN": "mine",
        "https_proxy": "p",
        "NO_PROXY": "n",
    }
    assert asked_for(environment) == {"TOKEN": "mine", "https_proxy": "p", "NO_PROXY": "n"}


def test_a_program_is_the_first_on_the_path_that_may_be_run(tmp_path: Path) -> None:
    for folder, mode in (("plain", 0o644), ("first", 0o755), ("second", 0o755)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "tool").touch(mode)
    (tmp_path / "folder" / "tool").mkdir(parents=True)
    path = os.pathsep.join(str(tmp_path / name) for name in ("missing", "folder", "plain", "first", "second"))
    assert find_program("tool", path) == str(tmp_path / "first/tool")
    assert find_program("other", path) is None
    assert find_program("tool", "") is None


def test_without_a_path_this_process_own_is_searched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "only-here").touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_program("only-here") == str(tmp_path / "only-here")


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("ubuntu-latest", "Linux"),
        ("Ubuntu-24.04-arm", "Linux"),
        ("linux", "Linux"),
        ("WINDOWS-2022", "Windows"),
        ("windows", "Windows"),
        ("macos-14-xlarge", "macOS"),
        ("self-hosted", ""),
        ("x64", ""),
        ("my-ubuntu", ""),
        ("", ""),
    ],
)
def test_a_label_says_which_system_it_asks_for(label: str, expected: str) -> None:
    assert system_of(label) == expected


def test_this_machine_has_githubs_names() -> None:
    assert system() in SYSTEMS.values()
    assert architecture() in ARCHITECTURES.values()
