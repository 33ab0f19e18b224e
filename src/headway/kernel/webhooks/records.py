"""Webhooks and their deliveries, as records."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, NamedTuple

from headway.kernel.errors import InputError, Problem
from headway.kernel.ledger.types import CDEVENTS, HEADWAY, OWN_PREFIX

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from uuid import UUID

    from headway.kernel.database.tables import AnyRow

State = Literal["pending", "delivered", "failed"]
_MOST_PATTERNS = 50


class Webhook(NamedTuple):
    """Where events go.

    ``project_id`` is ``None`` for one of the installation, which gets the events of all projects.
    """

    id: int
    project_id: int | None
    url: str
    events: tuple[str, ...]
    active: bool
    created: datetime
    created_by: str
    problem: str


class Delivery(NamedTuple):
    """One event on its way to one webhook."""

    id: int
    webhook_id: int
    event: UUID
    state: State
    attempts: int
    next_attempt: datetime
    status: int | None
    answer: str
    milliseconds: int | None
    created: datetime
    ended: datetime | None


def wants(events: Sequence[str], event_type: str) -> bool:
    """Whether one of the patterns fits a type of event. Pure."""
    return any(fnmatchcase(event_type, pattern) for pattern in events)


def checked_patterns(patterns: Sequence[str]) -> tuple[str, ...]:
    """Return acceptable patterns. Raises ``InputError`` for one that no event can ever fit."""
    known = [f"dev.cdevents.{name}" for name in CDEVENTS] + [OWN_PREFIX + name for name in HEADWAY]
    problems = [
        Problem(
            "events",
            0,
            0,
            f"no event has a type like '{pattern[:100]}'",
            "e.g. dev.cdevents.change.*; see docs/ledger.md",
        )
        for pattern in patterns
        if not any(fnmatchcase(name, pattern) for name in known)
    ]
    if not patterns or len(patterns) > _MOST_PATTERNS:
        problems.append(Problem("events", 0, 0, f"name 1 to {_MOST_PATTERNS} patterns", "* stands for all events"))
    if problems:
        raise InputError(problems)
    return tuple(dict.fromkeys(patterns))


def webhook_of(row: AnyRow) -> Webhook:
    """Return the webhook of a row."""
    values = row._asdict()
    return Webhook(**values | {"events": tuple(json.loads(values["events"]))})


def delivery_of(row: AnyRow) -> Delivery:
    """Return the delivery of a row."""
    return Delivery(**row._asdict())
