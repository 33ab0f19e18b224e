from __future__ import annotations

from headway.integration.planning.state import JobFinished, RunStarted

from .runs import Lead

STEPS = "runs-on: x\n    steps: [{run: 'true'}]"


def jobs(**texts: str) -> str:
    return "on: push\njobs:\n" + "".join(f"  {name}:\n    {STEPS}\n    {text}\n" for name, text in texts.items())


def test_jobs_without_needs_start_at_once_and_others_after_their_needs() -> None:
    run = Lead(jobs(a="", b="needs: a", c="needs: [a, b]"))
    assert run.running == ["a"]
    assert run.end("a").running == ["b"]
    assert run.end("b").running == ["c"]
    run.end("c")
    assert run.ends == ["success"]


def test_a_job_after_a_failed_one_is_skipped_and_says_which_one() -> None:
    run = Lead(jobs(a="", b="needs: a")).end("a", "failure")
    assert run.result("b") == "skipped"
    assert run.reason("b") == "it comes after 'a', which failed"
    assert run.ends == ["failure"]


def test_success_looks_at_all_ancestors_and_so_does_a_skip() -> None:
    run = Lead(jobs(a="if: false", b="needs: a\n    if: always()", c="needs: b")).end("b")
    assert run.result("c") == "skipped"
    assert "'a', which was skipped" in run.reason("c")


def test_a_false_condition_is_explained_with_its_values() -> None:
    run = Lead(jobs(a="if: github.ref == 'refs/heads/dev' && github.event_name == 'push'"))
    assert run.reason("a") == (
        "its condition is false: github.ref == 'refs/heads/dev' && github.event_name == 'push', "
        "where github.ref is 'refs/heads/main'"
    )
    assert run.ends == ["success"]


def test_failure_and_always_run_after_a_failure() -> None:
    run = Lead(
        jobs(a="", f="needs: a\n    if: failure()", g="needs: a\n    if: always()", s="needs: a\n    if: success()")
    )
    run.end("a", "failure")
    assert run.running == ["f", "g"]
    assert run.result("s") == "skipped"


def test_status_functions_with_names_look_at_those_jobs_alone() -> None:
    run = Lead(jobs(a="", b="", c="needs: [a, b]\n    if: success('b')")).end("a", "failure").end("b")
    assert run.running == ["c"]


def test_a_job_that_may_fail_lets_the_run_succeed_and_others_go_on() -> None:
    run = Lead(jobs(a="continue-on-error: true", b="needs: a\n    if: needs.a.result == 'success'")).end("a", "failure")
    assert run.running == ["b"]
    run.end("b")
    assert run.ends == ["success"]


def test_outputs_reach_the_jobs_that_need_them() -> None:
    text = jobs(a="outputs: {x: '1'}", b="needs: a\n    if: needs.a.outputs.x == 'yes'")
    assert Lead(text).end("a", x="yes").running == ["b"]
    assert Lead(text).end("a", x="no").result("b") == "skipped"


def test_an_expression_that_cannot_be_evaluated_fails_the_job_with_its_place() -> None:
    run = Lead(jobs(a="if: fromJSON('{') == 1"))
    assert run.result("a") == "failure"
    assert run.reason("a").startswith("test.yml:6:9: error:")
    assert run.ends == ["failure"]


MATRIX = "strategy: {matrix: {n: [1, 2, 3]}%s}"


def test_every_combination_is_an_instance_with_a_name_of_its_own() -> None:
    run = Lead(jobs(a=MATRIX % ""))
    assert run.running == ["a#0", "a#1", "a#2"]
    assert [one.name for one in run.state.instances.values()] == ["a (1)", "a (2)", "a (3)"]


def test_fail_fast_cancels_the_siblings_that_run_and_those_that_wait() -> None:
    run = Lead(jobs(a=MATRIX % ", max-parallel: 2")).end("a#0", "failure")
    assert run.cancelled == {"a#1": "'a (1)' failed, and fail-fast is on"}
    assert run.state.instances["a#2"].result == "cancelled"
    run.end("a#1", "cancelled")
    assert run.result("a") == "failure"


def test_without_fail_fast_all_siblings_run_to_their_end() -> None:
    run = Lead(jobs(a=MATRIX % ", fail-fast: false")).end("a#0", "failure").end("a#1").end("a#2")
    assert run.cancelled == {}
    assert run.result("a") == "failure"


def test_max_parallel_bounds_how_many_siblings_run() -> None:
    run = Lead(jobs(a=MATRIX % ", max-parallel: 2"))
    assert run.running == ["a#0", "a#1"]
    assert run.end("a#0").running == ["a#1", "a#2"]


def test_the_outputs_of_a_matrix_are_those_of_the_last_instance_that_set_them() -> None:
    text = jobs(a=MATRIX % "" + "\n    outputs: {x: ''}", b="needs: a")
    run = Lead(text).end("a#0", x="first").end("a#1", x="").end("a#2", x="")
    assert run.state.jobs["", "a"].outputs == {"x": "first"}


def test_a_matrix_from_an_output_is_expanded_when_it_is_known() -> None:
    text = jobs(a="", b="needs: a\n    strategy: {matrix: '${{ fromJSON(needs.a.outputs.m) }}'}")
    run = Lead(text).end("a", m='{"os": ["x", "y"]}')
    assert [run.state.instances[key].matrix for key in run.running] == [{"os": "x"}, {"os": "y"}]


def test_a_matrix_that_is_none_fails_its_job_with_the_reason() -> None:
    run = Lead(jobs(a="", b="needs: a\n    strategy: {matrix: '${{ fromJSON(needs.a.outputs.m) }}'}")).end("a", m="[1]")
    assert run.result("b") == "failure"
    assert "a matrix must be a mapping, not a sequence" in run.reason("b")


