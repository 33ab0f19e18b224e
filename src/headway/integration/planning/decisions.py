"""What becomes of a job once its needs are done: skipped with a reason, or one instance for each combination."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.expressions import Value, to_number, to_string
from headway.integration.planning.contexts import ancestors, needs_context, scope_contexts, status_functions
from headway.integration.planning.evaluation import Evaluator
from headway.integration.planning.matrix import MatrixError, expand, suffix
from headway.integration.planning.reasons import why_not
from headway.integration.planning.state import Concurrency, Instance, JobState, Result, RunState, Scope
from headway.integration.workflows.conditions import SUCCESS
from headway.integration.workflows.permissions import effective
from headway.integration.workflows.tokens import Scalar, Token
from headway.kernel.errors import InputError

if TYPE_CHECKING:
    from headway.integration.workflows.models import Job, Trigger

MAX_NAME = 100


def decide(state: RunState, job: JobState) -> tuple[JobState, list[Instance]]:
    """Return the job as active with its instances, or as done: skipped, cancelled, or failed to evaluate."""
    scope = state.scopes[job.scope]
    contexts = scope_contexts(state, scope) | {
        "needs": needs_context(state, scope, [need.text for need in job.job.needs])
    }
    contexts.pop("secrets")
    evaluator = Evaluator(scope.workflow.path, contexts, status_functions(state, job))
    condition = job.job.condition or SUCCESS
    try:
        if not evaluator.is_true(condition):
            reason = state.cancelled or why_not(condition, evaluator, ancestors(state, job))
            result: Result = "cancelled" if state.cancelled else "skipped"
            return job._replace(status="done", result=result, reason=reason), []
        instances = _instances(job, scope, evaluator, state.matrix)
        if not instances:
            wanted = (f"{key}={' or '.join(values)}" for key, values in state.matrix.items())
            reason = f"no combination has {', '.join(wanted)}"
            return job._replace(status="done", result="skipped", reason=reason), []
    except InputError as error:
        return job._replace(status="done", result="failure", reason=str(error)), []
    return job._replace(status="active", instances=tuple(instance.key for instance in instances)), instances


def _is_wanted(combination: dict[str, Value], only: dict[str, tuple[str, ...]]) -> bool:
    return all(to_string(value) in only.get(key.lower(), (to_string(value),)) for key, value in combination.items())


def _instances(job: JobState, scope: Scope, evaluator: Evaluator, only: dict[str, tuple[str, ...]]) -> list[Instance]:
    strategy = job.job.strategy
    combinations: list[dict[str, Value] | None] = [None]
    fail_fast, max_parallel = True, 0.0
    if strategy is not None:
        fail_fast = evaluator.boolean(strategy.fail_fast, default=True)
        max_parallel = evaluator.number(strategy.max_parallel, 0)
        if strategy.matrix is not None:
            combinations = [*_combinations(strategy.matrix, evaluator)]
    total = len(combinations)
    instances = []
    for index, combination in enumerate(combinations):
        if combination and not _is_wanted(combination, only):
            continue
        context: dict[str, Value] = {
            "fail-fast": fail_fast,
            "job-index": index,
            "job-total": total,
            "max-parallel": int(max_parallel) or total,
        }
        inner = evaluator._replace(contexts={**evaluator.contexts, "strategy": context, "matrix": combination})
        key = (f"{scope.key}/" if scope.key else "") + job.job.id + (f"#{index}" if combination is not None else "")
        instances.append(
            Instance(
                key,
                scope.key,
                job.job,
                _name(job.job, combination, inner),
                combination,
                context,
                fail_fast and combination is not None,
                int(max_parallel),
                inner.boolean(job.job.continue_on_error, default=False),
                concurrency(job.job.concurrency, inner),
            )
        )
    return instances


def _combinations(matrix: Token, evaluator: Evaluator) -> list[dict[str, Value]]:
    try:
        return expand(evaluator.value(matrix))
    except MatrixError as error:
        raise evaluator.error(matrix, str(error)) from error


def _name(job: Job, combination: dict[str, Value] | None, evaluator: Evaluator) -> str:
    """Return the name that people see; only a name without expressions gets the combination behind it."""
    name = evaluator.text(job.name) or job.id
    if combination and isinstance(job.name, Scalar):
        name = f"{name} {suffix(combination)}"
    return name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…"


def concurrency(token: Token | None, evaluator: Evaluator) -> Concurrency | None:
    """Return an evaluated ``concurrency``, None where there is none or its group is empty."""
    value = evaluator.value(token)
    if isinstance(value, dict):
        cancel = str(value.get("cancel-in-progress", "")).lower() == "true"
        group = to_string(value.get("group"))
        return Concurrency(group, cancel, value.get("queue") == "max") if group else None
    group = to_string(value)
    return Concurrency(group) if group else None


def run_title(state: RunState) -> str:
    """Return what the run is called: its ``run-name``, else the workflow's name. Raises ``InputError``."""
    scope = state.scopes[""]
    evaluator = Evaluator(scope.workflow.path, scope_contexts(state, scope))
    return evaluator.text(scope.workflow.run_name).strip() or scope.workflow.name


