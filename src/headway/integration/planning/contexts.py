"""The contexts and functions that the scheduler evaluates with ("Contexts reference")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.expressions import Value, to_string

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.integration.planning.evaluation import Functions
    from headway.integration.planning.state import Instance, JobState, RunState, Scope


def scope_contexts(state: RunState, scope: Scope) -> dict[str, Value]:
    """Return what every expression of a workflow may use: ``github``, ``vars``, ``inputs``, ``secrets``."""
    return {
        "github": dict(state.github),
        "vars": dict(state.variables),
        "inputs": dict(scope.inputs),
        "secrets": dict(scope.secrets),
    }


def needs_context(state: RunState, scope: Scope, needs: Sequence[str]) -> dict[str, Value]:
    """Return ``needs``: result and outputs of the jobs that a job names."""
    context: dict[str, Value] = {}
    for name in needs:
        need = state.jobs.get((scope.key, name))
        if need is not None:
            context[name] = {"result": need.result or "", "outputs": dict(need.outputs)}
    return context


def instance_contexts(state: RunState, instance: Instance) -> dict[str, Value]:
    """Return the contexts of a job that is about to run: those of its scope, ``needs``, ``strategy``, ``matrix``."""
    scope = state.scopes[instance.scope]
    return {
        **scope_contexts(state, scope),
        "needs": needs_context(state, scope, [need.text for need in instance.job.needs]),
        "strategy": dict(instance.strategy),
        "matrix": dict(instance.matrix) if instance.matrix is not None else None,
    }


def ancestors(state: RunState, job: JobState) -> list[JobState]:
    """Return every job that the job depends on, directly or not, in the order of the text."""
    found: set[str] = set()
    wanted = [need.text for need in job.job.needs]
    while wanted:
        name = wanted.pop()
        ancestor = state.jobs.get((job.scope, name))
        if name not in found and ancestor is not None:
            found.add(name)
            wanted.extend(need.text for need in ancestor.job.needs)
    return [other for (scope, name), other in state.jobs.items() if scope == job.scope and name in found]


def status_functions(state: RunState, job: JobState) -> Functions:
    """Return ``success()``, ``failure()``, ``cancelled()`` and ``always()`` as a job's ``if`` sees them.

    They look at all jobs that came before, not only at those in ``needs``; with names, at those alone.
    """
    before = ancestors(state, job)

    def among(names: Sequence[Value]) -> list[JobState]:
        wanted = {to_string(name).lower() for name in names}
        return [other for other in before if not wanted or other.job.id.lower() in wanted]

    return {
        "success": lambda names: not state.cancelled and all(other.result == "success" for other in among(names)),
        "failure": lambda names: any(other.result == "failure" for other in among(names)),
        "cancelled": lambda _: bool(state.cancelled),
        "always": lambda _: True,
    }
