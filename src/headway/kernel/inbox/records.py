"""What the inbox holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

Level = Literal["watch", "ignore"]
Reason = Literal["addressed", "author", "mentioned", "assigned", "watching", "owner", "invited"]

REASONS: dict[Reason, str] = {
    "addressed": "it concerns your account",
    "author": "it is about your commit",
    "mentioned": "you were mentioned",
    "assigned": "it is assigned to you",
    "watching": "you watch it",
    "owner": "you own the project",
    "invited": "you sent the invitation",
}


class Notification(NamedTuple):
    """What a person was told. ``project_path``: where the project is now, ``owner/name``; empty if there is none."""

    id: int
    event: UUID
    what: str
    subject: str
    actor: str
    reason: Reason
    summary: str
    created: datetime
    read: datetime | None
    project_path: str = ""


class Watch(NamedTuple):
    """A subject that a person watches or ignores."""

    subject: str
    level: Level
    project_path: str = ""
