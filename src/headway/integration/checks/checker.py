"""All checks of one file, in the order of its lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.checks.conditions import constant_conditions
from headway.integration.checks.places import Place, places, step_places
from headway.integration.checks.references import References
from headway.integration.checks.scripts import injections, retired_commands
from headway.integration.checks.shells import shell_problems
from headway.integration.checks.triggers import trigger_problems
from headway.integration.checks.uses import runtime_problems, use_problems
from headway.integration.expressions import Name, names_in
from headway.kernel.errors import Problem
from headway.kernel.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from headway.integration.checks.uses import ActionLoader
    from headway.integration.workflows.models import Action, Step, Workflow


def check_workflow(workflow: Workflow, load: ActionLoader = lambda _: None) -> list[Problem]:
    """Return what is wrong with a workflow that was read without problems; ``load`` finds metadata of actions."""
    found = list(trigger_problems(workflow))
    references = References(workflow)
    for place in places(workflow):
        found.extend(references.problems(place))
        found.extend(_expression_problems(place, workflow.path))
    found.extend(shell_problems(workflow))
    for job in workflow.jobs.values():
        for step in _steps(job.steps):
            found.extend(_step_problems(step, workflow.path, load))
    return _sorted(found)


def check_action(action: Action, load: ActionLoader = lambda _: None) -> list[Problem]:
    """Return what is wrong with an action that was read without problems."""
    found = list(runtime_problems(action, action.path))
    for place in step_places(action.steps):
        found.extend(_expression_problems(place, action.path))
        found.extend(_action_references(place, action))
    for step in _steps(action.steps):
        found.extend(_step_problems(step, action.path, load))
    return _sorted(found)


def _expression_problems(place: Place, path: str) -> Iterator[Problem]:
    yield from injections(place, path)
    yield from constant_conditions(place, path)


def _step_problems(step: Step, path: str, load: Callable[[str], Action | None]) -> Iterator[Problem]:
    yield from retired_commands(step, path)
    yield from use_problems(step, path, load)


def _steps(steps: tuple[Step, ...]) -> Iterator[Step]:
    for step in steps:
        yield step
        yield from _steps(step.parallel)


def _action_references(place: Place, action: Action) -> Iterator[Problem]:
    for name in names_in(place.expression.node):
        if not name.path or not isinstance(name.path[0], str):
            continue
        known, what = _known(name, place, action)
        if known is not None and name.path[0].lower() not in known:
            text = f"'{name.context}.{name.path[0]}': {what}"
            hint = did_you_mean(name.path[0], known) or (f"known here: {', '.join(sorted(known))}" if known else "")
            yield Problem(action.path, place.expression.line, place.expression.column, text, hint, rule="reference")


def _known(name: Name, place: Place, action: Action) -> tuple[set[str] | None, str]:
    if name.context == "inputs":
        return {key.lower() for key in action.inputs}, "the action has no such input"
    if name.context == "steps" and place.steps_before is not None:
        return set(place.steps_before), "no step before this place has that id"
    return None, ""


def _sorted(problems: list[Problem]) -> list[Problem]:
    return sorted(dict.fromkeys(problems), key=lambda problem: (problem.line, problem.column))
