"""What the ledger holds: events about subjects, and links between subjects."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, get_args

from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

SubjectKind = Literal[
    "alert",
    "artifact",
    "branch",
    "change",
    "commit",
    "configuration",
    "deployment",
    "environment",
    "host",
    "incident",
    "infrastructure",
    "installation",
    "instance",
    "issue",
    "person",
    "plan",
    "policy",
    "project",
    "push",
    "release",
    "run",
    "secret",
    "service",
    "tag",
    "team",
    "token",
    "webhook",
]
"""The closed list of kinds of subjects. A subject is written ``kind:id``."""

SUBJECT_KINDS: frozenset[str] = frozenset(get_args(SubjectKind))
HUBS: frozenset[str] = frozenset(
    {"environment", "host", "installation", "person", "policy", "project", "service", "team"}
)
"""Kinds of subjects that nearly everything is linked to. Traversals show them and do not walk through them."""

Json: TypeAlias = Any
"""A value that JSON can hold."""


class MalformedSubjectError(HeadwayError):
    """A text is not a subject."""


class Event(NamedTuple):
    """One change of state, in the vocabulary of CDEvents.

    ``type`` carries no version (``dev.cdevents.change.merged``); ``actor`` is a subject, or ``system``; ``project`` is
    the project's name in the ledger, or empty for what concerns the installation; ``time`` is aware, in UTC;
    ``data`` is the content of a CDEvent: the keys that its schema knows, and keys of our own.
    """

    id: UUID
    type: str
    subject: str
    actor: str
    project: str
    time: datetime
    data: Mapping[str, Json]


class Link(NamedTuple):
    """Two subjects that have to do with each other; ``kind`` says what (see ``links.py``)."""

    source: str
    kind: str
    target: str


class SealedEvent(NamedTuple):
    """An event with its place in the ledger: its position counts from 1, its hash covers all events before it."""

    position: int
    hash: str
    event: Event


def subject(kind: SubjectKind, identity: object) -> str:
    """Return the subject of a kind, e.g. ``run:42``."""
    return f"{kind}:{identity}"


def kind_of(of: str) -> str:
    """Return the kind of a subject, e.g. ``run`` of ``run:42``."""
    return of.partition(":")[0]


def checked_subject(text: str) -> str:
    """Return ``text`` if it is a subject. Raises ``MalformedSubjectError`` otherwise."""
    kind, separator, identity = text.partition(":")
    if kind in SUBJECT_KINDS and separator and identity and len(text) <= 500 and text.isprintable():
        return text
    raise MalformedSubjectError(
        f"'{text[:100]}' is not a subject; one is written kind:id, e.g. run:42, with one of the kinds "
        + ", ".join(sorted(SUBJECT_KINDS))
    )


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


def canonical(data: Json) -> str:
    """Return JSON in the one form that is hashed: keys sorted, no spaces, ASCII only."""
    return _ENCODER.encode(data)
