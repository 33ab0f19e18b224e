"""`headway run --plan`: the job graph, and what would run and why."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from headway.integration.execution.names import fallback_name
from headway.integration.local.session import runs_on
from headway.integration.planning.plan import PlannedJob, plan
from headway.integration.workflows.tokens import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.integration.local.session import Choice, Session
    from headway.integration.workflows.models import Step, Workflow

_SIGNS = {"run": "●", "skip": "-", "undecided": "?"}


def show_plan(session: Session, choice: Choice, *, as_json: bool) -> None:
    """Print the plan of every workflow that would start, and why the others would not."""
    if as_json:
        document = {
            "workflows": [_document(session, workflow) for workflow in choice.workflows],
            "others": [{"path": path, "reason": reason} for path, reason in choice.others],
        }
        print(json.dumps(document, indent=2, ensure_ascii=False))
        return
    for workflow in choice.workflows:
        print(f"{workflow.name or workflow.path} ({workflow.path}) on {session.request.event}")
        for line in plan_lines(plan(session.new_state(workflow), session.gate)):
            print(f"  {line}")
    for path, reason in choice.others:
        print(f"{path}: does not start: {reason}")


def plan_lines(jobs: list[PlannedJob]) -> Iterator[str]:
    """Yield the lines of a plan: the jobs in their order, each with its needs, its runner and its steps."""
    for job in jobs:
        needs = f" after {', '.join(job.after)}" if job.after else ""
        yield f"{_SIGNS[job.verdict]} {job.name}{needs}{_place(job)}"
        if job.reason:
            yield f"    {'skipped' if job.verdict == 'skip' else 'not decided yet'}: {job.reason}"
        if job.verdict != "skip":
            yield from (f"    {line}" for line in _steps(job.job.steps))


def _place(job: PlannedJob) -> str:
    labels = runs_on(job.instance) if job.instance is not None else []
    return f" [{', '.join(label for label in labels if label)}]" if any(labels) else ""


def _steps(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        condition = step.condition.source if step.condition else "success()"
        when = "" if condition == "success()" else f"  if {condition.removeprefix('success() && ')}"
        yield f"{step_name(step)}{when}"
        yield from (f"  {line}" for line in _steps(step.parallel))


def step_name(step: Step) -> str:
    """Return the name of a step before anything is evaluated."""
    written = text_of(step.name) or getattr(step.name, "text", "")
    return written or fallback_name(step)


def _document(session: Session, workflow: Workflow) -> dict[str, object]:
    return {
        "path": workflow.path,
        "name": workflow.name,
        "jobs": [
            {
                "key": job.key,
                "id": job.id,
                "name": job.name,
                "verdict": job.verdict,
                "reason": job.reason,
                "needs": list(job.after),
                "runs_on": runs_on(job.instance) if job.instance is not None else [],
                "matrix": job.instance.matrix if job.instance is not None else None,
                "steps": [step_name(step) for step in job.job.steps],
            }
            for job in plan(session.new_state(workflow), session.gate)
        ],
    }
