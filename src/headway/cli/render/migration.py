"""`headway check --report`: does each job run here, and if not, why not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from headway.cli.render.wording import SIGNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.integration.local.migration import JobReport


def print_report(jobs: Sequence[JobReport], *, as_json: bool) -> int:
    """Print the report; 0 if every job runs here as it is, 1 if not."""
    if as_json:
        print(json.dumps([_document(job) for job in jobs], indent=2, ensure_ascii=False))
    else:
        _print_text(jobs)
    return 0 if all(job.runs for job in jobs) else 1


def _document(job: JobReport) -> dict[str, object]:
    obstacles = [obstacle._asdict() for obstacle in job.obstacles]
    return {"workflow": job.workflow, "job": job.job, "runs": job.runs, "obstacles": obstacles}


def _print_text(jobs: Sequence[JobReport]) -> None:
    workflow = ""
    for job in jobs:
        if job.workflow != workflow:
            workflow = job.workflow
            print(workflow)
        sign, words = (SIGNS["success"], "") if job.runs else (SIGNS["failure"], " does not run here")
        print(f"  {sign} {job.job}{words}")
        for obstacle in job.obstacles:
            print(f"      {'' if obstacle.blocks else 'note: '}{obstacle.reason}")
            print(f"        {obstacle.remedy}")
    running = sum(job.runs for job in jobs)
    print(f"{running} of {len(jobs)} jobs run here as they are")