# Calls of reusable workflows


def open_call(state: RunState, instance: Instance) -> tuple[Scope, dict[tuple[str, str], JobState]]:
    """Return the scope of a called workflow and its jobs. Raises ``InputError`` for inputs of the wrong type."""
    job, caller = instance.job, state.scopes[instance.scope]
    callee = job.callee
    if callee is None:
        raise ValueError(f"'{job.id}' calls no workflow")
    contexts = {
        **scope_contexts(state, caller),
        "needs": needs_context(state, caller, [need.text for need in job.needs]),
        "strategy": dict(instance.strategy),
        "matrix": instance.matrix,
    }
    evaluator = Evaluator(caller.workflow.path, contexts)
    secrets = dict(caller.secrets) if job.inherit_secrets else evaluator.texts(job.secrets)
    inputs = _inputs(callee.triggers["workflow_call"], job, evaluator, callee.path)
    allowed = effective(job, caller.workflow, caller.permissions)
    scope = Scope(instance.key, callee, inputs, secrets, instance.key, allowed)
    return scope, {(scope.key, id_): JobState(scope.key, inner) for id_, inner in callee.jobs.items()}


def _inputs(trigger: Trigger, job: Job, evaluator: Evaluator, path: str) -> dict[str, Value]:
    given = evaluator.value(job.inputs)
    by_name = {key.lower(): value for key, value in given.items()} if isinstance(given, dict) else {}
    inputs: dict[str, Value] = {}
    for name, definition in trigger.inputs.items():
        if name.lower() in by_name:
            value = by_name[name.lower()]
        else:
            value = evaluator._replace(path=path).value(definition.default)
        inputs[name] = typed(value, definition.type, evaluator, job.inputs or job.uses, name)
    return inputs


def typed(value: Value, kind: str, evaluator: Evaluator, at: Token | None, name: str) -> Value:
    """Return an input's value in its type; nothing given is the type's empty value. Raises ``InputError``."""
    if kind == "boolean":
        if value is None or value == "":
            return False
        if isinstance(value, bool):
            return value
        if to_string(value) in ("true", "false"):
            return value == "true"
        raise evaluator.error(at, f"the input '{name}' must be true or false, not '{to_string(value)}'")
    if kind == "number":
        if value is None or value == "":
            return 0
        if isinstance(value, int | float) and not isinstance(value, bool):
            return value
        number = to_number(value) if isinstance(value, str) else float("nan")
        if number != number:
            raise evaluator.error(at, f"the input '{name}' must be a number, not '{to_string(value)}'")
        return number
    return to_string(value)


def outputs_of_call(state: RunState, scope: Scope) -> dict[str, str]:
    """Return the outputs of a called workflow, from the outputs of its jobs. Raises ``InputError``."""
    jobs: dict[str, Value] = {
        name: {"result": job.result or "", "outputs": dict(job.outputs)}
        for (key, name), job in state.jobs.items()
        if key == scope.key
    }
    contexts = {**scope_contexts(state, scope), "jobs": jobs}
    evaluator = Evaluator(scope.workflow.path, contexts)
    return {
        name: evaluator.text(output.value) for name, output in scope.workflow.triggers["workflow_call"].outputs.items()
    }
