"""Real workflow files: each one must be read without a problem, be planned, and have its job graph rendered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.cli.render.plan import plan_lines
from headway.integration.planning.plan import plan
from headway.integration.planning.scheduler import new_run
from headway.integration.workflows import read_workflow
from headway.kernel.errors import HeadwayError

from . import UsageError, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headway.integration.workflows.models import Workflow


def grade(folder: Path) -> Iterator[Verdict]:
    """Yield a verdict for each workflow in ``folder``."""
    files = sorted([*folder.glob("*.yml"), *folder.glob("*.yaml")])
    if not files:
        raise UsageError(f"{folder} holds no workflows: neither *.yml nor *.yaml is in it")
    for file in files:
        workflow, problems = read_workflow(file.read_bytes(), file.name)
        if problems or workflow is None:
            yield Verdict(file.name, False, "; ".join(map(str, problems)))
        else:
            yield _grade_plan(file.name, workflow)


def _grade_plan(name: str, workflow: Workflow) -> Verdict:
    """Plan as for each of the workflow's events in turn, and look for every job in what is rendered."""
    for event in workflow.triggers:
        try:
            state = new_run(workflow, github={"event_name": event, "event": {}, "ref": "refs/heads/main"})
            jobs = plan(state)
        except HeadwayError as error:
            return Verdict(name, False, f"not planned for {event}: {error}")
        missing = set(workflow.jobs) - {job.key.partition("#")[0] for job in jobs}
        if missing:
            return Verdict(name, False, f"the plan for {event} lacks {', '.join(sorted(missing))}")
        undecided = [job for job in jobs if job.verdict == "undecided" and job.instance is None]
        if undecided:
            return Verdict(
                name, False, f"the plan for {event} cannot decide {undecided[0].name}: {undecided[0].reason}"
            )
        if not list(plan_lines(jobs)):
            return Verdict(name, False, f"the plan for {event} renders nothing")
    return Verdict(name, True)
