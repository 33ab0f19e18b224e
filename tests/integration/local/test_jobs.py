"""Jobs of a run: what they share, which of them run, and what `--failed`, `--job` and `--matrix` choose."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.project import Project

OUTPUTS = """
  first:
    runs-on: x
    outputs: {version: "${{ steps.v.outputs.version }}"}
    steps: [{id: v, run: 'echo "version=1.2" >> "$GITHUB_OUTPUT"'}]
  each:
    needs: first
    runs-on: x
    strategy: {matrix: {os: [linux, bsd], n: [1, 2], exclude: [{os: bsd, n: 2}]}}
    steps: [{run: 'echo "${{ matrix.os }} ${{ matrix.n }} ${{ needs.first.outputs.version }} ${{ strategy.job-total }}"'}]
  never:
    runs-on: x
    if: github.event_name == 'schedule'
    steps: [{run: echo no}]
"""


def test_outputs_matrix_and_conditions_work_together(project: Project) -> None:
    project.workflow(OUTPUTS)
    ran = project.run()
    assert ran.code == 0
    assert [ran.log(f"each#{n}") for n in range(3)] == ["linux 1 1.2 3\n", "linux 2 1.2 3\n", "bsd 1 1.2 3\n"]
    assert ran.job("each#1")["name"] == "each (linux, 2)"
    assert ran.job("never")["reason"].endswith("where github.event_name is 'push'")


def test_a_chosen_job_brings_what_it_needs_and_nothing_else(project: Project) -> None:
    project.workflow(OUTPUTS)
    ran = project.run("--job", "each", "--matrix", "os=bsd")
    assert {event["job"] for event in ran.of("job-finished")} == {"first", "each#2"}


def test_a_value_of_the_matrix_may_be_given_more_than_once_whatever_the_case_of_its_key(project: Project) -> None:
    project.workflow("  a:\n    runs-on: x\n    strategy: {matrix: {os: [a, b, c]}}\n    steps: [{run: echo}]")
    ran = project.run("--matrix", "OS=a", "--matrix", "os=c")
    assert {event["job"] for event in ran.of("job-finished")} == {"a#0", "a#2"}


def test_an_unknown_key_of_the_matrix_is_refused_unless_only_the_run_can_tell(project: Project) -> None:
    project.workflow("  a:\n    runs-on: x\n    strategy: {matrix: {os: [a, b, c]}}\n    steps: [{run: echo}]")
    refused = project.headway("run", "--matrix", "oss=a")
    assert refused.code == 1
    assert "--matrix oss=…: no matrix of these jobs has that key; did you mean 'os'?" in refused.errors
    project.workflow(
        """
  a:
    runs-on: x
    strategy: {matrix: "${{ fromJSON('{\\"oss\\": [1, 2]}') }}"}
    steps: [{run: echo}]
"""
    )
    assert {event["job"] for event in project.run("--matrix", "oss=2").of("job-finished")} == {"a#1"}


def test_an_unknown_job_is_refused_with_the_known_ones(project: Project) -> None:
    project.workflow(OUTPUTS)
    ran = project.headway("run", "--job", "frist")
    assert ran.code == 1
    assert "has no job 'frist'. did you mean 'first'?" in ran.errors


def test_only_what_failed_runs_again_with_the_outputs_of_the_others(project: Project) -> None:
    project.workflow(
        """
  a:
    runs-on: x
    outputs: {stamp: "${{ steps.s.outputs.stamp }}"}
    steps: [{id: s, run: 'echo "stamp=$RANDOM$RANDOM" >> "$GITHUB_OUTPUT"; echo ran-a'}]
  b:
    needs: a
    runs-on: x
    steps: [{uses: actions/checkout@v4}, {run: 'echo "${{ needs.a.outputs.stamp }}"; test -e fixed'}]
"""
    )
    first = project.run()
    assert first.code == 1
    project.write("fixed", "")
    second = project.run("--failed")
    assert second.code == 0
    assert "ran-a" not in second.log()
    assert second.log("b", "__run") == first.log("b", "__run").splitlines()[0] + "\n"
    assert second.job("a")["reason"] == "it succeeded last time"
    third = project.headway("run", "--failed")
    assert third.code == 0
    assert ".github/workflows/ci.yml: nothing failed in its last run" in third.errors
    assert third.out == ""


def test_a_secret_is_masked_in_a_called_workflow_too_which_was_given_a_part_of_it(project: Project) -> None:
    project.workflow(
        """
  a:
    uses: ./.github/workflows/inner.yml
    secrets: {word: "${{ fromJSON(secrets.BOTH)[0] }}"}
