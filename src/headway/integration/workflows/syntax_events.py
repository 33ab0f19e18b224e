"""The syntax below ``on:`` ("Events that trigger workflows", "Workflow syntax for GitHub Actions")."""

from __future__ import annotations

from headway.integration.workflows import contexts
from headway.integration.workflows.schema import (
    Definition,
    anything,
    boolean,
    constants,
    mapping,
    mapping_of,
    null,
    number,
    one_of,
    sequence,
    string,
)

_text = string(non_empty=True)
_texts = one_of(_text, sequence(_text))

_REVIEWED = "submitted edited dismissed"
_CHANGED = "created edited deleted"
_PULL_REQUEST = (
    "assigned unassigned labeled unlabeled opened edited closed reopened synchronize converted_to_draft locked "
    "unlocked enqueued dequeued milestoned demilestoned ready_for_review review_requested review_request_removed "
    "auto_merge_enabled auto_merge_disabled stacked"
)

ACTIVITY_TYPES: dict[str, tuple[str, ...]] = {
    event: tuple(types.split())
    for event, types in {
        "branch_protection_rule": _CHANGED,
        "check_run": "created rerequested completed requested_action",
        "check_suite": "completed",
        "discussion": (
            "created edited deleted transferred pinned unpinned labeled unlabeled locked unlocked category_changed "
            "answered unanswered"
        ),
        "discussion_comment": _CHANGED,
        "image_version": "created ready deleted",
        "issue_comment": _CHANGED,
        "issues": (
            "opened edited deleted transferred pinned unpinned closed reopened assigned unassigned labeled unlabeled "
            "locked unlocked milestoned demilestoned typed untyped field_added field_removed"
        ),
        "label": _CHANGED,
        "merge_group": "checks_requested",
        "milestone": "created closed opened edited deleted",
        "project": "created closed reopened edited deleted",
        "project_card": "created moved converted edited deleted",
        "project_column": "created updated moved deleted",
        "pull_request": _PULL_REQUEST,
        "pull_request_comment": _CHANGED,
        "pull_request_review": _REVIEWED,
        "pull_request_review_comment": _CHANGED,
        "pull_request_target": _PULL_REQUEST,
        "registry_package": "published updated",
        "release": "published unpublished created edited deleted prereleased released",
        "watch": "started",
        "workflow_run": "completed requested in_progress",
    }.items()
}
"""The activity types of each event that has some."""

DEFAULT_TYPES = {
    "pull_request": ("opened", "synchronize", "reopened"),
    "pull_request_target": ("opened", "synchronize", "reopened"),
}
"""The activity types that start a workflow which names none; of every other event all types do."""

_FILTERS = {
    "push": "branches branches-ignore tags tags-ignore paths paths-ignore",
    "pull_request": "branches branches-ignore paths paths-ignore",
    "pull_request_target": "branches branches-ignore paths paths-ignore",
    "merge_group": "branches branches-ignore",
    "workflow_run": "branches branches-ignore workflows",
    "image_version": "names versions",
}
_BARE = "create delete deployment deployment_status fork gollum page_build public status"


def _event(name: str) -> Definition:
    properties = dict.fromkeys(_FILTERS.get(name, "").split(), _texts)
    if name in ACTIVITY_TYPES:
        types = constants(*ACTIVITY_TYPES[name])
        properties["types"] = one_of(types, sequence(types))
    # GitHub takes filters that an event does not have without a word; `headway check` is the one that warns.
    return one_of(null(), mapping(properties) if properties else mapping_of(anything()))


_scalar = one_of(string(), boolean(), number())
_call_input = mapping(
    {
        "type": constants("string", "boolean", "number"),
        "description": string(),
        "required": boolean(),
        "default": one_of(_scalar, context=contexts.RUN),
    },
    "type",
)
_secret = one_of(null(), mapping({"description": string(), "required": boolean()}))
_output = mapping({"description": string(), "value": string().within(contexts.OUTPUT_OF_CALL)}, "value")
_workflow_call = one_of(
    null(),
    mapping({"inputs": mapping_of(_call_input), "secrets": mapping_of(_secret), "outputs": mapping_of(_output)}),
)

_dispatch_input = mapping(
    {
        "type": constants("string", "boolean", "number", "environment", "choice"),
        "description": string(),
        "required": boolean(),
        "default": _scalar,
        "options": sequence(string()),
    }
)
_workflow_dispatch = one_of(null(), mapping({"inputs": one_of(null(), mapping_of(_dispatch_input))}))

_schedule = sequence(mapping({"cron": _text, "timezone": _text}, "cron"))
_repository_dispatch = one_of(null(), mapping({"types": one_of(_text, sequence(_text))}))

EVENTS: dict[str, Definition] = {
    **{name: _event(name) for name in (*ACTIVITY_TYPES, *_FILTERS, *_BARE.split())},
    "schedule": _schedule,
    "repository_dispatch": _repository_dispatch,
    "workflow_call": _workflow_call,
    "workflow_dispatch": _workflow_dispatch,
}
"""Every event and what may be configured for it."""

_name = constants(*EVENTS)
ON = one_of(_name, sequence(_name), mapping(EVENTS))
