from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from headway.cli.completion import whole_parser
from headway.cli.main import COMMANDS

if TYPE_CHECKING:
    from tests.project import Project


def test_help_names_every_command_with_examples(project: Project) -> None:
    ran = project.headway("--help")
    assert ran.code == 0
    assert all(f"  {name}" in ran.out for name in COMMANDS)
    assert "examples:" in ran.out
    assert project.headway().code == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples(project: Project, command: str) -> None:
    ran = project.headway(command, "--help")
    assert ran.code == 0
    assert f"usage: headway {command}" in ran.out
    assert "examples:" in ran.out


def test_a_mistyped_command_is_answered_with_the_nearest(project: Project) -> None:
    ran = project.headway("rnu")
    assert (ran.code, ran.errors) == (2, "headway: there is no command 'rnu'. did you mean 'run'?\n")


def test_the_version_is_told(project: Project) -> None:
    assert project.headway("--version").out.startswith("headway 0.")


@pytest.mark.parametrize("shell", ["bash", "zsh", "tcsh"])
def test_completion_knows_every_option(project: Project, shell: str) -> None:
    script = project.headway("completion", shell).out
    assert "shell-on-failure" in script
    if shell == "bash":
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_one_parser_holds_all_commands() -> None:
    options = whole_parser().parse_args(["run", "--job", "x"])
    assert options.job == ["x"]