"""
    )
    project.workflow(
        """
on: {workflow_call: {secrets: {word: {required: true}}}}
jobs:
  b: {runs-on: x, steps: [{uses: actions/checkout@v4}, {run: 'echo "${{ secrets.word }} and"; cat both'}]}
""",
        "inner",
    )
    project.write("both", '["xyzzy", "plugh"]')
    ran = project.run("ci", "--secret", 'BOTH=["xyzzy", "plugh"]')
    assert ran.code == 0
    assert ran.log("a/b", "__run") == "*** and\n***\n"


def test_jobs_of_other_systems_are_skipped_with_the_reason_or_forced(project: Project) -> None:
    project.workflow("  a:\n    runs-on: windows-latest\n    steps: [{run: echo here}]")
    ran = project.run()
    assert ran.code == 0
    assert ran.job("a")["result"] == "skipped"
    assert "it runs on 'windows-latest', and this machine is Linux. --any-runner" in ran.job("a")["reason"]
    assert project.run("--any-runner").log() == "here\n"


def test_programs_that_are_missing_are_named_before_the_first_step(project: Project) -> None:
    project.steps("- run: |\n    helm version || true\n    echo 'helm is not called here: mvn'")
    ran = project.run(PATH=project.bare_path())
    assert ran.of("step-started")[0]["name"] == "Set up job"
    assert "'helm' is not on this machine; 'Run helm version || true' calls it" in ran.log()
    assert "mvn' is not on" not in ran.log()


def test_a_program_that_an_action_brings_is_not_missed(project: Project) -> None:
    project.write("setup/action.yml", "runs: {using: composite, steps: []}")
    project.steps("- uses: azure/setup-helm@v4\n- run: helm version || true")
    ran = project.run("--action-source", f"azure/setup-helm={project.root}/setup", PATH=project.bare_path())
    assert "is not on this machine" not in ran.log()


def test_reusable_workflows_nest_and_hand_values_both_ways(project: Project) -> None:
    project.workflow(
        """
on: push
jobs:
  call:
    strategy: {matrix: {who: [ada, bob]}}
    uses: ./.github/workflows/middle.yml
    with: {who: "${{ matrix.who }}"}
    secrets: inherit
  after:
    needs: call
    runs-on: x
    steps: [{run: 'echo "${{ needs.call.outputs.said }}"'}]
"""
    )
    project.workflow(
        """
on:
  workflow_call:
    inputs: {who: {type: string, required: true}, loud: {type: boolean, default: true}}
    outputs: {said: {value: "${{ jobs.inner.outputs.said }}"}}
jobs:
  inner:
    uses: ./.github/workflows/inner.yml
    with: {text: "${{ inputs.who }} ${{ inputs.loud && 'LOUD' || 'quiet' }}"}
    secrets: {word: "${{ secrets.WORD }}"}
""",
        "middle",
    )
    project.workflow(
        """
on:
  workflow_call:
    inputs: {text: {type: string}}
    secrets: {word: {required: true}}
    outputs: {said: {value: "${{ jobs.say.outputs.said }}"}}
jobs:
  say:
    runs-on: x
    outputs: {said: "${{ steps.s.outputs.said }}"}
    steps:
      - id: s
        run: echo "said=${{ inputs.text }}" >> "$GITHUB_OUTPUT"; echo "${{ secrets.word }}" | rev
""",
        "inner",
    )
    ran = project.run("ci", "--secret", "WORD=xyzzy-plugh")
    assert ran.code == 0, ran.errors
    assert ran.log("call#0/inner/say") == "hgulp-yzzyx\n"
    assert ran.log("after") == "bob LOUD\n"


def test_a_remote_reusable_workflow_comes_from_its_source(project: Project) -> None:
    project.write(
        "lib/.github/workflows/x.yml", "on: workflow_call\njobs: {say: {runs-on: x, steps: [{run: echo remote}]}}"
    )
    project.workflow("  call:\n    uses: acme/lib/.github/workflows/x.yml@v1")
    assert project.run("--action-source", f"acme/lib={project.root}/lib").log() == "remote\n"


def test_workflows_that_call_each_other_are_refused(project: Project) -> None:
    project.workflow("on: [push, workflow_call]\njobs: {a: {uses: ./.github/workflows/other.yml}}")
    project.workflow("on: workflow_call\njobs: {b: {uses: ./.github/workflows/ci.yml}}", "other")
    ran = project.headway("run", "ci")
    assert ran.code == 2
    assert "The workflow calls itself: .github/workflows/ci.yml → .github/workflows/other.yml" in ran.errors


def test_the_plan_executes_nothing(project: Project) -> None:
    project.workflow(OUTPUTS)
    plan = project.headway("run", "--plan")
    assert plan.code == 0
    assert "● each (linux, 2) after first" in plan.out
    assert "- never" in plan.out
    document = json.loads(project.headway("run", "--plan", "--json").out)
    jobs = document["workflows"][0]["jobs"]
    assert [(job["name"], job["verdict"]) for job in jobs][-1] == ("never", "skip")
    assert not (project.cache / "work").exists()


def test_what_the_event_does_not_start_is_explained(project: Project) -> None:
    project.workflow("on: {push: {branches: [release/**]}}\njobs: {a: {runs-on: x, steps: [{run: echo}]}}")
    ran = project.headway("run")
    assert ran.code == 0
    assert "'main' matches none of its branches: release/**" in ran.errors
    assert project.run("ci").code == 0


def test_inputs_of_a_dispatch_are_typed_and_checked(project: Project) -> None:
    project.workflow(
        """
