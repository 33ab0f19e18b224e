"""One use of a native action: what it is given, and how it answers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headway.integration.events import Annotation
from headway.integration.execution.outcome import Outcome
from headway.kernel.errors import HeadwayError, UnsafePathError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.execution.actions import ResolvedAction
    from headway.integration.execution.invocation import Invocation
    from headway.integration.execution.job import JobRun
    from headway.integration.execution.program import Program
    from headway.integration.workflows.tokens import Expression


class NativeCall:
    """What the function of a native action gets. It fails the step by raising ``HeadwayError``."""

    __slots__ = ("_action", "_inputs", "_invocation", "program")

    def __init__(self, invocation: Invocation, action: ResolvedAction, inputs: dict[str, str]) -> None:
        self._invocation = invocation
        self._action = action
        self._inputs = inputs
        self.program: Program = invocation.program()

    def run(self, work: Callable[[NativeCall], None]) -> Outcome:
        """Run one phase of the action."""
        work(self)
        if self._invocation.cancellation.requested:
            return Outcome("cancelled", self._invocation.cancellation.reason, self.program.outputs)
        return Outcome("success", "", self.program.outputs)

    def after(self, work: Callable[[NativeCall], None], condition: Expression | None = None) -> None:
        """Have ``work`` run when the job's steps are done, as the action's last phase, if ``condition`` holds then."""
        self._invocation.after(
            lambda invocation: NativeCall(invocation, self._action, self._inputs).run(work), condition
        )

    # What it is given

    @property
    def name(self) -> str:
        """The action, as ``owner/name``."""
        return self._action.action.name

    @property
    def ref(self) -> str:
        """The version of the action that was asked for, such as ``v4``."""
        return self._action.ref

    @property
    def job(self) -> JobRun:
        """The job that it is part of."""
        return self._invocation.job

    @property
    def workspace(self) -> str:
        """The job's workspace."""
        return self._invocation.job.workspace

    def input(self, name: str, default: str = "") -> str:
        """Return an input without the blanks around it; an empty one is its default."""
        return self._inputs.get(name.lower(), "").strip() or default

    def flag(self, name: str, default: bool) -> bool:
        """Return a boolean input. Raises ``HeadwayError`` for anything that is none in YAML 1.2."""
        text = self.input(name)
        if not text:
            return default
        if text in ("true", "True", "TRUE"):
            return True
        if text in ("false", "False", "FALSE"):
            return False
        raise HeadwayError(f"The input '{name}' must be true or false, not '{text}'")

    def lines(self, name: str) -> list[str]:
        """Return an input of several lines, without empty ones."""
        return [line.strip() for line in self.input(name).splitlines() if line.strip()]

    def github(self, name: str) -> str:
        """Return a value of the context ``github`` as text, an empty one where there is none."""
        github = self._invocation.evaluator.contexts["github"]
        value = github.get(name) if isinstance(github, dict) else None
        return "" if value is None else str(value)

    def inside(self, path: str) -> str:
        """Return a path in the workspace as a path of this machine. Raises ``UnsafePathError`` if it leads out."""
        full = os.path.normpath(os.path.join(self.workspace, path))
        if full != self.workspace and not full.startswith(f"{self.workspace}/"):
            raise UnsafePathError(f"'{path}' leads out of the workspace")
        return full

    # How it answers

    def log(self, text: str) -> None:
        """Write lines into the step's log."""
        self.job.listener.log(self._invocation.key, self.job.masks.line(text))

    def annotate(self, annotation: Annotation) -> None:
        """Tell a message at the end of the run, and in the log."""
        self.log(f"##[{annotation.level}]{annotation.message}")
        self.job.listener.annotation(self._invocation.key, annotation)

    def warn(self, message: str) -> None:
        """Tell a warning."""
        self.annotate(Annotation("warning", message))

    def set_output(self, name: str, value: str) -> None:
        """Set an output of the step."""
        self.program.set_output(name, value)
