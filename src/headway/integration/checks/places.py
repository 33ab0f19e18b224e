"""Where expressions stand in a workflow, and what is known there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.integration.workflows.tokens import Expression, Scalar, expressions_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.integration.workflows.models import Job, Step, Workflow


class Place(NamedTuple):
    """An expression, and what surrounds it. ``key`` is the property it belongs to (``run``, ``if``, ``env``, …).

    ``steps_before`` are the ids that an expression in a step may refer to; None where there are no steps at all.
    """

    expression: Expression
    key: str
    job: Job | None = None
    step: Step | None = None
    steps_before: frozenset[str] | None = None


def places(workflow: Workflow) -> Iterator[Place]:
    """Yield every place of a workflow."""
    for key, value in workflow.token.pairs:
        name = key.text if isinstance(key, Scalar) else ""
        if name != "jobs":
            for expression in expressions_in(value):
                yield Place(expression, name)
    for job in workflow.jobs.values():
        yield from _job_places(job)


def _job_places(job: Job) -> Iterator[Place]:
    all_ids = frozenset(_ids(job.steps))
    for key, value in job.token.pairs:
        name = key.text if isinstance(key, Scalar) else ""
        if name == "steps":
            continue
        sees_steps = name in ("outputs", "environment")
        for expression in expressions_in(value):
            yield Place(expression, name, job, None, all_ids if sees_steps else None)
    yield from step_places(job.steps, job)


def step_places(steps: tuple[Step, ...], job: Job | None = None) -> Iterator[Place]:
    """Yield the places of steps, of a job or of a composite action."""
    before: set[str] = set()
    for step in steps:
        inner = step.parallel or (step,)
        for one in inner:
            for key, value in one.token.pairs:
                name = key.text if isinstance(key, Scalar) else ""
                for expression in expressions_in(value):
                    yield Place(expression, name, job, one, frozenset(before))
        before.update(_ids(inner))


def _ids(steps: tuple[Step, ...]) -> Iterator[str]:
    for step in steps:
        if step.has_own_id:
            yield step.id.lower()
        yield from _ids(step.parallel)
