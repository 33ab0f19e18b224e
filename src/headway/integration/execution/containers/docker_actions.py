"""Actions in containers: an image, or a Dockerfile ("Metadata syntax for GitHub Actions", *runs for Docker*)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headway.integration.execution.action_variables import action_variables
from headway.integration.execution.containers.action_runner import ActionRunner
from headway.integration.execution.containers.images import build_image, provide_image
from headway.integration.execution.containers.job_containers import containers_of
from headway.integration.execution.containers.paths import ACTION_WORKSPACE
from headway.integration.execution.setup_step import SetUpStep
from headway.kernel.engines.words import split_words
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.execution.actions import ResolvedAction
    from headway.integration.execution.invocation import Invocation
    from headway.integration.execution.job import JobRun
    from headway.integration.execution.outcome import Outcome
    from headway.integration.planning.evaluation import Evaluator
    from headway.kernel.process import Cancellation

_PROTOCOL = "docker://"


def prepare_images(job: JobRun, actions: list[ResolvedAction]) -> None:
    """Fetch and build the images of these actions before the first step, as GitHub does.

    Raises ``HeadwayError`` when no engine answers; what fails later is shown as a step, and fails the job.
    """
    names = dict.fromkeys(f"the action '{action.action.name or action.repository}'" for action in actions)
    engine = containers_of(job, ", ".join(names)).engine
    missing = [action for action in actions if not _is_here(action, engine.has_image)]
    if missing:
        with SetUpStep(job, "Prepare the images of actions") as step:
            for action in missing:
                _image(job, action, step.log, job.control.main)


def _is_here(action: ResolvedAction, has_image: Callable[[str], bool]) -> bool:
    image = action.action.image
    return image.startswith(_PROTOCOL) and has_image(image.removeprefix(_PROTOCOL))


def _image(job: JobRun, action: ResolvedAction, log: Callable[[str], None], cancel: Cancellation) -> str:
    """Return the name of an action's image, which is here then."""
    engine = containers_of(job, f"the action '{action.action.name}'").engine
    image = action.action.image
    if image.startswith(_PROTOCOL):
        name = image.removeprefix(_PROTOCOL)
        provide_image(job, engine, name, log, cancel)
        return name
    dockerfile = os.path.normpath(os.path.join(action.folder, image))
    if not os.path.isfile(dockerfile):
        raise HeadwayError(
            f"'{image}' of the action '{action.action.name}' does not exist. 'image' is a Dockerfile in the action's "
            f"folder, or an image: {_PROTOCOL}name"
        )
    return build_image(job, engine, dockerfile, log, cancel)


class DockerAction:
    """One use of an action in a container. Its phases share the state that they save."""

    __slots__ = ("action", "inputs", "state")

    def __init__(self, job: JobRun, step: str, action: ResolvedAction, inputs: dict[str, str]) -> None:
        self.action = action
        self.inputs = inputs
        self.state = job.saved_state.setdefault(step, {})

    def run(self, invocation: Invocation, entrypoint: str, args: list[str]) -> Outcome:
        """Run a phase: a container of its own from the action's image."""
        job = invocation.job
        evaluator = self._evaluator(invocation)
        environment = evaluator.texts(self.action.action.env)
        program = invocation.program()

        def log(line: str) -> None:
            program.log(job.masks.line(line))

        image = _image(job, self.action, log, invocation.cancellation)
        containers = containers_of(job, f"the action '{self.action.action.name}'")
        runner = ActionRunner(job, containers, image, entrypoint, environment)
        program.runner = runner
        outcome = program.run(
            args,
            ACTION_WORKSPACE,
            action_variables(invocation, self.action, self.inputs, self.state, in_container=True),
        )
        self.state.update(program.state)
        return outcome

    def _evaluator(self, invocation: Invocation) -> Evaluator:
        """Return what evaluates ``args`` and ``env``, which see the inputs of the action."""
        evaluator = invocation.evaluator
        inputs = dict(self.inputs)
        return evaluator._replace(path=self.action.action.path, contexts={**evaluator.contexts, "inputs": inputs})

    def main(self, invocation: Invocation) -> Outcome:
        """Run the main phase."""
        evaluator = self._evaluator(invocation)
        args = [evaluator.text(token) for token in self.action.action.args]
        if not args:
            args = split_words(self.inputs.get("args", ""))
        return self.run(invocation, self.inputs.get("entrypoint") or self.action.action.entrypoint, args)

    def post(self, invocation: Invocation) -> Outcome:
        """Run the last phase."""
        return self.run(invocation, self.action.action.post_entrypoint, [])


def run_docker_action(invocation: Invocation, action: ResolvedAction, inputs: dict[str, str]) -> Outcome:
    """Run an action in a container; its ``post-entrypoint``, if it has one, follows when the job's steps are done."""
    use = DockerAction(invocation.job, invocation.step.id, action, inputs)
    if action.action.post_entrypoint:
        invocation.after(use.post, action.action.post_condition)
    return use.main(invocation)


def run_docker_pre(invocation: Invocation, action: ResolvedAction) -> Outcome:
    """Run the ``pre-entrypoint`` of an action, before all steps of the job."""
    inputs = action.inputs(invocation.evaluator, invocation.step)
    use = DockerAction(invocation.job, invocation.step.id, action, inputs)
    return use.run(invocation, action.action.pre_entrypoint, [])
