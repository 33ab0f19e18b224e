"""From ``uses`` to an action that can be run: native, in the workspace, in another repository, or an image."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.execution.sources import Reference, parse_reference
from headway.integration.workflows import read_action
from headway.integration.workflows.models import Action, Step
from headway.integration.workflows.tokens import Mapping, Scalar
from headway.kernel.errors import HeadwayError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.integration.execution.frames import Frame
    from headway.integration.execution.host import NativeAction
    from headway.integration.execution.job import JobRun
    from headway.integration.planning.evaluation import Evaluator

MAX_DEPTH = 10
"""How deep composite actions may use each other: GitHub's limit."""

_TOO_DEEP = f"Actions use each other more than {MAX_DEPTH} levels deep"
_IMAGE = "docker://"
_SET_UP_THE_MACHINE = ("actions/setup-node", "actions/setup-python")
"""Native versions that would set up this machine where the job's container is meant."""
_NEAR = ("./", _IMAGE, "$/")
_FILES = ("action.yml", "action.yaml")


class ResolvedAction(NamedTuple):
    """An action with its files. ``native`` is set when it is run in-process; ``image`` for ``docker://``."""

    action: Action
    folder: str
    repository: str = ""
    ref: str = ""
    native: NativeAction | None = None

    def inputs(self, evaluator: Evaluator, step: Step) -> dict[str, str]:
        """Return what the step gives, and the defaults of what it does not; names in lower case."""
        given = {name.lower(): value for name, value in evaluator.texts(step.inputs).items()}
        defaults = evaluator._replace(path=self.action.path)
        for name, definition in self.action.inputs.items():
            if name.lower() not in given and definition.default is not None:
                given[name.lower()] = defaults.text(definition.default)
        return given

    def deprecated(self, step: Step) -> list[str]:
        """Return what is to be said of inputs that the step gives and that the action asks nobody to give any more."""
        given = step.inputs.pairs if isinstance(step.inputs, Mapping) else ()
        names = {key.text.lower() for key, _ in given if isinstance(key, Scalar)}
        return [
            f"Input '{name}' has been deprecated with message: {input_.deprecation}"
            for name, input_ in self.action.inputs.items()
            if input_.deprecation and name.lower() in names
        ]

    def missing(self, inputs: dict[str, str]) -> list[str]:
        """Return the names of required inputs that have no value."""
        return [name for name, input_ in self.action.inputs.items() if input_.required and not inputs.get(name.lower())]


class ActionResolver:
    """Finds the actions of one job, and fetches those of other repositories before the first step runs."""

    __slots__ = ("_job", "_resolved", "in_containers")

    def __init__(self, job: JobRun) -> None:
        self._job = job
        self._resolved: dict[tuple[str, str], ResolvedAction] = {}
        self.in_containers: list[ResolvedAction] = []
        """The actions among the prepared ones that run in containers of their own."""

    def prepare(self, steps: Sequence[Step], depth: int = 0) -> None:
        """Fetch all remote actions that the steps name, and those that these use in turn.

        Actions in the workspace are found later: a checkout has to bring them. Raises ``HeadwayError``.
        """
        if depth > MAX_DEPTH:
            raise HeadwayError(_TOO_DEEP)
        for step in steps:
            self.prepare(step.parallel, depth)
            uses = step.uses.text if step.uses else ""
            if uses.startswith(_IMAGE):
                self.in_containers.append(_image(uses, self._job.request.workflow.path))
            elif uses and not uses.startswith(_NEAR):
                action = self._remote(uses)
                if action.action.using == "docker":
                    self.in_containers.append(action)
                elif action.native is None:
                    self.prepare(action.action.steps, depth + 1)

    def resolved(self, step: Step, frame: Frame) -> ResolvedAction:
        """Return the action that a step uses. Raises ``HeadwayError`` when there is none, saying where."""
        uses = step.uses.text if step.uses else ""
        if frame.depth > MAX_DEPTH:
            raise HeadwayError(_TOO_DEEP)
        if uses.startswith(_IMAGE):
            return _image(uses, frame.path)
        if uses.startswith("$/") and frame.action is not None:
            return self._local(os.path.join(frame.action.folder, uses[2:]), uses)
        if uses.startswith(("./", "$/")):
            return self._local(os.path.join(self._job.workspace, uses[2:]), uses)
        return self._remote(uses)

    def _local(self, folder: str, uses: str) -> ResolvedAction:
        folder = os.path.normpath(folder)
        action = _read(folder, uses)
        if action is None:
            raise HeadwayError(
                f"There is no action.yml, action.yaml or Dockerfile in '{uses}'. Is actions/checkout missing "
                "before this step?"
            )
        return ResolvedAction(action, folder)

    def _remote(self, uses: str) -> ResolvedAction:
        if known := self._resolved.get(("", uses)):
            return known
        reference = parse_reference(uses)
        native = self._native(reference)
        if native is not None:
            name = f"{reference.repository}{'/' + reference.path if reference.path else ''}"
            resolved = ResolvedAction(
                Action(name, name, "native", {}, {}), "", reference.repository, reference.ref, native
            )
        else:
            resolved = self._fetched(reference)
        self._resolved["", uses] = resolved
        return resolved

    def _native(self, reference: Reference) -> NativeAction | None:
        name = f"{reference.repository}/{reference.path}".rstrip("/").lower()
        if reference.repository.lower() in self._job.host.actions.overrides:
            return None
        if self._job.in_container and name in _SET_UP_THE_MACHINE:
            return None
        return self._job.host.native.get(name)

    def _fetched(self, reference: Reference) -> ResolvedAction:
        fetched = self._job.host.actions.fetch(reference)
        folder = os.path.normpath(os.path.join(fetched.folder, reference.path))
        action = _read(folder, str(reference))
        if action is None:
            raise HeadwayError(f"There is no action.yml, action.yaml or Dockerfile in '{reference}'")
        return ResolvedAction(action, folder, reference.repository, reference.ref)

    def prepared(self, step: Step) -> ResolvedAction | None:
        """Return the action of another repository that a step uses, None for every other step."""
        uses = step.uses.text if step.uses else ""
        return None if not uses or uses.startswith(_NEAR) else self._remote(uses)


def _image(uses: str, path: str) -> ResolvedAction:
    return ResolvedAction(Action(path, uses, "docker", {}, {}, image=uses), "")


def _read(folder: str, uses: str) -> Action | None:
    for name in _FILES:
        path = os.path.join(folder, name)
        if os.path.isfile(path):
            with open(path, "rb") as file:
                action, problems = read_action(file.read(), f"{uses}/{name}" if "@" in uses else path)
            if problems or action is None:
                raise InputError(problems)
            return action
    if os.path.isfile(os.path.join(folder, "Dockerfile")):
        return Action(os.path.join(folder, "Dockerfile"), uses, "docker", {}, {}, image="Dockerfile")
    return None
