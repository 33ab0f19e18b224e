from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.project import Project

BAD = "on: push\njobs:\n  a:\n    runs-on: x\n    steps:\n      - run: echo ${{ matrix.os }}\n"


def test_findings_are_shown_with_their_line_and_counted(project: Project) -> None:
    project.write(".github/workflows/ci.yml", BAD)
    ran = project.headway("check")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        ".github/workflows/ci.yml:6:14: error: 'matrix.os': the job 'a' has no matrix [reference]",
        "    6 |       - run: echo ${{ matrix.os }}",
        "      |              ^",
        "      add strategy.matrix to it",
        "1 error, 0 warnings in 1 file",
    ]


def test_nothing_wrong_is_said_too(project: Project) -> None:
    project.steps("- run: echo")
    ran = project.headway("check")
    assert (ran.code, ran.out) == (0, "Nothing is wrong with 1 file\n")


def test_warnings_fail_only_a_strict_check(project: Project) -> None:
    project.steps("- {if: false, run: echo}")
    assert project.headway("check").code == 0
    assert project.headway("check", "--strict").code == 1


def test_every_format_says_the_same(project: Project) -> None:
    project.write(".github/workflows/ci.yml", BAD)
    (finding,) = json.loads(project.headway("check", "--format", "json").out)["findings"]
    assert (finding["line"], finding["column"], finding["rule"]) == (6, 14, "reference")
    command = project.headway("check", "--format", "github").out
    assert command.startswith(
        "::error file=.github/workflows/ci.yml,line=6,col=14,title=reference::'matrix.os': the job 'a'"
    )
    log = json.loads(project.headway("check", "--format", "sarif").out)
    (result,) = log["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 6, "startColumn": 14}
    assert log["version"] == "2.1.0"


def test_actions_anywhere_in_the_repository_are_checked(project: Project) -> None:
    project.write("tools/greet/action.yml", "runs: {using: composite, steps: [{run: echo}]}")
    ran = project.headway("check")
    assert "tools/greet/action.yml:1:34: error: Required property is missing: shell" in ran.out
    assert project.headway("check", "tools").code == 1


def test_headway_yaml_is_checked_with_the_rest_and_by_itself(project: Project) -> None:
    project.steps("- run: echo")
    project.write("headway.yaml", "branches:\n  main:\n    push_rule: owner\n")
    ran = project.headway("check")
    assert ran.code == 1
    assert ran.out.splitlines() == [
        "headway.yaml:3:5: error: 'push_rule' is not known here [headway-yaml]",
        "    3 |     push_rule: owner",
        "      |     ^",
        "      did you mean 'push_role'?",
        "1 error, 0 warnings in 2 files",
    ]
    assert project.headway("check", "headway.yaml").code == 1
    project.write("headway.yaml", "branches:\n  main: {push_role: owner}\n")
    assert project.headway("check", "headway.yaml").out == "Nothing is wrong with 1 file\n"
    assert "headway.yaml" not in project.headway("check", "--report").out


def test_called_workflows_are_checked_with_their_callers(project: Project) -> None:
    project.workflow("  a: {uses: ./.github/workflows/b.yml, with: {x: 1}}")
    project.workflow("on: {workflow_call: {inputs: {y: {type: number, required: true}}}}\njobs: {b: {runs-on: x}}", "b")
    out = project.headway("check").out
    assert "Input y is required, but not provided while calling." in out
    assert "Invalid input, x is not defined in the referenced workflow." in out


def test_a_path_that_is_not_there_and_a_repository_without_anything_say_so(project: Project) -> None:
    assert "There is no file 'nothing.yml'" in project.headway("check", "nothing.yml").errors
    empty = project.headway("check")
    assert empty.code == 1
    assert "There is nothing to check in" in empty.errors


def test_the_report_says_of_every_job_whether_it_runs_here_and_what_would_make_it_run(project: Project) -> None:
    project.workflow(
        """
on: push
jobs:
  fine: {runs-on: ubuntu-latest, steps: [{uses: actions/checkout@v4}, {run: echo}]}
  mac: {runs-on: macos-14, steps: [{run: echo}]}
  other: {runs-on: "${{ matrix.os }}", strategy: {matrix: {os: [ubuntu-latest, windows-latest]}}, steps: [{run: echo}]}
  lacking: {runs-on: ubuntu-latest, steps: [{uses: acme/thing@v1}, {run: "terraform plan ${{ secrets.KEY }}"}]}
  contained: {runs-on: ubuntu-latest, container: alpine, steps: [{run: echo}]}
"""
    )
    environment = {"PATH": project.bare_path(), "DOCKER_HOST": "unix:///nonexistent.sock"}
    ran = project.headway("check", "--report", "--offline", **environment)
    assert ran.code == 1
    for line in (
        "✓ fine",
        "its combinations for 'windows-latest' are skipped here",
        "it runs on 'macos-14'",
        "'acme/thing@v1' is not in the cache",
        "the program 'terraform' (step 'Run terraform plan ${{ secrets.KEY }}') is not here",
        "note: it uses the secret 'KEY'",
        "it runs in a container, and no Docker engine answers",
        "2 of 5 jobs run here as they are",
    ):
        assert line in ran.out
    document = json.loads(project.headway("check", "--report", "--offline", "--format", "json", **environment).out)
    assert [job["runs"] for job in document] == [True, False, True, False, False]
