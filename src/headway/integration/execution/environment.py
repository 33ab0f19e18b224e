"""Variables and contexts of a job ("Variables reference", *Default environment variables*; "Contexts reference")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.execution.host import architecture, system
from headway.integration.expressions import Value, to_string

if TYPE_CHECKING:
    from headway.integration.execution.job import JobRun

# What of the context `github` is handed to steps as GITHUB_<NAME>; the rest is for expressions alone.
_VARIABLES = (
    "action action_path action_ref action_repository actor actor_id api_url base_ref event_name "
    "event_path graphql_url head_ref job ref ref_name ref_protected ref_type repository repository_id "
    "repository_owner repository_owner_id retention_days run_attempt run_id run_number server_url sha "
    "triggering_actor workflow workflow_ref workflow_sha workspace"
).split()


def job_contexts(job: JobRun) -> dict[str, Value]:
    """Return the contexts that all steps of a job share; secrets become masks on the way."""
    request = job.request
    given = request.contexts["github"]
    github: dict[str, Value] = dict(given) if isinstance(given, dict) else {}
    github |= {
        "job": request.job.id,
        "workspace": job.runner.path(job.workspace),
        "event_path": job.runner.path(to_string(github.get("event_path"))),
    }
    secrets = request.contexts.get("secrets")
    for value in (*job.host.secrets, *(secrets.values() if isinstance(secrets, dict) else ())):
        job.masks.add(to_string(value))
    return {
        **request.contexts,
        "github": github,
        "env": {},
        "job": job.job_context,
        "runner": runner_context(job),
        "steps": {},
    }


def runner_context(job: JobRun) -> dict[str, Value]:
    """Return the context ``runner``."""
    context: dict[str, Value] = {
        "os": system(),
        "arch": architecture(),
        "name": job.host.name,
        "environment": "self-hosted",
        "temp": job.runner.path(job.temp),
        "tool_cache": job.runner.path(job.host.tool_cache),
        "workspace": job.runner.path(job.request.folder),
    }
    return context | ({"debug": "1"} if job.host.debug else {})


def default_variables(github: Value, runner: Value, debug: bool) -> dict[str, str]:
    """Return ``GITHUB_*``, ``RUNNER_*`` and ``CI`` for a step."""
    variables = {"CI": "true", "GITHUB_ACTIONS": "true"}
    if isinstance(github, dict):
        for name in _VARIABLES:
            if github.get(name) is not None:
                variables[f"GITHUB_{name.upper()}"] = to_string(github[name])
    if isinstance(runner, dict):
        for name, value in runner.items():
            variables[f"RUNNER_{name.upper()}"] = to_string(value)
        variables["AGENT_TOOLSDIRECTORY"] = to_string(runner.get("tool_cache"))
    if debug:
        variables["RUNNER_DEBUG"] = "1"
    return variables
