"""The variables that actions of all kinds are given beside those of every step."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.integration.execution.actions import ResolvedAction
    from headway.integration.execution.invocation import Invocation


def action_variables(
    invocation: Invocation,
    action: ResolvedAction,
    inputs: Mapping[str, str],
    state: Mapping[str, str],
    *,
    in_container: bool,
) -> dict[str, str]:
    """Return an action's inputs, the state that its earlier phases saved, where it is from, and the results service."""
    variables = {input_variable(name): value for name, value in inputs.items()}
    variables |= {f"STATE_{name}": value for name, value in state.items()}
    variables |= {"GITHUB_ACTION_REPOSITORY": action.repository, "GITHUB_ACTION_REF": action.ref}
    return variables | _results_variables(invocation, in_container=in_container)


def input_variable(name: str) -> str:
    """Return the variable of an input: ``INPUT_`` and its name in capitals, spaces as underscores."""
    return f"INPUT_{name.replace(' ', '_').upper()}"


def _results_variables(invocation: Invocation, *, in_container: bool) -> dict[str, str]:
    """Return what actions (and containers, but no scripts) need to speak to the results service."""
    results = invocation.job.host.results
    variables = results(invocation.job.request.key) if results else {}
    invocation.job.masks.add(variables.get("ACTIONS_RUNTIME_TOKEN", ""))
    containers = invocation.job.containers
    return containers.reachable(variables) if in_container and containers else variables
