"""The syntax of a workflow file ("Workflow syntax for GitHub Actions")."""

from __future__ import annotations

from headway.integration.workflows import contexts
from headway.integration.workflows.schema import (
    anything,
    boolean,
    condition,
    constants,
    mapping,
    mapping_of,
    null,
    number,
    one_of,
    sequence,
    string,
)
from headway.integration.workflows.syntax_events import ON

PERMISSIONS: dict[str, str] = {
    "actions": "read write",
    "artifact-metadata": "read write",
    "attestations": "read write",
    "checks": "read write",
    "code-quality": "read write",
    "contents": "read write",
    "copilot-requests": "write",
    "deployments": "read write",
    "discussions": "read write",
    "drives": "read write",
    "id-token": "write",
    "issues": "read write",
    "models": "read",
    "packages": "read write",
    "pages": "read write",
    "pull-requests": "read write",
    "repository-projects": "read write",
    "security-events": "read write",
    "statuses": "read write",
    "vulnerability-alerts": "read",
}
"""The permissions of a job's token, each with the levels that it can have beside ``none``."""

_text = string(non_empty=True)
_texts = one_of(_text, sequence(_text))
_env = mapping_of(string())

_permissions = one_of(
    constants("read-all", "write-all"),
    mapping({name: constants(*levels.split(), "none") for name, levels in PERMISSIONS.items()}),
)
_run_defaults = mapping({"shell": _text, "working-directory": _text})
_concurrency = mapping({"group": _text, "cancel-in-progress": boolean(), "queue": constants("single", "max")}, "group")

_step_keys = {
    "name": string().within(contexts.STEP),
    "id": _text,
    "continue-on-error": boolean().within(contexts.STEP),
}
_action_step_keys = {
    **_step_keys,
    "if": condition(contexts.STEP_CONDITION),
    "timeout-minutes": number().within(contexts.STEP),
    "env": _env.within(contexts.STEP),
    "background": boolean(),
}
_run_step = mapping(
    {
        **_action_step_keys,
        "run": string().within(contexts.STEP),
        "working-directory": string().within(contexts.STEP),
        "shell": _text.within(contexts.STEP),
    },
    "run",
)
_uses_step = mapping({**_action_step_keys, "uses": _text, "with": _env.within(contexts.STEP)}, "uses")
_wait_step = mapping({**_step_keys, "wait": _texts}, "wait")
_wait_all_step = mapping({**_step_keys, "wait-all": one_of(null(), boolean())}, "wait-all")
_cancel_step = mapping({**_step_keys, "cancel": _text}, "cancel")
_steps = sequence(null())
_parallel_step = mapping({"parallel": _steps}, "parallel")
STEPS = _steps
STEPS.sequence = one_of(_run_step, _uses_step, _wait_step, _wait_all_step, _cancel_step, _parallel_step)

_container_keys = {
    "image": _text,
    "options": string(),
    "env": _env.within(contexts.OUTPUT_OF_JOB),
    "ports": sequence(_text),
    "volumes": sequence(_text),
    "credentials": mapping({"username": _text, "password": _text}).within(contexts.CREDENTIALS),
}
_container = one_of(string(), mapping(_container_keys), context=contexts.JOB)
_service = one_of(_text, mapping({**_container_keys, "entrypoint": string(), "command": string()}))

_matrix = mapping_of(
    sequence(anything()),
    include=sequence(mapping_of(anything())),
    exclude=sequence(mapping_of(anything())),
)
_strategy = mapping({"fail-fast": boolean(), "max-parallel": number(), "matrix": _matrix}).within(contexts.NEEDS)
_runs_on = one_of(_text, sequence(_text), mapping({"group": _text, "labels": _texts}), context=contexts.JOB)
_environment = one_of(
    string(),
    mapping(
        {
            "name": string().within(contexts.JOB),
            "url": string().within(contexts.ENVIRONMENT_URL),
            "deployment": boolean(),
        },
        "name",
    ),
    context=contexts.JOB,
)
_snapshot = one_of(
    _text,
    mapping(
        {"image-name": _text, "version": _text, "if": string().within(contexts.SNAPSHOT_CONDITION)},
        "image-name",
    ),
)

_any_job = {
    "name": string().within(contexts.JOB),
    "needs": _texts,
    "if": condition(contexts.JOB_CONDITION),
    "permissions": _permissions,
    "concurrency": one_of(_text, _concurrency, context=contexts.JOB),
    "strategy": _strategy,
}
_job = mapping(
    {
        **_any_job,
        "runs-on": _runs_on,
        "timeout-minutes": number().within(contexts.JOB),
        "cancel-timeout-minutes": number().within(contexts.JOB),
        "continue-on-error": boolean().within(contexts.JOB),
        "container": _container,
        "services": mapping_of(_service).within(contexts.JOB),
        "env": _env.within(contexts.JOB_AND_SECRETS),
        "environment": _environment,
        "outputs": mapping_of(string().within(contexts.OUTPUT_OF_JOB)),
        "defaults": mapping({"run": _run_defaults.within(contexts.JOB_AND_ENV)}),
        "steps": STEPS,
        "snapshot": _snapshot,
    },
    "runs-on",
)
_scalar = one_of(string(), boolean(), number())
_calling_job = mapping(
    {
        **_any_job,
        "uses": _text,
        "with": mapping_of(_scalar.within(contexts.JOB)),
        "secrets": one_of(constants("inherit"), mapping_of(_scalar.within(contexts.JOB_AND_SECRETS))),
    },
    "uses",
)

WORKFLOW = mapping(
    {
        "on": ON,
        "name": string(),
        "description": string(),
        "run-name": string().within(contexts.RUN),
        "env": _env.within(contexts.RUN_AND_SECRETS),
        "permissions": _permissions,
        "defaults": mapping({"run": _run_defaults}),
        "concurrency": one_of(string(), _concurrency, context=contexts.RUN),
        "jobs": mapping_of(one_of(_job, _calling_job)),
    },
    "on",
    "jobs",
)
