"""What steps may count on, as whole runs show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.project import Project


def test_a_step_prints_and_the_run_succeeds(project: Project) -> None:
    project.steps("- run: echo hello")
    ran = project.run()
    assert ran.code == 0
    assert ran.log() == "hello\n"
    assert [event["type"] for event in ran.events] == [
        "run-started",
        "job-started",
        "step-started",
        "output",
        "step-finished",
        "job-finished",
        "run-finished",
    ]


def test_a_failing_step_fails_the_run_and_later_steps_are_skipped_with_the_reason(project: Project) -> None:
    project.steps(
        "- {id: bad, run: exit 3}\n- {id: later, run: echo later}\n- {id: always, if: always(), run: echo always}"
    )
    ran = project.run()
    assert ran.code == 1
    assert ran.outcomes("a") == {"bad": "failure", "later": "skipped", "always": "success"}
    assert ran.step("a", "bad")["exit_code"] == 3
    assert ran.step("a", "later")["reason"] == "an earlier step failed"
    assert ran.job("a")["reason"] == "step 'Run exit 3' failed: exit code 3"
    assert "##[error]Process completed with exit code 3." in ran.log("a", "bad")


def test_a_step_that_may_fail_has_an_outcome_and_another_conclusion(project: Project) -> None:
    project.steps(
        """
- {id: bad, continue-on-error: true, run: "false"}
- run: echo "${{ steps.bad.outcome }} ${{ steps.bad.conclusion }} ${{ job.status }}"
"""
    )
    ran = project.run()
    assert ran.code == 0
    assert ran.log("a", "__run") == "failure success success\n"


def test_outputs_variables_paths_and_summaries_reach_later_steps(project: Project) -> None:
    project.steps(
        r"""
- id: first
  run: |
    echo "one=1" >> "$GITHUB_OUTPUT"
    printf 'many<<END\nline 1\nline 2\nEND\n' >> "$GITHUB_OUTPUT"
    echo "COLOUR=blue" >> "$GITHUB_ENV"
    mkdir -p "$RUNNER_TEMP/bin"
    printf '#!/bin/sh\necho from the path\n' > "$RUNNER_TEMP/bin/tool"
    chmod +x "$RUNNER_TEMP/bin/tool"
    echo "$RUNNER_TEMP/bin" >> "$GITHUB_PATH"
    echo "## It went well" >> "$GITHUB_STEP_SUMMARY"
- run: echo "${{ steps.first.outputs.one }} $COLOUR ${{ env.COLOUR }}"; tool; echo "${{ steps.first.outputs.many }}"
"""
    )
    ran = project.run()
    assert ran.log("a", "__run") == "1 blue blue\nfrom the path\nline 1\nline 2\n"
    assert [event["markdown"] for event in ran.of("summary")] == ["## It went well\n"]


def test_a_broken_environment_file_fails_its_step_with_the_line(project: Project) -> None:
    project.steps('- {id: bad, run: \'printf "fine=1\\nwrong\\n" >> "$GITHUB_ENV"\'}')
    ran = project.run()
    assert ran.outcomes("a") == {"bad": "failure"}
    assert "##[error]GITHUB_ENV line 2: `wrong` is neither `name=value` nor `name<<END`" in ran.log()


def test_node_options_and_default_variables_cannot_be_set_for_later_steps(project: Project) -> None:
    project.steps(
        """
- run: |
    echo "NODE_OPTIONS=--require=./evil.js" >> "$GITHUB_ENV"
    echo "GITHUB_SHA=forged" >> "$GITHUB_ENV"
- run: echo "[$NODE_OPTIONS] [$GITHUB_SHA]"
"""
    )
    ran = project.run()
    assert ran.log("a", "__run_2") == f"[] [{project.git('rev-parse', 'HEAD')}]\n"


def test_variables_of_the_step_win_over_the_job_and_the_workflow(project: Project) -> None:
    project.workflow(
        """
on: push
env: {A: workflow, B: workflow, C: workflow}
jobs:
  a:
    runs-on: x
    env: {B: job, C: job}
    steps:
      - {run: 'echo "$A $B $C ${{ env.C }} $D"', env: {C: step, D: "${{ env.B }}"}}
"""
    )
    assert project.run().log() == "workflow job step step job\n"


def test_defaults_give_shell_and_folder_and_steps_may_differ(project: Project) -> None:
    project.write("inner/file", "")
    project.workflow(
        """
on: push
defaults: {run: {shell: sh}}
jobs:
  a:
    runs-on: x
    defaults: {run: {working-directory: inner}}
    steps:
      - uses: actions/checkout@v4
      - run: ls; echo "${0##*/}"
      - {run: "ls -d inner", working-directory: ., shell: bash}
      - {run: "import os; print(os.listdir('.'))", shell: python}
      - {run: "print 'hello from perl'", shell: "perl {0}"}
