"""Jobs that call reusable workflows: the called files are read, linked and checked ("Reuse workflows")."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.workflows.convert import MAX_RESULT_BYTES, read_workflow, size_of_workflow
from headway.integration.workflows.permissions import effective, excess
from headway.integration.workflows.tokens import Mapping, Scalar, Token
from headway.kernel.errors import HeadwayError, Problem, brief
from headway.kernel.suggestions import did_you_mean

if TYPE_CHECKING:
    from headway.integration.workflows.models import Input, Job, Permissions, Secret, Workflow

MAX_DEPTH = 10
"""Workflows below the first one: GitHub's limit."""

MAX_CALLS = 50
"""Unique called workflows of a run: GitHub's limit."""


class CalledFile(NamedTuple):
    """The text of a called workflow. ``reference`` is its name in messages, and what makes it the same file."""

    reference: str
    text: str | bytes


Loader = Callable[[str, str], CalledFile]
"""``(uses, path of the caller) → file``; raises ``HeadwayError`` when there is none."""


class LinkedWorkflow(NamedTuple):
    """A workflow whose calling jobs hold their ``callee``, and what is wrong with any of them."""

    workflow: Workflow
    problems: tuple[Problem, ...]


def link(
    workflow: Workflow,
    loader: Loader,
    *,
    default_permissions: Permissions | None = None,
    max_depth: int = MAX_DEPTH,
    max_result_bytes: int = MAX_RESULT_BYTES,
) -> LinkedWorkflow:
    """Return the workflow with every called workflow in its place, to any depth that is allowed."""
    linker = _Linker(loader, max_depth, max_result_bytes)
    linker.size = size_of_workflow(workflow)
    linked = linker.workflow(workflow, (workflow.path,), default_permissions)
    return LinkedWorkflow(linked, tuple(linker.problems))


