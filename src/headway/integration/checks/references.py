"""Names in expressions that refer to something: steps, needs, inputs, outputs, matrix keys, properties of contexts."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.integration.expressions import Mark, Name, names_in
from headway.integration.workflows.matrices import keys_of, matrix_keys
from headway.kernel.errors import Problem
from headway.kernel.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.integration.checks.places import Place
    from headway.integration.workflows.models import Job, Workflow

GITHUB = frozenset(
    (
        "action action_path action_ref action_repository action_status actor actor_id api_url "
        "artifact_cache_size_limit base_ref env event event_name event_path graphql_url head_ref job output "
        "path ref ref_name ref_protected ref_type repository repository_id repository_owner "
        "repository_owner_id repository_visibility repositoryurl retention_days run_attempt run_id run_number "
        "secret_source server_url sha state step_summary token triggering_actor workflow workflow_ref "
        "workflow_sha workspace"
    ).split()
)
RUNNER = frozenset(("arch debug environment name os temp tool_cache workspace").split())
JOB = frozenset(
    ("check_run_id container services status workflow_ref workflow_sha workflow_repository workflow_file_path").split()
)
STRATEGY = frozenset(["fail-fast", "job-index", "job-total", "max-parallel"])
STEP = frozenset(("outputs", "outcome", "conclusion"))
NEED = frozenset(("outputs", "result"))


class Finding(NamedTuple):
    """What is wrong with a name: the message and a hint."""

    message: str
    hint: str = ""


class References:
    """Checks the names of one workflow."""

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow
        triggers = workflow.triggers
        self._inputs = {
            name.lower()
            for event in ("workflow_dispatch", "workflow_call")
            if event in triggers
            for name in triggers[event].inputs
        }
        self._takes_inputs = "workflow_dispatch" in triggers or "workflow_call" in triggers
        call = triggers.get("workflow_call")
        self._secrets = (
            {name.lower() for name in call.secrets} if call and len(triggers) == 1 and call.secrets else None
        )

    def problems(self, place: Place) -> Iterator[Problem]:
        """Yield what is wrong with the names of one expression."""
        expression = place.expression
        for name in names_in(expression.node):
            if finding := self._finding(name, place):
                text = f"'{_shown(name)}': {finding.message}"
                yield Problem(
                    self._workflow.path, expression.line, expression.column, text, finding.hint, rule="reference"
                )

    def _finding(self, name: Name, place: Place) -> Finding | None:
        path = [part.lower() if isinstance(part, str) else part for part in name.path]
        if not path or isinstance(path[0], Mark):
            return None
        first, rest = path[0], path[1:]
        context = name.context.lower()
        fixed = {"github": GITHUB, "runner": RUNNER, "job": JOB, "strategy": STRATEGY}
        if context in fixed:
            return _unless(first, fixed[context], f"the context '{context}' has no such property")
        if context == "steps":
            return self._step(first, rest, place)
        if context == "needs" and place.job is not None:
            return self._need(first, rest, place.job)
        if context == "jobs":
            return self._job_output(first, rest)
        if context == "inputs":
            return self._input(first)
        if context == "matrix" and place.job is not None:
            return _matrix(first, place.job)
        if context == "secrets" and self._secrets is not None and first not in (*self._secrets, "github_token"):
            return Finding("the workflow takes no such secret", did_you_mean(first, self._secrets))
        return None

    def _step(self, id_: str, rest: list[str | Mark], place: Place) -> Finding | None:
        if place.steps_before is None:
            return None
        if id_ not in place.steps_before:
            known = sorted(place.steps_before)
            hint = did_you_mean(id_, known) or (
                f"known here: {', '.join(known)}" if known else "no step before has an id"
            )
            return Finding("no step before this place has that id", hint)
        if rest and isinstance(rest[0], str):
            return _unless(rest[0], STEP, "a step has no such property")
        return None

    def _need(self, id_: str, rest: list[str | Mark], job: Job) -> Finding | None:
        needs = {need.text.lower() for need in job.needs}
        if id_ not in needs:
            exists = id_ in {name.lower() for name in self._workflow.jobs}
            hint = f"add it: needs: {id_}" if exists else did_you_mean(id_, needs)
            return Finding(f"the job '{job.id}' does not need such a job", hint)
        return self._output(id_, rest)

    def _output(self, id_: str, rest: list[str | Mark]) -> Finding | None:
        if not rest or isinstance(rest[0], Mark):
            return None
        if rest[0] not in NEED:
            return _unless(rest[0], NEED, "a job has no such property")
        if rest[0] != "outputs" or len(rest) < 2 or isinstance(rest[1], Mark):
            return None
        outputs = self._outputs_of(id_)
        if outputs is None or rest[1] in outputs:
            return None
        known = f"its outputs: {', '.join(sorted(outputs))}" if outputs else "it has no outputs"
        return Finding(f"the job '{id_}' has no such output", did_you_mean(rest[1], outputs) or known)

    def _outputs_of(self, id_: str) -> set[str] | None:
        """Return the names of a job's outputs, None if they are not known."""
        job = next((job for name, job in self._workflow.jobs.items() if name.lower() == id_), None)
        if job is None:
            return None
        if job.uses is not None:
            if job.callee is None:
                return None
            return {name.lower() for name in job.callee.triggers["workflow_call"].outputs}
        if job.outputs is None:
            return set()
        return keys_of(job.outputs)

    def _job_output(self, id_: str, rest: list[str | Mark]) -> Finding | None:
        jobs = [name.lower() for name in self._workflow.jobs]
        if id_ not in jobs:
            return Finding("the workflow has no such job", did_you_mean(id_, jobs))
        return self._output(id_, rest)

    def _input(self, name: str) -> Finding | None:
        if not self._takes_inputs:
            return Finding("the workflow takes no inputs", "define it below workflow_dispatch or workflow_call")
        if name in self._inputs:
            return None
        known = f"its inputs: {', '.join(sorted(self._inputs))}" if self._inputs else "it defines none"
        return Finding("the workflow has no such input", did_you_mean(name, self._inputs) or known)


def _unless(name: str, known: frozenset[str], message: str) -> Finding | None:
    if name in known:
        return None
    return Finding(message, did_you_mean(name, known) or f"it has: {', '.join(sorted(known))}")


def _matrix(key: str, job: Job) -> Finding | None:
    if job.strategy is None or job.strategy.matrix is None:
        return Finding(f"the job '{job.id}' has no matrix", "add strategy.matrix to it")
    keys = matrix_keys(job.strategy.matrix)
    if keys is None or key in keys:
        return None
    return Finding("the matrix has no such key", did_you_mean(key, keys) or f"its keys: {', '.join(sorted(keys))}")


def _shown(name: Name) -> str:
    parts = [part if isinstance(part, str) else "*" for part in name.path]
    return ".".join((name.context, *parts))