"""
    )
    ran = project.run()
    assert ran.code == 0, ran.log()
    assert ran.log("a", "__run_2") == "inner\n"
    assert ran.log("a", "__run_3") == "['file']\n"
    assert ran.log("a", "__run_4") == "hello from perl" + "\n"


@pytest.mark.parametrize(
    ("shell", "script", "code"),
    [
        ("", "false; echo on", 1),
        ("", "false | true; echo on", 0),
        ("bash", "false | true; echo on", 1),
        ("sh", "false; echo on", 1),
    ],
)
def test_shells_stop_at_errors_as_githubs_do(project: Project, shell: str, script: str, code: int) -> None:
    project.steps(f"- run: {script}\n" + (f"  shell: {shell}" if shell else ""))
    assert project.run().code == code


def test_an_unknown_shell_is_named_with_the_known_ones(project: Project) -> None:
    project.steps("- run: echo\n  shell: fish")
    ran = project.run()
    assert ran.code == 1
    assert "'fish' is no shell that is known here: use bash, sh, python, pwsh" in ran.log()


def test_a_shell_that_is_not_installed_fails_the_step_by_name(project: Project) -> None:
    project.steps("- run: echo\n  shell: pwsh")
    assert "The shell 'pwsh' is not on this machine" in project.run(PATH=project.bare_path()).log()


def test_a_missing_working_directory_is_explained(project: Project) -> None:
    project.steps("- run: echo\n  working-directory: src")
    assert "The working directory 'src' does not exist in the workspace. Is a checkout missing" in project.run().log()


def test_a_step_that_takes_too_long_is_ended_and_says_so(project: Project) -> None:
    project.steps("- {id: slow, timeout-minutes: 0.005, run: sleep 60}\n- {id: after, if: failure(), run: echo after}")
    ran = project.run()
    assert ran.outcomes("a") == {"slow": "failure", "after": "success"}
    assert "it ran longer than 0.3 seconds" in ran.log("a", "slow")


def test_a_job_that_takes_too_long_is_cancelled_and_still_clears_up(project: Project) -> None:
    project.workflow(
        """
  a:
    runs-on: x
    timeout-minutes: 0.005
    steps:
      - {id: long, run: sleep 60}
      - {id: failed, if: failure(), run: echo no}
      - {id: clear, if: always(), run: echo cleared up}
  b: {needs: a, if: "!cancelled()", runs-on: x, steps: [{run: 'echo "a was ${{ needs.a.result }}"'}]}
"""
    )
    ran = project.run()
    assert ran.code == 1
    assert ran.outcomes("a") == {"long": "cancelled", "failed": "skipped", "clear": "success"}
    assert ran.log("a", "clear") == "cleared up\n"
    assert ran.job("a")["result"] == "cancelled"
    assert ran.job("a")["reason"] == "it ran longer than 0.005 minutes, its timeout-minutes"
    assert ran.log("b") == "a was cancelled\n"


def test_names_are_evaluated_and_made_up_where_there_is_none(project: Project) -> None:
    project.steps("- {name: 'On ${{ github.ref_name }}', run: 'true'}\n- run: |\n    echo first\n    echo second")
    names = [event["name"] for event in project.run().of("step-started")]
    assert names == ["On main", "Run echo first"]


def test_annotations_carry_their_place(project: Project) -> None:
    project.steps('- run: echo "::error file=src/app.py,line=3,col=7,title=Broken::It%0Abroke"')
    (event,) = project.run().of("annotation")
    assert (event["level"], event["path"], event["line"], event["column"]) == ("error", "src/app.py", 3, 7)
    assert (event["title"], event["message"]) == ("Broken", "It\nbroke")


def test_debug_messages_are_shown_only_when_asked_for(project: Project) -> None:
    project.steps('- run: echo "::debug::details"; echo "[$RUNNER_DEBUG]"')
    assert project.run().log() == "[]\n"
    assert project.run("--debug").log() == "##[debug]details\n[1]\n"


def test_secrets_are_masked_in_logs_names_and_annotations(project: Project) -> None:
    project.steps(
        """
- run: echo "the token is ${{ secrets.TOKEN }}"; echo "$TOKEN" | base64; echo "::warning::$TOKEN leaks"
  env: {TOKEN: "${{ secrets.TOKEN }}"}
- run: echo "::add-mask::found-later"; echo "found-later"
"""
    )
    ran = project.run("--secret", "TOKEN=s3cr3t-value")
    assert "s3cr3t" not in ran.out
    assert "found-later" not in ran.log("a", "__run_2").replace("::add-mask::", "")
    assert "the token is ***\n" in ran.log()


def test_secrets_are_masked_in_the_reasons_and_names_of_steps_and_jobs(project: Project) -> None:
    long = "s3cr3t" * 40
    project.workflow(
        """
  a:
    runs-on: x
    env: {TOKEN: "${{ secrets.TOKEN }}"}
    environment: {name: live, url: "https://example.org/${{ steps.o.outputs.o }}"}
    steps:
      - {name: "deploy with ${{ env.TOKEN }}", run: "true"}
      - run: echo ${{ secrets.TOKEN }}
      - {id: o, run: 'echo "o=$TOKEN" >> "$GITHUB_OUTPUT"'}
      - {if: env.TOKEN == 'x', run: echo never}
      - {continue-on-error: true, run: 'echo "$TOKEN" >> "$GITHUB_ENV"'}
      - {continue-on-error: true, run: echo, shell: "${{ env.TOKEN }}"}
      - {run: "true", working-directory: "${{ env.TOKEN }}"}
