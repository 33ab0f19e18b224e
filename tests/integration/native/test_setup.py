"""setup-python and setup-node, with what this machine has."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from headway.integration.native.versions import Installed, best
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from tests.project import Project

CHECKOUT = "- uses: actions/checkout@v4\n"
OWN = f"{sys.version_info[0]}.{sys.version_info[1]}"
PYTHONS = [Installed(version, version) for version in ("3.9.18", "3.11.4", "3.12.0", "3.13.0-rc.1")]


@pytest.mark.parametrize(
    ("wanted", "chosen"),
    [
        ("3.11", "3.11.4"),
        ("3.x", "3.12.0"),
        ("3", "3.12.0"),
        (">=3.9 <3.12", "3.11.4"),
        ("~3.9", "3.9.18"),
        ("3.9 - 3.11", "3.11.4"),
        ("3.11.4", "3.11.4"),
        ("3.11.5", None),
        ("4", None),
        ("x", "3.12.0"),
    ],
)
def test_the_newest_version_in_a_range_is_chosen(wanted: str, chosen: str | None) -> None:
    found = best(wanted, PYTHONS)
    assert (found.version if found else None) == chosen


def test_what_is_no_range_is_refused() -> None:
    with pytest.raises(HeadwayError, match="'three' is no version or range"):
        best("three", PYTHONS)


def test_a_job_gets_an_environment_of_its_own_with_pip(project: Project) -> None:
    project.steps(
        f"""
- id: p
  uses: actions/setup-python@v5
  with: {{python-version: "{OWN}"}}
- run: |
    python -c "import sys; print(sys.prefix == '$pythonLocation', '.'.join(map(str, sys.version_info[:2])))"
    python -m pip --version | cut -d' ' -f1
    pip --version | cut -d' ' -f1
    test "$(command -v python)" = "${{{{ steps.p.outputs.python-path }}}}" && echo first on the path
"""
    )
    ran = project.run()
    assert ran.code == 0, ran.log()
    assert ran.log("a", "__run") == f"True {OWN}\npip\npip\nfirst on the path\n"


def test_a_version_can_come_from_a_file(project: Project) -> None:
    project.write(".python-version", f"# comment\n{OWN}\n")
    project.write("pyproject.toml", f'[project]\nrequires-python = ">={OWN},<{OWN[0]}.{int(OWN[2:]) + 1}"\n')
    project.steps(
        CHECKOUT
        + "- {uses: actions/setup-python@v5, id: one}\n"
        + "- {uses: actions/setup-python@v5, id: two, with: {python-version-file: pyproject.toml}}\n"
        + "- run: echo ${{ steps.one.outputs.python-version }} ${{ steps.two.outputs.python-version }}"
    )
    ran = project.run()
    assert ran.code == 0, ran.log()
    assert all(version.startswith(OWN) for version in ran.log("a", "__run").split())


def test_a_python_that_is_nowhere_is_refused_with_those_that_there_are(project: Project) -> None:
    project.steps('- {uses: actions/setup-python@v5, with: {python-version: "2.7"}}')
    log = project.run("--offline").log()
    assert "There is no Python '2.7' on this machine (there is 3." in log
    project.steps("- {uses: actions/setup-python@v5, with: {python-version-file: nothing}}")
    assert "The specified python version file at:" in project.run().log()
    project.steps("- {uses: actions/setup-python@v5, with: {python-version: pypy3.10}}")
    assert "only CPython is set up natively; --no-native" in project.run().log()


node = shutil.which("node")


@pytest.mark.skipif(node is None, reason="there is no node on this machine")
def test_the_node_of_the_machine_is_found_and_put_first(project: Project) -> None:
    version = subprocess.run([str(node), "--version"], capture_output=True, text=True, check=True).stdout.strip()
    major = version.removeprefix("v").partition(".")[0]
    project.write("package.json", f'{{"engines": {{"node": ">={major}"}}}}')
    project.steps(
        CHECKOUT
        + f"- {{uses: actions/setup-node@v4, id: one, with: {{node-version: '{major}'}}}}\n"
        + "- {uses: actions/setup-node@v4, id: two, with: {node-version-file: package.json}}\n"
        + "- run: node --version; echo ${{ steps.one.outputs.node-version }}"
    )
    ran = project.run("--offline")
    assert ran.code == 0, ran.log()
    assert ran.log("a", "__run").splitlines()[1].startswith(f"v{major}.")


def test_a_node_that_is_nowhere_is_refused_with_those_that_there_are(project: Project) -> None:
    project.steps("- {uses: actions/setup-node@v4, with: {node-version: 8}}")
    assert "There is no Node.js '8' on this machine (there is " in project.run("--offline").log()
    project.steps("- {uses: actions/setup-node@v4, with: {node-version: lts/unheard}}")
    assert "there is no such long-term version; known are argon" in project.run().log()


def test_a_registry_is_set_up_without_writing_the_token(project: Project) -> None:
    project.steps(
        """
- {uses: actions/setup-node@v4, with: {registry-url: "https://npm.example.org", scope: "@Acme"}}
- {run: 'cat "$NPM_CONFIG_USERCONFIG"; echo "$NODE_AUTH_TOKEN"', env: {NODE_AUTH_TOKEN: given}}
"""
    )
    assert project.run().log("a", "__run") == (
        "//npm.example.org/:_authToken=${NODE_AUTH_TOKEN}\n@acme:registry=https://npm.example.org/\ngiven\n"
    )
