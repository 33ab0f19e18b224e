"""What may go wrong within scripts: injected input, and commands that GitHub has retired."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headway.integration.expressions import Mark, names_in
from headway.integration.workflows.tokens import Expression, Scalar, text_of
from headway.kernel.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.integration.checks.places import Place
    from headway.integration.expressions import Name
    from headway.integration.workflows.models import Step

# What strangers can write freely ("Security hardening", *Understanding the risk of script injections*).
_UNTRUSTED = tuple(
    tuple(path.split("."))
    for path in (
        "head_ref event.issue.title event.issue.body event.pull_request.title event.pull_request.body "
        "event.pull_request.head.ref event.pull_request.head.label "
        "event.pull_request.head.repo.default_branch event.comment.body event.review.body "
        "event.review_comment.body event.discussion.title event.discussion.body event.pages.*.page_name "
        "event.commits.*.message event.commits.*.author.email event.commits.*.author.name "
        "event.head_commit.message event.head_commit.author.email event.head_commit.author.name "
        "event.workflow_run.head_branch event.workflow_run.head_commit.message "
        "event.workflow_run.display_title event.workflow_run.head_commit.author.email "
        "event.workflow_run.head_commit.author.name"
    ).split()
)
_RETIRED = re.compile(r"::(set-output|save-state|set-env|add-path)(?= |::)")
_INSTEAD = {
    "set-output": 'echo "name=value" >> "$GITHUB_OUTPUT"',
    "save-state": 'echo "name=value" >> "$GITHUB_STATE"',
    "set-env": 'echo "name=value" >> "$GITHUB_ENV"',
    "add-path": 'echo "folder" >> "$GITHUB_PATH"',
}


def injections(place: Place, path: str) -> Iterator[Problem]:
    """Yield the untrusted values that an expression puts into a script as text."""
    if not _is_script(place):
        return
    expression = place.expression
    for name in names_in(expression.node):
        if name.context.lower() == "github" and _is_untrusted(name):
            shown = ".".join(("github", *(part if isinstance(part, str) else "*" for part in name.path)))
            variable = re.sub(r"\W+", "_", shown.removeprefix("github.").removeprefix("event.")).upper()
            yield Problem(
                path,
                expression.line,
                expression.column,
                f"'{shown}' can be written by anybody, and becomes part of the script before it is run",
                f'hand it over as a variable, env: {{{variable}: ${{{{ {shown} }}}}}}, and write "${variable}" here',
                "warning",
                "script-injection",
            )


def _is_script(place: Place) -> bool:
    if place.key == "run":
        return True
    uses = text_of(place.step.uses) if place.step else ""
    return place.key == "with" and uses.lower().startswith("actions/github-script@")


def _is_untrusted(name: Name) -> bool:
    path = tuple("*" if isinstance(part, Mark) else part.lower() for part in name.path)
    return any(
        len(path) >= len(pattern) and all(a in (b, "*") or b == "*" for a, b in zip(path, pattern, strict=False))
        for pattern in _UNTRUSTED
    )


def retired_commands(step: Step, path: str) -> Iterator[Problem]:
    """Yield the workflow commands in a script that GitHub has retired or refuses."""
    run = step.run
    if not isinstance(run, Scalar | Expression):
        return
    for found in dict.fromkeys(_RETIRED.findall(run.text)):
        refused = found in ("set-env", "add-path")
        message = f"the workflow command '{found}' is {'refused' if refused else 'deprecated'}"
        severity = "error" if refused else "warning"
        yield Problem(path, run.line, run.column, message, f"write {_INSTEAD[found]}", severity, "retired-command")  # type: ignore[arg-type]