class _Linker:
    """Walks down the calls; ``problems`` collects what is wrong on the way."""

    __slots__ = ("files", "loader", "max_depth", "max_result_bytes", "problems", "size")

    def __init__(self, loader: Loader, max_depth: int, max_result_bytes: int) -> None:
        self.loader = loader
        self.max_depth = max_depth
        self.max_result_bytes = max_result_bytes
        self.size = 0
        self.problems: list[Problem] = []
        self.files: dict[str, Workflow | None] = {}

    def problem(self, path: str, at: Scalar | Token, message: str, hint: str = "") -> None:
        self.problems.append(Problem(path, at.line, at.column, message, hint, rule="reusable-workflow"))

    def workflow(self, workflow: Workflow, chain: tuple[str, ...], around: Permissions | None) -> Workflow:
        jobs = {
            id_: self.job(job, workflow, chain, effective(job, workflow, around)) if job.uses else job
            for id_, job in workflow.jobs.items()
        }
        return workflow._replace(jobs=jobs)

    def job(self, job: Job, caller: Workflow, chain: tuple[str, ...], allowed: Permissions | None) -> Job:
        uses = job.uses
        if uses is None:
            return job
        callee = self.load(uses, caller.path, chain)
        if callee is None:
            return job
        self.check_inputs(job, uses, callee, caller.path)
        self.check_secrets(job, uses, callee, caller.path)
        self.check_permissions(job, uses, callee, caller.path, allowed)
        return job._replace(callee=self.workflow(callee, (*chain, callee.path), allowed))

    def load(self, uses: Scalar, path: str, chain: tuple[str, ...]) -> Workflow | None:
        if len(chain) > self.max_depth:
            self.problem(path, uses, f"Reusable workflows may be nested {self.max_depth} levels deep, not more")
            return None
        try:
            file = self.loader(uses.text, path)
        except HeadwayError as error:
            self.problem(path, uses, f"Unable to find reusable workflow '{uses.text}'", str(error))
            return None
        if file.reference in chain:
            ways = " → ".join((*chain[chain.index(file.reference) :], file.reference))
            self.problem(path, uses, f"The workflow calls itself: {ways}")
            return None
        if file.reference not in self.files:
            if len(self.files) >= MAX_CALLS:
                self.problem(path, uses, f"A run may call {MAX_CALLS} different workflows, not more")
                return None
            self.files[file.reference] = self.read(file, uses, path)
        return self.counted(self.files[file.reference], uses, path)

    def read(self, file: CalledFile, uses: Scalar, path: str) -> Workflow | None:
        workflow, problems = read_workflow(file.text, file.reference)
        called = f"called from {path}:{uses.line}:{uses.column}"
        self.problems.extend(p._replace(hint=f"{p.hint}; {called}" if p.hint else called) for p in problems)
        if workflow is None or problems:
            return None
        if "workflow_call" not in workflow.triggers:
            hint = "add 'workflow_call' to its 'on:'"
            self.problem(path, uses, f"The workflow '{file.reference}' cannot be called by others", hint)
            return None
        return workflow

    def counted(self, workflow: Workflow | None, uses: Scalar, path: str) -> Workflow | None:
        self.size += size_of_workflow(workflow) if workflow else 0
        if workflow and self.size > self.max_result_bytes:
            self.problem(path, uses, f"Error from called workflow {workflow.path}: Maximum object size exceeded")
            return None
        return workflow

    def check_inputs(self, job: Job, uses: Scalar, callee: Workflow, path: str) -> None:
        defined = {name.lower(): input_ for name, input_ in callee.triggers["workflow_call"].inputs.items()}
        given = _named(job.inputs)
        self.check_given("input", given, defined, uses, path)
        for name, (_, value) in given.items():
            if name in defined and isinstance(value, Scalar) and not _is_of_type(value, defined[name].type):
                expected = f"expected a {defined[name].type}"
                self.problem(path, value, f"Unexpected value '{brief(value.text)}'", expected)

    def check_secrets(self, job: Job, uses: Scalar, callee: Workflow, path: str) -> None:
        if not job.inherit_secrets:
            defined = {name.lower(): secret for name, secret in callee.triggers["workflow_call"].secrets.items()}
            self.check_given("secret", _named(job.secrets), defined, uses, path)

    def check_given(
        self,
        kind: str,
        given: dict[str, tuple[Scalar, Token]],
        defined: dict[str, Input] | dict[str, Secret],
        uses: Scalar,
        path: str,
    ) -> None:
        """Report what is required and not given, and what is given and not defined."""
        for name, one in defined.items():
            if one.required and name not in given:
                self.problem(path, uses, f"{kind.title()} {one.name} is required, but not provided while calling.")
        for name, (key, value) in given.items():
            if name not in defined:
                message = f"Invalid {kind}, {key.text} is not defined in the referenced workflow."
                self.problem(path, value, message, did_you_mean(key.text, (one.name for one in defined.values())))

    def check_permissions(
        self, job: Job, uses: Scalar, callee: Workflow, path: str, allowed: Permissions | None
    ) -> None:
        asks = [(f"The workflow '{callee.path}'", callee.permissions)]
        for nested in callee.jobs.values():
            name = nested.name.text if isinstance(nested.name, Scalar) else nested.id
            asks.append((f"The nested job '{name}'", nested.permissions))
        for who, asked in asks:
            if too_much := excess(asked, allowed):
                has = ", ".join(f"{p.split(':')[0]}: {(allowed or {}).get(p.split(':')[0], 'none')}" for p in too_much)
                message = (
                    f"Error calling workflow '{uses.text}'. {who} is requesting '{', '.join(too_much)}', "
                    f"but is only allowed '{has}'."
                )
                self.problem(path, job.key, message)


def _named(token: Token | None) -> dict[str, tuple[Scalar, Token]]:
    if not isinstance(token, Mapping):
        return {}
    return {key.text.lower(): (key, value) for key, value in token.pairs if isinstance(key, Scalar)}


def _is_of_type(value: Scalar, kind: str) -> bool:
    if kind == "boolean":
        return isinstance(value.value, bool)
    if kind == "number":
        return isinstance(value.value, int | float) and not isinstance(value.value, bool)
    return True
