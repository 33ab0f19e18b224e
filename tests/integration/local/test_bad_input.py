"""Whatever a user writes or a step does: a message with a place or a name, an end by a deadline, no traceback."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.project import HEADWAY

if TYPE_CHECKING:
    from tests.project import Project

STEPS = "runs-on: x, steps: [{run: echo}]"


def fails(project: Project, text: str, *expected: str) -> None:
    project.write(".github/workflows/ci.yml", text)
    ran = project.headway("run", "ci")
    assert ran.code == 2, ran.out + ran.errors
    assert "Traceback" not in ran.errors
    for part in expected:
        assert part in ran.errors


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("on: push\n\tjobs:", "ci.yml:2:1: error: This is not valid YAML"),
        ("on: [push", "that every bracket and quote is closed"),
        ("on: push\njobs: *nothing", "ci.yml:2:7: error: The alias '*nothing'"),
        ("", "ci.yml:1:1"),
        ("just text", "ci.yml:1:1"),
        ("[1, 2]", "ci.yml:1:1: error: A sequence was not expected"),
        ("on: push\non: push\njobs: {a: {" + STEPS + "}}", "ci.yml:2:1: error: 'on' is already defined"),
        (
            "on: push\njobs: {a: {" + STEPS + ", needs: b}, b: {" + STEPS + ", needs: a}}",
            "at least one job with no dependencies",
        ),
        ("on: push\njobs: {a: {" + STEPS + "}, b: {" + STEPS + ", needs: [c]}}", "depends on unknown job 'c'"),
        (
            "on: pusk\njobs: {a: {" + STEPS + "}}",
            "ci.yml:1:5: error: Unexpected value 'pusk'\n    did you mean 'push'?",
        ),
        (
            "on: {schedule: [{cron: '61 * * * *'}]}\njobs: {a: {" + STEPS + "}}",
            "'61' is not valid for the minute (0 to 59)",
        ),
        ("on: push\njobs: {a: {runs-on: x, steps: [{run: '${{ nope.x }}'}]}}", "Unrecognized named-value: 'nope'"),
        (
            "on: push\njobs: {a: {runs-on: x, steps: [{run: '${{ " + "(" * 60 + "1" + ")" * 60 + " }}'}]}}",
            "Exceeded max expression depth",
        ),
        (
            "on: push\njobs: {a: {runs-on: x, steps: [{run: '${{ \"x\" }}'}]}}",
            "strings in expressions take single quotes",
        ),
    ],
)
def test_a_workflow_that_is_wrong_is_refused_with_the_place(project: Project, text: str, expected: str) -> None:
    fails(project, text, expected)


def test_an_expression_that_is_too_long_is_refused(project: Project) -> None:
    fails(
        project,
        "on: push\njobs: {a: {runs-on: x, steps: [{run: '${{ github.sha }}" + "x" * 21000 + "'}]}}",
        "Exceeded max expression length 21000",
    )


def test_a_file_of_ten_megabytes_is_refused_at_once(project: Project) -> None:
    fails(
        project,
        "on: push\njobs:\n" + "# filler\n" * 1_200_000,
        "The maximum file size of 1048576 characters has been exceeded",
    )


def test_a_bomb_of_aliases_is_refused(project: Project) -> None:
    lines = ["on: push", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 9)]
    fails(project, "\n".join(lines), "more than 100,000 nodes (aliases counted in full)")


def test_deep_nesting_is_refused(project: Project) -> None:
    fails(project, "on: push\njobs: " + "[" * 60 + "]" * 60, "Maximum object depth exceeded")
    fails(project, "on: push\njobs: " + "[" * 5000 + "]" * 5000, "depth")


def test_text_that_is_not_utf8_is_refused_with_the_place(project: Project) -> None:
    project.workflow("  a: {runs-on: x, steps: [{run: echo}]}")
    file = project.root / ".github/workflows/ci.yml"
    file.write_bytes(file.read_bytes() + b"\n# caf\xe9\n")
    assert "ci.yml:4:6: error: The byte 0xe9 is not UTF-8" in project.headway("run").errors


def test_a_matrix_of_more_than_256_is_refused_by_name(project: Project) -> None:
    rows = list(range(17))
    project.workflow(
        f"  a:\n    runs-on: x\n    strategy: {{matrix: {{a: {rows}, b: {rows}}}}}\n    steps: [{{run: echo}}]"
    )
    ran = project.run()
    assert ran.code == 1
    assert "the matrix has 289 combinations, and 256 are allowed" in ran.job("a")["reason"]


def test_all_problems_of_all_workflows_are_told_at_once(project: Project) -> None:
    project.write(
        ".github/workflows/one.yml", "on: push\njobs: {a: {runs-on: x, stepz: []}, b: {runs-on: x, stps: []}}"
    )
    project.write(".github/workflows/two.yml", "on: push\njob: {}")
    errors = project.headway("run").errors
    assert errors.count("error:") == 4
    assert "did you mean 'steps'?" in errors


def test_a_run_outside_of_a_repository_says_so(project: Project) -> None:
    outside = project.root.parent / "empty"
    outside.mkdir()
    ran = project.headway("run", "-C", str(outside))
    assert ran.code == 1
    assert "is not inside a git repository with a working tree" in ran.errors


def test_a_repository_without_workflows_or_commits_says_so(project: Project) -> None:
    assert "There are no workflows in" in project.headway("run").errors
    fresh = project.root.parent / "fresh"
    fresh.mkdir()
    project.git("-C", str(fresh), "init", "-q")
    assert "There are no workflows in" in project.headway("run", "-C", str(fresh)).errors
    (fresh / ".github/workflows").mkdir(parents=True)
    (fresh / ".github/workflows/ci.yml").write_text(
        "on: push\njobs: {a: {runs-on: x, steps: [{uses: actions/checkout@v4}, {run: ls -A}]}}"
    )
    assert project.run("-C", str(fresh)).log("a", "__run") == ".git\n.github\n"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--event", "pull_requst"], "--event pull_requst: there is no such event. did you mean 'pull_request'?"),
        (["--payload", "missing.json"], "--payload: No such file or directory: 'missing.json'"),
        (["--payload", "README.md"], "--payload README.md: a JSON object was expected: Expecting value: line 1"),
        (["--secret", "MY TOKEN=x"], "'MY TOKEN' cannot be the name of a secret: letters, digits and '_'"),
        (["--secret", "NOT_THERE"], "--secret NOT_THERE: it is not in the environment, and there is nobody to ask"),
        (["--secret-file", "README.md"], "--secret-file README.md:"),
        (["--env", "NOT_THERE"], "--env NOT_THERE: there is no such variable here"),
        (["--matrix", "os"], "'os' is not of the form NAME=VALUE"),
        (["--matrix", "os=linux"], "--matrix os=…: no matrix of these jobs has that key; the keys here: none"),
        (["--action-source", "actions/checkout=gone"], "'gone' is no folder here. a folder or an address was"),
        (["--jobs", "0"], "'0' is not a number above 0"),
        (["--jbo", "x"], "unrecognized arguments: --jbo"),
        (["nothing"], "There is no workflow 'nothing'. The workflows here: ci.yml"),
    ],
)
def test_wrong_options_are_explained(project: Project, arguments: list[str], expected: str) -> None:
    project.steps("- run: echo")
    project.write("README.md", "not a secret\n")
    ran = project.headway("run", *arguments)
    assert ran.code in (1, 2)
    assert expected in ran.errors
    assert "Traceback" not in ran.errors


def test_a_file_that_is_no_workflow_is_quoted_in_brief(project: Project) -> None:
    project.write("notes.txt", "nothing but words\n" * 1000)
    ran = project.headway("run", "notes.txt")
    assert ran.code == 2
    assert "notes.txt:1:1: error: Unexpected value 'nothing but words nothing" in ran.errors
    assert len(ran.errors) < 300


def test_binary_output_invalid_utf8_and_a_missing_line_end_survive(project: Project) -> None:
    project.steps(r"""- run: printf 'nul \000 byte \377\376 lone\rcarriage\r\nlast without end'""")
    ran = project.run()
    assert ran.code == 0
    assert ran.log().endswith("last without end\n")
    assert "\ufffd" in ran.log()
    assert project.headway("run", "--plain").code == 0


def test_a_line_of_a_megabyte_stays_one_line(project: Project) -> None:
    project.steps("- run: head -c 1048576 /dev/zero | tr '\\0' x; echo; echo after")
    lines = project.run().log().splitlines()
    assert [len(line) for line in lines] == [1048576, 5]


def test_a_million_lines_arrive_whole(project: Project) -> None:
    project.steps("- run: seq 1000000")
    ran = project.headway("run", "--plain")
    lines = [line for line in ran.out.splitlines() if line.startswith("a | ") and line[4:].isdigit()]
    assert len(lines) == 1_000_000


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk takes root")
@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("- uses: actions/checkout@v4", "The working tree could not be copied to"),
        (
            '- run: head -c 3000000 /dev/zero > "$RUNNER_TEMP/big"\n- {if: always(), run: echo more}',
            "No space left on device",
        ),
    ],
)
def test_a_full_disk_fails_the_step_with_what_to_do(project: Project, steps: str, expected: str) -> None:
    (project.root / "large").write_bytes(bytes(4_000_000))
    project.steps(steps)
    project.cache.mkdir()
    command = f"mount -t tmpfs -o size=2m tmpfs {project.cache} && exec {' '.join(HEADWAY)} run --plain"
    done = subprocess.run(
        ["unshare", "--mount", "sh", "-c", command],
        cwd=project.root,
        env=project.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert expected in done.stdout
    assert "Traceback" not in done.stderr


def test_names_with_escapes_and_markup_do_no_harm(project: Project) -> None:
    project.steps('- name: "[red]bold[/] \\e[31m \\u202e"\n  run: echo "[link=x]"')
    ran = project.headway("run", "--plain")
    assert ran.code == 0
    assert "[link=x]" in ran.out
