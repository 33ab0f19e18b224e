"""Tokens below ``jobs:`` → jobs, and what must hold between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.workflows.conditions import condition_of
from headway.integration.workflows.convert_steps import convert_steps
from headway.integration.workflows.convert_triggers import texts_of
from headway.integration.workflows.identifiers import Identifiers
from headway.integration.workflows.models import Job, RunDefaults, Strategy
from headway.integration.workflows.permissions import convert_permissions
from headway.integration.workflows.tokens import Mapping, Scalar, Token, has_expressions, text_of
from headway.kernel.suggestions import did_you_mean

if TYPE_CHECKING:
    from headway.integration.workflows.reader import Reader

_GROUP_PREFIXES = ("org", "organization", "ent", "enterprise")


def convert_jobs(token: Token | None, reader: Reader) -> dict[str, Job]:
    """Return the jobs by id, in the order of the text."""
    if not isinstance(token, Mapping):
        return {}
    identifiers = Identifiers()
    jobs: dict[str, Job] = {}
    for key, value in token.pairs:
        if isinstance(key, Scalar) and isinstance(value, Mapping):
            if key.text and (problem := identifiers.add(key.text)):
                reader.problem(key, problem, rule="id")
            jobs[key.text] = _job(key, value, reader)
    _check_needs(token, jobs, reader)
    return jobs


def _job(key: Scalar, token: Mapping, reader: Reader) -> Job:
    get = token.get
    name = get("name")
    uses, secrets = get("uses"), get("secrets")
    _check_runs_on(get("runs-on"), reader)
    _check_container(get("container"), reader)
    services = get("services")
    for _, service in services.pairs if isinstance(services, Mapping) else ():
        _check_container(service, reader)
    inherit = isinstance(secrets, Scalar)
    return Job(
        id=key.text,
        key=key,
        token=token,
        name=key if name is None or text_of(name, "x") == "" else name,
        needs=texts_of(get("needs")),
        condition=condition_of(get("if")),
        permissions=convert_permissions(get("permissions")),
        concurrency=get("concurrency"),
        strategy=_strategy(get("strategy")),
        runs_on=get("runs-on"),
        env=get("env"),
        defaults=run_defaults(get("defaults")),
        environment=get("environment"),
        timeout_minutes=get("timeout-minutes"),
        cancel_timeout_minutes=get("cancel-timeout-minutes"),
        continue_on_error=get("continue-on-error"),
        container=get("container"),
        services=services,
        outputs=get("outputs"),
        steps=convert_steps(get("steps"), reader),
        snapshot=get("snapshot"),
        uses=uses if isinstance(uses, Scalar) else None,
        inputs=get("with"),
        secrets=None if inherit else secrets,
        inherit_secrets=inherit,
    )


def run_defaults(token: Token | None) -> RunDefaults:
    """Return ``defaults.run``, of a workflow or a job."""
    run = token.get("run") if isinstance(token, Mapping) else None
    return RunDefaults(run.get("shell"), run.get("working-directory")) if isinstance(run, Mapping) else RunDefaults()


def _strategy(token: Token | None) -> Strategy | None:
    if not isinstance(token, Mapping):
        return None
    return Strategy(token, token.get("matrix"), token.get("fail-fast"), token.get("max-parallel"))


def _check_runs_on(token: Token | None, reader: Reader) -> None:
    group = token.get("group") if isinstance(token, Mapping) else None
    if not isinstance(group, Scalar):
        return
    prefix, slash, rest = group.text.partition("/")
    if not slash:
        return
    if "/" in rest or prefix not in _GROUP_PREFIXES:
        message = (
            f"Invalid runs-on group name '{group.text}'. Please use 'organization/' or 'enterprise/' prefix to "
            "target a single runner group."
        )
        reader.problem(group, message, rule="runs-on")
    elif not rest:
        reader.problem(group, f"Invalid runs-on group name '{group.text}'.", rule="runs-on")


def _check_container(token: Token | None, reader: Reader) -> None:
    if not isinstance(token, Mapping) or token.get("image") is not None or has_expressions(token):
        return
    if not any((p.line, p.column) == (token.line, token.column) for p in reader.problems):
        reader.problem(token, "Container image cannot be empty", rule="container")


def _check_needs(token: Mapping, jobs: dict[str, Job], reader: Reader) -> None:
    """Report jobs that could never start, as GitHub does: what is left when all that can be done has been done."""
    waiting = {id_: [need.text for need in job.needs] for id_, job in jobs.items()}
    done = [id_ for id_, needs in waiting.items() if not needs]
    if not done:
        reader.problem(token, "The workflow must contain at least one job with no dependencies.", rule="needs")
        return
    finished = set(done)
    while newly := {id_ for id_, needs in waiting.items() if id_ not in finished and finished.issuperset(needs)}:
        finished |= newly
    for id_, job in jobs.items():
        for need in job.needs if id_ not in finished else ():
            _report_need(job, need, jobs, finished, reader)


def _report_need(job: Job, need: Scalar, jobs: dict[str, Job], finished: set[str], reader: Reader) -> None:
    if need.text in finished:
        return
    if need.text in jobs:
        message = f"Job '{job.id}' depends on job '{need.text}' which creates a cycle in the dependency graph."
        reader.problem(need, message, rule="needs")
    else:
        hint = did_you_mean(need.text, jobs)
        reader.problem(need, f"Job '{job.id}' depends on unknown job '{need.text}'.", hint, "needs")
