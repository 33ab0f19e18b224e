"""What steps hand to actions: inputs that these do not have, and required ones that are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.workflows.tokens import Mapping, Scalar
from headway.kernel.errors import HeadwayError, Problem
from headway.kernel.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headway.integration.workflows.models import Action, Step

    ActionLoader = Callable[[str], Action | None]

_RETIRED_RUNTIMES = ("node12", "node16")


def use_problems(step: Step, path: str, load: ActionLoader) -> Iterator[Problem]:
    """Yield what is wrong with the use of an action whose metadata can be had; ``load`` returns None for others."""
    if step.uses is None or step.uses.text.startswith("docker://"):
        return
    try:
        action = load(step.uses.text)
    except HeadwayError as error:
        yield Problem(path, step.uses.line, step.uses.column, str(error), rule="uses")
        return
    if action is None:
        return
    given = (
        {key.text.lower(): key for key, _ in step.inputs.pairs if isinstance(key, Scalar)}
        if isinstance(step.inputs, Mapping)
        else {}
    )
    defined = {name.lower() for name in action.inputs}
    free = ("entrypoint", "args") if action.using == "docker" else ()
    for name, key in given.items():
        if name not in defined and name not in free:
            known = f"its inputs: {', '.join(action.inputs)}" if action.inputs else "it has none"
            hint = did_you_mean(name, action.inputs) or known
            message = f"the action '{step.uses.text}' has no input '{key.text}'"
            yield Problem(path, key.line, key.column, message, hint, "warning", "action-input")
    for name, input_ in action.inputs.items():
        if input_.required and input_.default is None and name.lower() not in given:
            message = f"the action '{step.uses.text}' needs the input '{name}'"
            yield Problem(
                path, step.uses.line, step.uses.column, message, input_.description, "warning", "action-input"
            )


def runtime_problems(action: Action, path: str) -> Iterator[Problem]:
    """Yield a warning for an action on a version of Node that GitHub has retired."""
    if action.using in _RETIRED_RUNTIMES:
        message = f"'{action.using}' is retired; runners use node20 or newer for it"
        yield Problem(path, 0, 0, message, "write 'using: node24'", "warning", "runtime")
