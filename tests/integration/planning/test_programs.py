from __future__ import annotations

import pytest

from headway.integration.planning.programs import missing_programs, provided_by
from headway.integration.planning.shellscript import commands_in

from .runs import workflow


@pytest.mark.parametrize(
    ("script", "commands"),
    [
        ("jq . file", {"jq"}),
        ("cat x | jq . && helm list || true", {"cat", "jq", "helm", "true"}),
        ("sudo -E DEBIAN_FRONTEND=x apt-get install -y zsh", {"sudo", "apt-get"}),
        ("A=1 B=2 make all", {"make"}),
        ("if gh auth status; then gh pr list; fi", {"gh", "fi"}),
        ("echo 'helm install' # terraform apply", {"echo"}),
        ('x=$(kubectl get pods) && echo "$x"', {"kubectl", "echo"}),
        ("cat <<EOF\nterraform apply\nEOF\nyq .", {"cat", "yq"}),
        ("docker build \\\n  -t podman .", {"docker"}),
        ("echo ${{ github.event.jq }}", {"echo"}),
    ],
)
def test_the_commands_of_a_script_are_found(script: str, commands: set[str]) -> None:
    assert commands_in(script) == commands


def test_a_missing_program_is_named_once_at_its_first_step() -> None:
    text = """
on: push
jobs:
  a:
    runs-on: x
    steps:
      - uses: actions/setup-node@v4
      - {name: One, run: "npm ci && helm lint"}
      - {name: Two, run: "helm test; terraform plan"}
      - {name: Python, shell: python, run: "gh = 1"}
"""
    missing = missing_programs(workflow(text).jobs["a"], lambda program: None)
    assert [(found.program, found.step.name.text) for found in missing] == [("helm", "One"), ("terraform", "Two")]  # type: ignore[union-attr]


def test_actions_bring_their_programs() -> None:
    assert {"node", "npm"} <= provided_by(["actions/setup-node@v4"])
    assert provided_by(["acme/unknown@v1"]) == set()