"""
    )
    for options in ((), ("--plain",)):
        ran = project.headway("run", *options, "--secret", f"TOKEN={long}")
        assert ran.code == 1
        assert "s3cr3t" not in ran.out + ran.errors
        assert "deploy with ***" in ran.out
        assert "Run echo ***" in ran.out
        assert "where env.TOKEN is '***'" in ran.out
        assert "https://example.org/***" in ran.out
    ran = project.run("--secret", f"TOKEN={long}")
    assert "s3cr3t" not in ran.out
    assert "The working directory '***' does not exist" in ran.job("a")["reason"]


def test_an_output_that_holds_a_secret_does_not_leave_its_job(project: Project) -> None:
    project.workflow(
        """
  a:
    runs-on: x
    outputs: {leak: "${{ steps.s.outputs.leak }}", fine: "${{ steps.s.outputs.fine }}"}
    steps:
      - id: s
        run: echo "leak=${{ secrets.TOKEN }}" >> "$GITHUB_OUTPUT"; echo "fine=1" >> "$GITHUB_OUTPUT"
  b:
    needs: a
    runs-on: x
    steps: [{run: 'echo "[${{ needs.a.outputs.leak }}] [${{ needs.a.outputs.fine }}]"'}]
"""
    )
    assert project.run("--secret", "TOKEN=s3cr3t-value").log("b") == "[] [1]\n"


def test_the_users_own_variables_reach_steps_only_when_named(project: Project) -> None:
    project.steps('- run: echo "[$AWS_SECRET_ACCESS_KEY] [$CHOSEN]"')
    ran = project.run("--env", "CHOSEN", AWS_SECRET_ACCESS_KEY="leak", CHOSEN="yes")
    assert ran.log() == "[] [yes]\n"


def test_steps_in_the_background_go_on_until_they_are_waited_for(project: Project) -> None:
    project.steps(
        """
- {id: slow, background: true, run: 'sleep 0.3; echo "x=done" >> "$GITHUB_OUTPUT"'}
- {id: between, run: 'echo "[${{ steps.slow.outputs.x }}]"'}
- wait: slow
- {id: after, run: 'echo "[${{ steps.slow.outputs.x }}]"'}
"""
    )
    ran = project.run()
    assert ran.log("a", "between") == "[]\n"
    assert ran.log("a", "after") == "[done]\n"


def test_a_failure_in_the_background_fails_the_job_when_it_is_waited_for(project: Project) -> None:
    project.steps(
        """
- {id: bad, background: true, run: exit 4}
- {id: between, run: sleep 0.3}
- {id: still, run: echo}
- wait-all:
- {id: later, run: echo}
"""
    )
    ran = project.run()
    assert ran.code == 1
    assert ran.outcomes("a") == {"bad": "failure", "between": "success", "still": "success", "later": "skipped"}


def test_a_service_in_the_background_is_cancelled(project: Project) -> None:
    project.steps("- {id: server, background: true, run: sleep 300}\n- run: echo work\n- cancel: server")
    ran = project.run()
    assert ran.code == 0
    assert ran.outcomes("a")["server"] == "cancelled"


def test_a_parallel_group_runs_together_and_is_waited_for(project: Project) -> None:
    project.steps(
        """
- parallel:
    - {id: one, run: 'touch "$RUNNER_TEMP/one"; until [ -e "$RUNNER_TEMP/two" ]; do sleep 0.02; done'}
    - {id: two, run: 'touch "$RUNNER_TEMP/two"; until [ -e "$RUNNER_TEMP/one" ]; do sleep 0.02; done'}
- {id: after, run: "echo ${{ steps.one.outcome }} ${{ steps.two.outcome }}"}
"""
    )
    assert project.run().log("a", "after") == "success success\n"


def test_hash_files_sees_the_workspace(project: Project) -> None:
    project.write("a.lock", "a")
    project.write("deep/b.lock", "b")
    project.steps(
        """
- uses: actions/checkout@v4
- run: |
    echo "${{ hashFiles('**/*.lock') }}"
    echo "${{ hashFiles('a.lock') }}"
    echo "[${{ hashFiles('nothing') }}]"
"""
    )
    lines = project.run().log("a", "__run").splitlines()
    assert lines[0] != lines[1]
    # The SHA-256 over the SHA-256 of the one file.
    assert lines[1] == "bf5d3affb73efd2ec6c36ad3112dd933efed63c4e1cbffcfa88e2759c144f2d8"
    assert lines[2] == "[]"
