"""The last phase of actions: run when the job's steps are done, in the opposite order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.workflows.conditions import ALWAYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.execution.actions import ResolvedAction
    from headway.integration.execution.invocation import Invocation, Outcome


def add_post(invocation: Invocation, action: ResolvedAction, work: Callable[[Invocation], Outcome]) -> None:
    """Have ``work`` run after the job's steps, under the action's ``post-if``; it is a step of its own in the log."""
    from headway.integration.execution.invocation import Invocation
    from headway.integration.execution.names import display_name

    steps, step = invocation.steps, invocation.step
    name = f"Post {display_name(step, invocation.evaluator)}"

    def run() -> None:
        steps.phase(
            step,
            "post",
            action.action.post_condition or ALWAYS,
            lambda evaluator, key, env: work(
                Invocation(invocation.frame, steps, step, key, evaluator, env, invocation.job.cancellation())
            ),
            name,
        )

    invocation.job.after.append(run)