def test_a_chosen_value_leaves_only_its_combinations() -> None:
    run = Lead(jobs(a=MATRIX % ""), matrix={"n": ("2",)})
    assert run.running == ["a#1"]
    none = Lead(jobs(a=MATRIX % ""), matrix={"n": ("7",)})
    assert none.result("a") == "skipped"
    assert none.reason("a") == "no combination has n=7"


def test_capacity_bounds_how_many_jobs_run_at_all() -> None:
    run = Lead(jobs(a="", b="", c=""), capacity=2)
    assert run.running == ["a", "b"]
    assert run.end("b").running == ["a", "c"]


def test_known_jobs_do_not_run_again_and_lend_their_outputs() -> None:
    text = jobs(a="", b="needs: a\n    if: needs.a.outputs.x == '1'")
    run = Lead(text, known={"a": {"x": "1"}})
    assert run.running == ["b"]


def test_cancelling_ends_what_runs_and_drops_what_waits() -> None:
    run = Lead(jobs(a="", b="needs: a")).cancel("Ada asked for it")
    assert run.cancelled == {"a": "Ada asked for it"}
    run.end("a", "cancelled")
    assert run.result("b") == "cancelled"
    assert run.ends == ["cancelled"]


def test_always_and_cancelled_run_after_a_cancellation() -> None:
    run = Lead(
        jobs(a="", b="needs: a\n    if: always()", c="needs: a\n    if: cancelled()", d="needs: a\n    if: failure()")
    )
    run.cancel().end("a", "cancelled")
    assert run.running == ["b", "c"]
    assert run.result("d") == "cancelled"


def test_a_running_job_with_always_is_left_alone_by_a_cancellation() -> None:
    run = Lead(jobs(a="", b="if: always()")).cancel()
    assert run.cancelled.keys() == {"a"}
    assert run.end("a", "cancelled").running == ["b"]


def test_a_second_end_and_anything_after_the_end_change_nothing() -> None:
    run = Lead(jobs(a="", b="")).end("a")
    assert run.take(JobFinished("a", "failure")) == []
    assert run.take(JobFinished("nobody", "failure")) == []
    run.end("b")
    assert run.take(JobFinished("b", "failure")) == []
    assert run.take(RunStarted()) == []
    assert run.ends == ["success"]


CALLED = """
on:
  workflow_call:
    inputs: {flag: {type: boolean, default: true}, count: {type: number}, name: {type: string, required: true}}
    secrets: {token: {required: true}}
    outputs: {made: {value: "${{ jobs.inner.outputs.made }}"}}
jobs:
  inner:
    runs-on: x
    if: inputs.flag && inputs.count == 3 && inputs.name == 'ada'
    outputs: {made: ''}
    steps: [{run: 'true'}]
"""
CALLING = """
on: push
jobs:
  call:
    uses: ./called.yml
    with: {count: 3, name: ada}
    secrets: {token: "${{ secrets.OWN }}"}
  after:
    needs: call
    if: needs.call.outputs.made == 'thing'
    runs-on: x
    steps: [{run: 'true'}]
"""


def test_a_called_workflow_gets_typed_inputs_and_its_secrets_and_gives_its_outputs() -> None:
    run = Lead(CALLING, called={"called": CALLED}, secrets={"OWN": "s3cret"})
    assert run.running == ["call/inner"]
    assert run.state.scopes["call"].inputs == {"flag": True, "count": 3, "name": "ada"}
    assert run.state.scopes["call"].secrets == {"token": "s3cret"}
    assert run.end("call/inner", made="thing").running == ["after"]


def test_a_failure_in_a_called_workflow_is_the_calling_jobs_failure() -> None:
    run = Lead(CALLING, called={"called": CALLED}).end("call/inner", "failure")
    assert run.result("call") == "failure"
    assert run.result("after") == "skipped"


def test_fail_fast_reaches_into_called_workflows() -> None:
    called = f"on: workflow_call\njobs:\n  x:\n    {STEPS}\n  y:\n    needs: x\n    {STEPS}\n"
    text = "on: push\njobs:\n  call:\n    strategy: {matrix: {n: [1, 2]}}\n    uses: ./called.yml\n"
    run = Lead(text, called={"called": called}).end("call#0/x", "failure")
    assert run.cancelled.keys() == {"call#1/x"}
    run.end("call#1/x", "cancelled")
    assert run.result("y", "call#1") == "cancelled"
    assert run.ends == ["failure"]


def test_one_job_of_a_concurrency_group_runs_at_a_time() -> None:
    run = Lead(jobs(a="concurrency: g", b="concurrency: G"))
    assert run.running == ["a"]
    assert run.end("a").running == ["b"]


def test_a_third_job_of_a_group_takes_the_place_of_the_one_that_waits() -> None:
    run = Lead(jobs(a="concurrency: g", b="concurrency: g", c="concurrency: g"))
    assert run.result("b") == "cancelled"
    assert "came later into its concurrency group 'g'" in run.state.instances["b"].reason
    assert run.end("a").running == ["c"]


def test_a_queue_of_all_keeps_every_job_of_a_group_in_order() -> None:
    group = "concurrency: {group: g, queue: max}"
    run = Lead(jobs(a=group, b=group, c=group))
    assert run.running == ["a"]
    assert run.end("a").running == ["b"]
    assert run.end("b").running == ["c"]


def test_cancel_in_progress_ends_the_one_that_runs() -> None:
    group = "concurrency: {group: g, cancel-in-progress: true}"
    run = Lead(jobs(a=group, b="needs: z\n    " + group, z="")).end("z")
    assert run.cancelled == {"a": "'b' took over its concurrency group 'g'"}
    assert run.end("a", "cancelled").running == ["b"]
