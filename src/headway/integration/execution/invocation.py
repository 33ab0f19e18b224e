"""What one step does: a script, or an action of one of the kinds that there are."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.execution.program import Program
from headway.integration.execution.shells import shell_of
from headway.integration.expressions import Value, to_string
from headway.integration.workflows.syntax_actions import NODE_RUNTIMES
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from headway.integration.execution.actions import ResolvedAction
    from headway.integration.execution.frames import Frame
    from headway.integration.execution.steps import StepRunner
    from headway.integration.planning.evaluation import Evaluator
    from headway.integration.planning.state import Result
    from headway.integration.workflows.models import Step
    from headway.integration.workflows.tokens import Token
    from headway.kernel.process import Cancellation


class Outcome(NamedTuple):
    """What a step came to, before ``continue-on-error``."""

    result: Result
    reason: str = ""
    outputs: dict[str, str] = {}  # noqa: RUF012 - never changed
    exit_code: int | None = None


class Invocation:
    """The main phase of one step."""

    __slots__ = ("cancellation", "env", "evaluator", "frame", "job", "key", "step", "steps")

    def __init__(
        self,
        frame: Frame,
        steps: StepRunner,
        step: Step,
        key: str,
        evaluator: Evaluator,
        env: dict[str, str],
        cancellation: Cancellation,
    ) -> None:
        self.frame = frame
        self.job = frame.job
        self.steps = steps
        self.step = step
        self.key = key
        self.evaluator = evaluator
        self.env = env
        self.cancellation = cancellation

    def run(self) -> Outcome:
        """Do it. Raises ``HeadwayError`` for what cannot be begun."""
        if self.step.uses is None:
            return self._script()
        return self._action(self.job.actions.resolved(self.step, self.frame))

    def program(self) -> Program:
        """Return a program of this step, not yet started."""
        minutes = None
        if self.step.timeout_minutes is not None:
            minutes = self.evaluator.number(self.step.timeout_minutes, 0)
        return Program(self.frame, self.key, self.step.id, self.env, self.cancellation, self.job.remaining(minutes))

    # run:

    def _script(self) -> Outcome:
        program = self.program()
        shell = shell_of(self._default("shell", self.step.shell), program.which)
        directory = self._directory()
        path = os.path.join(self.job.temp, f"{program.unique}{shell.extension}")
        text = shell.script(self.evaluator.text(self.step.run))
        with open(path, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(text)
        return program.run(shell.argv(self.job.runner.path(path), program.which), directory)

    def _default(self, name: str, own: Token | None) -> str:
        """Return a setting of the step, of its job, or of its workflow; composite actions have no defaults."""
        if own is not None:
            return self.evaluator.text(own)
        if self.frame.is_composite:
            return ""
        field = name.replace("-", "_")
        for defaults in (self.job.request.job.defaults, self.job.request.workflow.defaults):
            if (token := getattr(defaults, field)) is not None:
                return self.evaluator.text(token)
        return ""

    def _directory(self) -> str:
        wanted = self._default("working-directory", self.step.working_directory)
        if not wanted:
            return self.job.runner.path(self.job.workspace)
        seen = self.job.runner.path(self.job.workspace)
        directory = os.path.normpath(os.path.join(seen, wanted))
        if self.job.runner.path("/") == "/" and not os.path.isdir(directory):
            raise HeadwayError(
                f"The working directory '{wanted}' does not exist in the workspace. "
                "Is a checkout missing before this step, or a step that makes the folder?"
            )
        return directory

    # uses:

    def _action(self, action: ResolvedAction) -> Outcome:
        inputs = action.inputs(self.evaluator, self.step)
        for name in action.missing(inputs):
            self.warn(f"Input required and not supplied: {name}")
        if action.native is not None:
            return self._native(action, inputs)
        using = action.action.using
        if using == "composite":
            return self._composite(action, inputs)
        if using in NODE_RUNTIMES:
            return self._node(action, inputs)
        from headway.integration.execution.docker_actions import run_docker_action

        return run_docker_action(self, action, inputs)

    def _native(self, action: ResolvedAction, inputs: dict[str, str]) -> Outcome:
        from headway.integration.native.call import NativeCall

        call = NativeCall(self, action, inputs)
        return call.run()

    def _node(self, action: ResolvedAction, inputs: dict[str, str]) -> Outcome:
        from headway.integration.execution.node import NodeAction

        node = NodeAction(self, action, inputs)
        if action.action.post:
            self.steps_after(action, node.post)
        return node.run(action.action.main)

    def steps_after(self, action: ResolvedAction, work: object) -> None:
        """Have the action's last phase run when the job's steps are done, latest first."""
        from headway.integration.execution.afterwards import add_post

        add_post(self, action, work)  # type: ignore[arg-type]

    def _composite(self, action: ResolvedAction, inputs: dict[str, str]) -> Outcome:
        from headway.integration.execution.steps import StepRunner

        frame = self.frame.inner(action, self.step.id, inputs, self.env)
        runner = StepRunner(self.job, frame)
        runner.run(action.action.steps)
        runner.wait_for_all()
        evaluator = frame.evaluator()
        outputs = {name: evaluator.text(token) for name, token in action.action.outputs.items() if token is not None}
        if self.job.cancelled and self.cancellation.requested:
            return Outcome("cancelled", self.cancellation.reason, outputs)
        reason = "a step of the action failed" if frame.status == "failure" else ""
        return Outcome(frame.status, reason, outputs)

    def warn(self, message: str) -> None:
        """Write a warning into the step's log."""
        line = f"##[warning]{message}\n".encode(errors="surrogateescape")
        self.job.listener.log(self.key, self.job.masks.apply(line))


def text_inputs(values: Value) -> dict[str, str]:
    """Return an evaluated ``with`` as texts."""
    return {name: to_string(value) for name, value in values.items()} if isinstance(values, dict) else {}
