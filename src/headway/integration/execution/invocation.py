"""One step at work: its program, its script, and what is left to do after the job's steps."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headway.integration.execution.names import display_name
from headway.integration.execution.program import Program
from headway.integration.execution.shells import shell_of
from headway.integration.workflows.conditions import ALWAYS
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.execution.frames import Frame
    from headway.integration.execution.outcome import Outcome
    from headway.integration.execution.steps import StepRunner
    from headway.integration.planning.evaluation import Evaluator
    from headway.integration.workflows.models import Step
    from headway.integration.workflows.tokens import Expression, Token
    from headway.kernel.process import Cancellation


class Invocation:
    """One phase of one step."""

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

    def program(self) -> Program:
        """Return a program of this step, not yet started."""
        minutes = None
        if self.step.timeout_minutes is not None:
            minutes = self.evaluator.number(self.step.timeout_minutes, 0)
        return Program(self.frame, self.key, self.step.id, self.env, self.cancellation, self.job.remaining(minutes))

    def run_script(self) -> Outcome:
        """Run the script of a ``run`` step. Raises ``HeadwayError`` for what cannot be begun."""
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
        if self.job.runner.here and not os.path.isdir(directory):
            raise HeadwayError(
                f"The working directory '{wanted}' does not exist in the workspace. "
                "Is a checkout missing before this step, or a step that makes the folder?"
            )
        return directory

    # Afterwards

    def again(self, key: str, evaluator: Evaluator, env: dict[str, str]) -> Invocation:
        """Return the same step for another of its phases."""
        return Invocation(self.frame, self.steps, self.step, key, evaluator, env, self.job.cancellation(evaluator))

    def after(self, work: Callable[[Invocation], Outcome], condition: Expression | None = None) -> None:
        """Have ``work`` run when the job's steps are done, latest first: the step's last phase, under ``post-if``."""
        name = f"Post {display_name(self.step, self.evaluator)}"

        def run() -> None:
            self.steps.phase(
                self.step,
                "post",
                condition or ALWAYS,
                lambda evaluator, key, env: work(self.again(key, evaluator, env)),
                name,
            )

        self.job.after.append(run)

    def warn(self, message: str) -> None:
        """Write a warning into the step's log."""
        line = f"##[warning]{message}\n".encode(errors="surrogateescape")
        self.job.listener.log(self.key, self.job.masks.apply(line))
