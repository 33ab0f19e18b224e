"""Whether an event starts a workflow, and if not, which filter said so ("Events that trigger workflows")."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.integration.planning.patterns import all_paths_ignored, any_path_selected, matches
from headway.integration.workflows.syntax_events import DEFAULT_TYPES

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.workflows.models import Trigger, Workflow

_SKIP_MARKS = ("[skip ci]", "[ci skip]", "[no ci]", "[skip actions]", "[actions skip]")


class Event(NamedTuple):
    """What happened to a repository.

    ``ref`` is full (``refs/heads/main``); ``base`` is the target branch of a pull request. ``changed_paths`` is asked
    only by filters of paths, and returns None when it is not known; then these do not apply, as on GitHub for very
    large pushes.
    """

    name: str
    ref: str = ""
    action: str = ""
    base: str = ""
    changed_paths: Callable[[], tuple[str, ...] | None] = lambda: None
    message: str = ""
    workflow: str = ""


class Verdict(NamedTuple):
    """Whether a workflow starts, and why it does not."""

    starts: bool
    reason: str = ""


_STARTS = Verdict(True)


def verdict(workflow: Workflow, event: Event) -> Verdict:
    """Return whether the event starts the workflow."""
    trigger = workflow.triggers.get(event.name)
    if trigger is None:
        names = ", ".join(workflow.triggers) or "nothing"
        return Verdict(False, f"it starts on {names}, not on {event.name}")
    if event.name in ("push", "pull_request") and any(mark in event.message for mark in _SKIP_MARKS):
        return Verdict(False, "the commit message asks to skip it")
    for check in (_types, _refs, _paths, _workflows):
        reason = check(trigger, event)
        if reason:
            return Verdict(False, reason)
    return _STARTS


def _patterns(trigger: Trigger, key: str) -> tuple[str, ...] | None:
    values = trigger.filters.get(key)
    return None if values is None else tuple(value.text for value in values)


def _types(trigger: Trigger, event: Event) -> str:
    types = _patterns(trigger, "types") or DEFAULT_TYPES.get(event.name)
    if not types or not event.action or event.action in types:
        return ""
    return f"its types are {', '.join(types)}, and this was '{event.action}'"


def _refs(trigger: Trigger, event: Event) -> str:
    ref = f"refs/heads/{event.base}" if event.base else event.ref
    is_tag = ref.startswith("refs/tags/")
    kind, other = ("tags", "branches") if is_tag else ("branches", "tags")
    name = ref.removeprefix("refs/tags/").removeprefix("refs/heads/")
    wanted, ignored = _patterns(trigger, kind), _patterns(trigger, f"{kind}-ignore")
    if wanted is not None:
        return "" if matches(wanted, name) else f"'{name}' matches none of its {kind}: {', '.join(wanted)}"
    if ignored is not None:
        return f"'{name}' is among its {kind}-ignore: {', '.join(ignored)}" if matches(ignored, name) else ""
    only_other = event.name == "push" and (f"{other}" in trigger.filters or f"{other}-ignore" in trigger.filters)
    return f"it starts on {other} only, and this is '{ref}'" if only_other else ""


def _paths(trigger: Trigger, event: Event) -> str:
    wanted, ignored = _patterns(trigger, "paths"), _patterns(trigger, "paths-ignore")
    if (wanted is None and ignored is None) or event.ref.startswith("refs/tags/"):
        return ""
    changed = event.changed_paths()
    if changed is None:
        return ""
    if wanted is not None and not any_path_selected(wanted, changed):
        return f"none of the {len(changed)} changed files matches its paths: {', '.join(wanted)}"
    if ignored is not None and all_paths_ignored(ignored, changed):
        return f"all changed files are among its paths-ignore: {', '.join(ignored)}"
    return ""


def _workflows(trigger: Trigger, event: Event) -> str:
    wanted = _patterns(trigger, "workflows")
    if wanted is None or not event.workflow or event.workflow in wanted:
        return ""
    return f"it follows the workflows {', '.join(wanted)}, and this was '{event.workflow}'"
