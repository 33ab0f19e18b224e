"""What a run would do, without doing it: the scheduler is led through a run in which every job succeeds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from headway.integration.expressions import names_in
from headway.integration.planning.scheduler import step
from headway.integration.planning.state import JobFinished, RunStarted, StartJob
from headway.integration.workflows.conditions import SUCCESS
from headway.integration.workflows.tokens import Mapping, Scalar, expressions_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.planning.state import Instance, RunState
    from headway.integration.workflows.models import Job, Workflow
    from headway.integration.workflows.tokens import Token

Verdict = Literal["run", "skip", "undecided"]


class PlannedJob(NamedTuple):
    """One job of a plan. ``after`` are the ids of its needs; ``reason`` says why it is skipped or not decided yet."""

    key: str
    id: str
    name: str
    verdict: Verdict
    reason: str
    after: tuple[str, ...]
    job: Job
    instance: Instance | None = None


def plan(state: RunState, gate: Callable[[Instance], str] = lambda _: "") -> list[PlannedJob]:
    """Return the jobs of a run that has not begun, in the order in which they would start.

    What depends on outputs of other jobs is not known before these have run: such jobs are planned as far as possible.
    ``gate`` says why an instance would not be run on this machine.
    """
    open_questions: dict[str, str] = {}
    scope = state.scopes[""]
    workflow = _simplified(scope.workflow, "", open_questions)
    jobs = {key: entry._replace(job=workflow.jobs[key[1]]) for key, entry in state.jobs.items()}
    state = state._replace(scopes={"": scope._replace(workflow=workflow)}, jobs=jobs, capacity=0)
    state, effects = step(state, RunStarted())
    planned: list[PlannedJob] = []
    waiting = [effect.key for effect in effects if isinstance(effect, StartJob)]
    while waiting:
        instance = state.instances[waiting.pop(0)]
        planned.append(_planned(instance, open_questions, gate(instance)))
        outputs = dict.fromkeys(_keys(instance.job.outputs), "")
        state, effects = step(state, JobFinished(instance.key, "success", outputs))
        waiting.extend(effect.key for effect in effects if isinstance(effect, StartJob))
    for (scope_key, name), entry in state.jobs.items():
        if not entry.instances:
            key = f"{scope_key}/{name}" if scope_key else name
            verdict: Verdict = "skip" if entry.result == "skipped" else "undecided"
            after = tuple(need.text for need in entry.job.needs)
            planned.append(PlannedJob(key, name, name, verdict, entry.reason, after, entry.job))
    return planned


def _planned(instance: Instance, open_questions: dict[str, str], obstacle: str) -> PlannedJob:
    path = instance.key.partition("#")[0] if "/" not in instance.key else _without_numbers(instance.key)
    question = open_questions.get(path, "")
    verdict: Verdict = "skip" if obstacle else "undecided" if question else "run"
    after = tuple(need.text for need in instance.job.needs)
    return PlannedJob(
        instance.key, instance.job.id, instance.name, verdict, obstacle or question, after, instance.job, instance
    )


def _without_numbers(key: str) -> str:
    return "/".join(part.partition("#")[0] for part in key.split("/"))


def _simplified(workflow: Workflow, prefix: str, open_questions: dict[str, str]) -> Workflow:
    """Return the workflow without conditions and matrices that only outputs can decide; note these."""
    jobs = {}
    for id_, job in workflow.jobs.items():
        path = prefix + id_
        strategy = job.strategy.token if job.strategy else None
        if uses := sorted(_needed_outputs(job.condition)):
            condition = job.condition.source if job.condition else ""
            open_questions[path] = f"its condition depends on {', '.join(uses)}: {condition}"
            job = job._replace(condition=SUCCESS)
        if uses := sorted(_needed_outputs(strategy)):
            open_questions[path] = f"its matrix depends on {', '.join(uses)}"
            job = job._replace(strategy=None)
        if job.callee is not None:
            job = job._replace(callee=_simplified(job.callee, f"{path}/", open_questions))
        jobs[id_] = job
    return workflow._replace(jobs=jobs)


def _needed_outputs(token: Token | None) -> set[str]:
    return {
        ".".join(("needs", *(str(part) for part in name.path[:3])))
        for expression in expressions_in(token)
        for name in names_in(expression.node)
        if name.context.lower() == "needs" and "outputs" in name.path[1:2]
    }


def _keys(token: Token | None) -> list[str]:
    pairs = token.pairs if isinstance(token, Mapping) else ()
    return [key.text for key, _ in pairs if isinstance(key, Scalar)]
