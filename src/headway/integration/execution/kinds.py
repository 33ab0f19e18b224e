"""What a step does, by its kind: a script, or an action (native, composite, JavaScript, or a container)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.execution.outcome import Outcome
from headway.integration.workflows.syntax_actions import NODE_RUNTIMES

if TYPE_CHECKING:
    from headway.integration.execution.actions import ResolvedAction
    from headway.integration.execution.invocation import Invocation


def run_main(invocation: Invocation) -> Outcome:
    """Run the main phase of a step. Raises ``HeadwayError`` for what cannot be begun."""
    step = invocation.step
    if step.uses is None:
        return invocation.run_script()
    action = invocation.job.actions.resolved(step, invocation.frame)
    inputs = action.inputs(invocation.evaluator, step)
    for message in action.deprecated(step):
        invocation.warn(message)
    for name in action.missing(inputs):
        invocation.warn(f"Input required and not supplied: {name}")
    if action.native is not None:
        return action.native(invocation, action, inputs)
    if action.action.using == "composite":
        return _run_composite(invocation, action, inputs)
    if action.action.using in NODE_RUNTIMES:
        from headway.integration.execution.node import run_node_action

        return run_node_action(invocation, action, inputs)
    from headway.integration.execution.containers.docker_actions import run_docker_action

    return run_docker_action(invocation, action, inputs)


def run_pre(invocation: Invocation, action: ResolvedAction) -> Outcome:
    """Run the first phase of an action that has one, before all steps of the job."""
    if action.action.using in NODE_RUNTIMES:
        from headway.integration.execution.node import run_node_pre

        return run_node_pre(invocation, action)
    from headway.integration.execution.containers.docker_actions import run_docker_pre

    return run_docker_pre(invocation, action)


def _run_composite(invocation: Invocation, action: ResolvedAction, inputs: dict[str, str]) -> Outcome:
    frame = invocation.frame.inner(action, invocation.step.id, inputs, invocation.env)
    runner = invocation.steps.inner(frame)
    runner.run(action.action.steps)
    runner.wait_for_all()
    evaluator = frame.evaluator()
    outputs = {name: evaluator.text(token) for name, token in action.action.outputs.items() if token is not None}
    if invocation.cancellation.requested:
        return Outcome("cancelled", invocation.cancellation.reason, outputs)
    reason = "a step of the action failed" if frame.status == "failure" else ""
    return Outcome(frame.status, reason, outputs)