on:
  workflow_dispatch:
    inputs:
      level: {type: choice, options: [low, high], default: low}
      count: {type: number, default: 2}
      dry: {type: boolean}
      who: {required: true}
jobs:
  a:
    runs-on: x
    steps: [{run: 'echo "${{ inputs.level }} ${{ inputs.count }} ${{ inputs.dry == false }} ${{ github.event.inputs.who }}"'}]
"""
    )
    assert project.run("ci", "--input", "who=ada").log() == "low 2 true ada\n"
    assert (
        "the input 'who' is required: --input who=VALUE" in project.headway("run", "ci", "--input", "level=high").errors
    )
    wrong = project.headway("run", "ci", "--input", "who=x", "--input", "level=mid")
    assert "must be one of low, high, not 'mid'" in wrong.errors
    assert "has no input 'whom'" in project.headway("run", "ci", "--input", "who=x", "--input", "whom=y").errors


def test_a_payload_is_the_event(project: Project) -> None:
    payload = project.write("payload.json", json.dumps({"action": "opened", "issue": {"title": "Help"}}))
    project.workflow(
        "on: {issues: {types: [opened]}}\njobs: {a: {runs-on: x, steps: [{run: 'echo ${{ github.event.issue.title }}'}]}}"
    )
    assert project.run("--event", "issues", "--payload", str(payload)).log() == "Help\n"
    closed = project.write("closed.json", json.dumps({"action": "closed"}))
    assert "this was 'closed'" in project.headway("run", "--event", "issues", "--payload", str(closed)).errors


def test_a_pull_request_has_its_branches(project: Project) -> None:
    project.workflow(
        "on: pull_request\njobs: {a: {runs-on: x, steps: [{run: 'echo $GITHUB_BASE_REF $GITHUB_HEAD_REF $GITHUB_REF'}]}}"
    )
    project.git("checkout", "-q", "-b", "topic")
    assert project.run("--event", "pull_request").log() == "main topic refs/pull/1/merge\n"


def test_test_reports_are_counted(project: Project) -> None:
    project.steps(
        """
- uses: actions/checkout@v4
- run: |
    mkdir reports
    echo '<testsuites><testsuite><testcase name="good" classname="t" time="0.5"/><testcase name="bad" classname="t"><failure/></testcase><testcase name="off"><skipped/></testcase></testsuite></testsuites>' > reports/TEST-t.xml
    echo '<not-a-report/>' > other.xml
"""
    )
    (event,) = project.run().of("tests")
    assert (event["tests"], event["failures"], event["skipped"], event["failed"]) == (3, 1, 1, ["t.bad"])
    assert "Tests: 1 passed, 1 failed, 1 skipped" in project.headway("run").out


def test_a_run_has_the_name_that_its_workflow_makes_up(project: Project) -> None:
    project.workflow(
        "name: CI\nrun-name: Build of ${{ github.ref_name }}\non: push\njobs: {a: {runs-on: x, steps: [{run: echo}]}}"
    )
    assert project.run().of("run-started")[0]["name"] == "Build of main"


def test_the_address_of_an_environment_is_told(project: Project) -> None:
    project.workflow(
        """
  a:
    runs-on: x
    environment: {name: production, url: "https://${{ steps.d.outputs.host }}/"}
    steps: [{id: d, run: 'echo host=shop.example.org >> "$GITHUB_OUTPUT"'}]
"""
    )
    assert project.run().job("a")["environment_url"] == "https://shop.example.org/"
    assert "a: https://shop.example.org/" in project.headway("run").out
