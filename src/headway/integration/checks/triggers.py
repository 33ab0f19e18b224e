"""Filters of events: patterns that match nothing, filters that exclude each other, schedules that are too dense."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headway.integration.planning.patterns import PatternError, compiled
from headway.integration.workflows.syntax_events import EVENTS
from headway.integration.workflows.tokens import Mapping, Scalar
from headway.kernel.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.integration.workflows.models import Trigger, Workflow

_LEADING = re.compile(r"^(!?)(?:\.{0,2}/)+")
_PATTERNS = ("branches", "branches-ignore", "tags", "tags-ignore", "paths", "paths-ignore")


def trigger_problems(workflow: Workflow) -> Iterator[Problem]:
    """Yield what is wrong with the triggers of a workflow."""
    for trigger in workflow.triggers.values():
        yield from _patterns(trigger, workflow.path)
        yield from _exclusive(trigger, workflow.path)
        yield from _ignored(trigger, workflow.path)
        yield from _dense(trigger, workflow.path)
    calls = workflow.triggers.get("workflow_run")
    if calls and "workflows" not in calls.filters:
        yield _problem(workflow.path, calls.key, "workflow_run needs 'workflows': the names of those that it follows")


def _problem(path: str, at: Scalar, message: str, hint: str = "", *, warning: bool = False) -> Problem:
    return Problem(path, at.line, at.column, message, hint, "warning" if warning else "error", "trigger")


def _patterns(trigger: Trigger, path: str) -> Iterator[Problem]:
    for key in _PATTERNS:
        values = trigger.filters.get(key, ())
        for value in values:
            try:
                compiled(value.text.removeprefix("!"))
            except PatternError as error:
                yield _problem(path, value, str(error))
                continue
            if key.startswith("paths") and value.text.removeprefix("!").startswith(("./", "/", "../")):
                repaired = _LEADING.sub(r"\1", value.text)
                hint = f"write '{repaired}'"
                yield _problem(
                    path, value, f"'{value.text}' matches no path: paths begin at the root, without './'", hint
                )
            if key.startswith(("branches", "tags")) and value.text.startswith("refs/"):
                yield _problem(path, value, f"'{value.text}' matches nothing: name the branch or tag without 'refs/…/'")
        if values and all(value.text.startswith("!") for value in values):
            yield _problem(
                path, values[0], f"'{key}' has only patterns with '!', and so selects nothing", "add '**' first"
            )


def _exclusive(trigger: Trigger, path: str) -> Iterator[Problem]:
    for key in ("branches", "tags", "paths"):
        ignored = trigger.filters.get(f"{key}-ignore")
        if key in trigger.filters and ignored:
            hint = f"use '{key}' alone, with '!' before what is to be left out"
            yield _problem(path, ignored[0], f"'{key}' and '{key}-ignore' cannot be used together", hint)


def _ignored(trigger: Trigger, path: str) -> Iterator[Problem]:
    shapes = EVENTS[trigger.event].mappings if trigger.event in EVENTS else ()
    loose = any(shape.loose_value is not None and not shape.properties for shape in shapes)
    if loose and isinstance(trigger.config, Mapping) and trigger.event not in ("workflow_dispatch", "workflow_call"):
        yield _problem(
            path, trigger.key, f"'{trigger.event}' has no filters; what is below it is ignored", warning=True
        )


def _dense(trigger: Trigger, path: str) -> Iterator[Problem]:
    for cron, _ in trigger.schedules:
        minutes = cron.text.split()[:1]
        if minutes and _gap(minutes[0]) < 5:
            message = f"'{cron.text}' is denser than every 5 minutes, the most that GitHub does"
            yield _problem(path, cron, message, "use '*/5' or more", warning=True)


def _gap(minutes: str) -> int:
    if minutes == "*":
        return 1
    base, slash, step = minutes.partition("/")
    if slash and step.isdigit():
        return int(step) if base == "*" or "-" in base else 60
    if "," in minutes and all(part.isdigit() for part in minutes.split(",")):
        values = sorted(int(part) for part in minutes.split(","))
        return min(b - a for a, b in zip(values, [*values[1:], values[0] + 60], strict=True))
    return 1 if "-" in minutes else 60
