"""A frame is a list of steps with what they see of each other: a job's own, or those of a composite action."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.execution.environment import default_variables
from headway.integration.execution.hashing import hash_files
from headway.integration.expressions import Value, to_string
from headway.integration.planning.evaluation import Evaluator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.integration.execution.actions import ResolvedAction
    from headway.integration.execution.job import JobRun
    from headway.integration.planning.evaluation import Functions
    from headway.integration.planning.state import Result


class Frame:
    """Steps that share ``steps``, ``inputs`` and a status. Composite actions open frames within frames."""

    __slots__ = ("action", "depth", "env", "github", "inputs", "job", "key", "path", "status", "steps")

    def __init__(self, job: JobRun, path: str, *, key: str = "", depth: int = 0) -> None:
        self.job = job
        self.path = path
        self.key = key
        self.depth = depth
        self.action: ResolvedAction | None = None
        self.inputs: Value = job.contexts.get("inputs")
        self.env: dict[str, str] = {}
        self.github: dict[str, Value] = {}
        self.steps: dict[str, Value] = {}
        self.status: Result = "success"

    @classmethod
    def of_job(cls, job: JobRun) -> Frame:
        """Return the frame of a job's own steps."""
        return cls(job, job.request.workflow.path)

    @property
    def is_composite(self) -> bool:
        """Whether the steps are those of a composite action."""
        return self.depth > 0

    def inner(self, action: ResolvedAction, key: str, inputs: dict[str, str], env: dict[str, str]) -> Frame:
        """Return the frame of a composite action that a step of this one uses."""
        frame = Frame(self.job, action.action.path, key=f"{self.key}{key}/", depth=self.depth + 1)
        frame.action = action
        frame.inputs = dict(inputs)
        frame.env = {**self.env, **env}
        frame.github = {
            "action_path": self.job.runner.path(action.folder),
            "action_ref": action.ref,
            "action_repository": action.repository,
        }
        return frame

    def fail(self, reason: str) -> None:
        """Note that a step has failed for good: no later step runs unless it asks to."""
        self.status = "failure"
        if not self.is_composite:
            self.job.fail(reason)

    def variables(self) -> dict[str, str]:
        """Return what the context ``env`` holds: of the workflow, the job, earlier steps, and the steps around."""
        return {**self.job.env, **self.env}

    def evaluator(self, env: dict[str, str] | None = None) -> Evaluator:
        """Return an evaluator in the place of a step with these variables of its own."""
        github = self.job.contexts["github"]
        contexts: dict[str, Value] = {
            **self.job.contexts,
            "github": {**github, **self.github} if isinstance(github, dict) else github,
            "inputs": self.inputs,
            "steps": self.steps,
            "env": {**self.variables(), **(env or {})},
        }
        if self.is_composite:
            contexts.pop("secrets", None)
            contexts.pop("needs", None)
            contexts.pop("vars", None)
        return Evaluator(self.path, contexts, self.functions())

    def functions(self) -> Functions:
        """Return the status functions as steps of this frame see them, and ``hashFiles``."""
        cancelled = self.job.cancelled

        def status() -> str:
            return "cancelled" if cancelled else self.status if self.is_composite else self.job.status

        return {
            "success": lambda _: status() == "success",
            "failure": lambda _: status() == "failure",
            "cancelled": lambda _: cancelled,
            "always": lambda _: True,
            "hashfiles": self._hash_files,
        }

    def _hash_files(self, patterns: Sequence[Value]) -> str:
        """Hash files of the workspace; patterns may be paths as the job's programs see them."""
        seen = [self.job.runner.host_path(to_string(pattern)) for pattern in patterns]
        return hash_files(self.job.workspace, seen)

    def default_variables(self, step_id: str) -> dict[str, str]:
        """Return ``GITHUB_*`` and ``RUNNER_*`` for a step."""
        github = self.job.contexts["github"]
        merged = {**github, **self.github, "action": step_id} if isinstance(github, dict) else github
        return default_variables(merged, self.job.contexts["runner"], self.job.host.debug)
