"""The normal form in which the suite of the workflow reader writes jobs down."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.integration.workflows.permissions import effective
from headway.integration.workflows.tokens import Expression, Insert, Mapping, Scalar, Sequence, Token

if TYPE_CHECKING:
    from headway.integration.workflows.models import Job, Permissions, Step, Workflow

_JOB_KEYS = (
    "env concurrency environment strategy continue-on-error timeout-minutes cancel-timeout-minutes "
    "container services defaults runs-on outputs"
).split()
_STEP_KEYS = ("continue-on-error timeout-minutes env working-directory shell uses with run").split()


class Normal:
    """Writes tokens and jobs in the normal form, with or without their places."""

    def __init__(self, path: str, *, with_places: bool, policy: Permissions | None) -> None:
        self.files = [path]
        self.with_places = with_places
        self.policy = policy

    def jobs(self, workflow: Workflow, around: Permissions | None = None) -> list[Any]:
        """Return the jobs of a workflow; ``around`` is what its caller allows."""
        around = self.policy if around is None else around
        return [self.job(job, workflow, around) for job in workflow.jobs.values()]

    def job(self, job: Job, workflow: Workflow, around: Permissions | None) -> dict[str, Any]:
        calling = job.uses is not None
        result: dict[str, Any] = {
            "type": "reusableWorkflowJob" if calling else "job",
            "id": self.token(job.key, workflow.path),
            "name": self.token(job.name, workflow.path),
        }
        if job.needs or calling:
            result["needs"] = [self.token(need, workflow.path) for need in job.needs]
        result["if"] = {"type": 3, "expr": job.condition.source if job.condition else "success()"}
        allowed = effective(job, workflow, around)
        if calling:
            self._add_call(result, job, workflow, allowed)
            return result
        if allowed is not None:
            result["permissions"] = allowed
        for key in _JOB_KEYS:
            if (token := job.token.get(key)) is not None:
                result[key] = self.token(token, workflow.path)
        result["steps"] = [self.step(step, workflow.path) for step in job.steps]
        if job.snapshot is not None:
            result["snapshot"] = self.token(job.snapshot, workflow.path)
        return result

    def _add_call(self, result: dict[str, Any], job: Job, workflow: Workflow, allowed: Permissions | None) -> None:
        assert job.uses is not None
        result["ref"] = self.token(job.uses, workflow.path)
        callee = job.callee
        call = callee.triggers["workflow_call"].config if callee else None
        inner = callee.permissions if callee and callee.permissions is not None else allowed
        if inner is not None:
            result["permissions"] = inner
        for part in ("input", "secret"):
            definitions = call.get(f"{part}s") if isinstance(call, Mapping) else None
            if definitions is not None and callee:
                result[f"{part}-definitions"] = self.token(definitions, callee.path)
            values = job.inputs if part == "input" else job.secrets
            if values is not None:
                result[f"{part}-values"] = self.token(values, workflow.path)
        if job.inherit_secrets:
            result["inherit-secrets"] = True
        for key in ("concurrency", "strategy"):
            if (token := job.token.get(key)) is not None:
                result[key] = self.token(token, workflow.path)
        result["jobs"] = self.jobs(callee, inner) if callee else []

    def step(self, step: Step, path: str) -> dict[str, Any]:
        result: dict[str, Any] = {"id": step.id}
        if step.name is not None:
            result["name"] = self.token(step.name, path)
        condition = step.condition.source if step.condition else "success()"
        result["if"] = {"type": 3, "expr": condition}
        for key in _STEP_KEYS:
            if (token := step.token.get(key)) is not None:
                result[key] = self.token(token, path)
        return result

    def token(self, token: Token, path: str) -> Any:
        """Return a token: a bare value where it is a literal without its place, else a record of its type."""
        if isinstance(token, Scalar) and not self.with_places:
            return self._number(token.value)
        place = {"file": self._file(path), "line": token.line, "col": token.column} if self.with_places else {}
        if isinstance(token, Sequence):
            return {"type": 1, **place, "seq": [self.token(item, path) for item in token.items]}
        if isinstance(token, Mapping):
            pairs = [{"Key": self.token(key, path), "Value": self.token(value, path)} for key, value in token.pairs]
            return {"type": 2, **place, "map": pairs}
        if isinstance(token, Expression):
            return {"type": 3, **place, "expr": token.source}
        if isinstance(token, Insert):
            return {"type": 4, **place, "directive": "insert"}
        return self._literal(token, place)

    def _literal(self, token: Scalar, place: dict[str, Any]) -> dict[str, Any]:
        value = token.value
        if value is None:
            return {"type": 7, **place}
        if isinstance(value, bool):
            return {"type": 5, **place, "bool": value}
        if isinstance(value, str):
            return {"type": 0, **place, "lit": value}
        return {"type": 6, **place, "num": self._number(value)}

    def _number(self, value: Any) -> Any:
        if isinstance(value, float) and value in (float("inf"), float("-inf")):
            return "Infinity" if value > 0 else "-Infinity"
        return value

    def _file(self, path: str) -> int:
        if path not in self.files:
            self.files.append(path)
        return self.files.index(path) + 1
