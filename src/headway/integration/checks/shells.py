"""Shells that nobody knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.workflows.tokens import Scalar
from headway.kernel.errors import Problem
from headway.kernel.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.integration.workflows.models import Step, Workflow
    from headway.integration.workflows.tokens import Token

KNOWN_SHELLS = ("bash", "sh", "python", "pwsh", "powershell", "cmd")
"""The shells that have a name ("Workflow syntax", *jobs.<job_id>.steps[*].shell*)."""


def shell_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield the shells of a workflow that are neither known nor a command with ``{0}``."""
    yield from _problem(workflow.defaults.shell, workflow.path)
    for job in workflow.jobs.values():
        yield from _problem(job.defaults.shell, workflow.path)
        yield from _steps(job.steps, workflow.path)


def _steps(steps: tuple[Step, ...], path: str) -> Iterator[Problem]:
    for step in steps:
        yield from _problem(step.shell, path)
        yield from _steps(step.parallel, path)


def _problem(token: Token | None, path: str) -> Iterator[Problem]:
    if not isinstance(token, Scalar) or token.text in KNOWN_SHELLS or "{0}" in token.text:
        return
    hint = did_you_mean(token.text, KNOWN_SHELLS) or f"use {', '.join(KNOWN_SHELLS)}, or a command with '{{0}}'"
    yield Problem(path, token.line, token.column, f"there is no shell '{token.text}'", hint, rule="shell")
