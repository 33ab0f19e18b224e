"""Actions written in JavaScript: pre, main and post, on the node that this machine has."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headway.integration.execution.action_variables import action_variables
from headway.integration.execution.published import published_variables
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from headway.integration.execution.actions import ResolvedAction
    from headway.integration.execution.invocation import Invocation
    from headway.integration.execution.outcome import Outcome


class NodeAction:
    """One use of a JavaScript action. Its ``post`` sees the state that the earlier phases saved."""

    __slots__ = ("action", "inputs", "invocation", "state")

    def __init__(self, invocation: Invocation, action: ResolvedAction, inputs: dict[str, str]) -> None:
        self.invocation = invocation
        self.action = action
        self.inputs = inputs
        self.state = invocation.job.saved_state.setdefault(invocation.step.id, {})

    def run(self, script: str) -> Outcome:
        """Run one of its scripts. Raises ``HeadwayError`` when there is no node, or no such script."""
        return self._run(self.invocation, script)

    def post(self, invocation: Invocation) -> Outcome:
        """Run the last phase."""
        return self._run(invocation, self.action.action.post)

    def _run(self, invocation: Invocation, script: str) -> Outcome:
        path = os.path.join(self.action.folder, script)
        if not os.path.isfile(path):
            raise HeadwayError(
                f"'{path}' does not exist. Actions in a repository have to hold their built files; "
                "is a build step missing?"
            )
        program = invocation.program()
        runner = invocation.job.runner
        node = runner.node(program, self.action.action.using)
        variables = self._variables(invocation)
        if "GITHUB_SERVER_URL" in variables and not _speaks_to_results(path):
            del variables["GITHUB_SERVER_URL"]
        outcome = program.run([node, runner.path(path)], runner.path(invocation.job.workspace), variables)
        self.state.update(program.state)
        return outcome

    def _variables(self, invocation: Invocation) -> dict[str, str]:
        runner = invocation.job.runner
        variables = action_variables(invocation, self.action, self.inputs, self.state, in_container=not runner.here)
        variables["GITHUB_ACTION_PATH"] = runner.path(self.action.folder)
        return variables | published_variables(invocation, self.action)


def _speaks_to_results(script: str) -> bool:
    """Return whether a script bundles GitHub's clients of the results service, which want github.com as the server.

    Other actions, such as checkout, need to know the real one.
    """
    with open(script, "rb") as file:
        return b"github.actions.results.api" in file.read()


def run_node_action(invocation: Invocation, action: ResolvedAction, inputs: dict[str, str]) -> Outcome:
    """Run the main script of an action; its ``post``, if it has one, follows when the job's steps are done."""
    node = NodeAction(invocation, action, inputs)
    if action.action.post:
        invocation.after(node.post, action.action.post_condition)
    return node.run(action.action.main)


def run_node_pre(invocation: Invocation, action: ResolvedAction) -> Outcome:
    """Run the first script of an action, before all steps of the job."""
    inputs = action.inputs(invocation.evaluator, invocation.step)
    return NodeAction(invocation, action, inputs).run(action.action.pre)
