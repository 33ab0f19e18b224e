"""What concerns whoever asks, in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request

from headway.kernel.inbox.records import Level, Notification, Reason
from headway.kernel.platform import Platform
from headway.web.schemas import ListOf, Model


class NotificationShape(Model):
    """What you were told."""

    id: int
    event: UUID = Field(description="the event of the ledger")
    what: str = Field(description="the type of the event")
    subject: str
    actor: str
    reason: Reason = Field(description="why you were told")
    summary: str
    created: datetime
    read: datetime | None
    project: str = Field(description="`owner/name`, or empty")


class ReadShape(Model):
    """Whether something counts as read."""

    read: bool


class ChangedShape(Model):
    """How many were changed."""

    changed: int


class WatchShape(Model):
    """A subject that you watch or ignore."""

    subject: str = Field(max_length=500, description="e.g. `project:acme/shop` or `issue:acme/shop#7`")
    level: Level | None = Field(description="none: as if you had said nothing, when you watch what you own")


class InboxSettingsShape(Model):
    """How you are told."""

    by_mail: bool = Field(description="by e-mail too, to an address that you confirmed")


class InboxApi:
    """Your inbox, and what you watch."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._inbox = platform.inbox

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/v1", tags=["inbox"])
        add = router.add_api_route
        add("/user/inbox", self.notifications, methods=["GET"])
        add("/user/inbox", self.mark_all, methods=["PUT"])
        add("/user/inbox/{notification_id}", self.mark, methods=["PUT"])
        add("/user/watches", self.watched, methods=["GET"])
        add("/user/watches", self.watch, methods=["PUT"], status_code=204)
        add("/user/inbox-settings", self.settings, methods=["GET"])
        add("/user/inbox-settings", self.change_settings, methods=["PUT"])
        return router

    def notifications(
        self,
        request: Request,
        unread: bool = False,
        after: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> ListOf[NotificationShape]:
        """Return what you were told, newest first."""
        page = self._inbox.notifications(request.state.actor, unread_only=unread, after=after, limit=limit)
        return ListOf(items=[_shape(each) for each in page.items], following=page.following)

    def mark_all(self, request: Request, how: ReadShape) -> ChangedShape:
        """Mark everything as read, or as unread."""
        return ChangedShape(changed=self._inbox.mark(request.state.actor, None, read=how.read))

    def mark(self, request: Request, notification_id: int, how: ReadShape) -> ChangedShape:
        """Mark one notification as read, or as unread."""
        return ChangedShape(changed=self._inbox.mark(request.state.actor, [notification_id], read=how.read))

    def watched(self, request: Request) -> ListOf[WatchShape]:
        """Return what you watch or ignore."""
        found = self._inbox.watched(request.state.actor)
        return ListOf(items=[WatchShape(subject=each.subject, level=each.level) for each in found], following="")

    def watch(self, request: Request, how: WatchShape) -> None:
        """Watch or ignore a subject. You are told of what you may see only."""
        self._inbox.watch(request.state.actor, how.subject, how.level)

    def settings(self, request: Request) -> InboxSettingsShape:
        """Return how you are told."""
        return InboxSettingsShape(by_mail=self._inbox.wants_mail(request.state.actor))

    def change_settings(self, request: Request, how: InboxSettingsShape) -> InboxSettingsShape:
        """Choose how you are told."""
        self._inbox.set_wants_mail(request.state.actor, by_mail=how.by_mail)
        return how


def _shape(told: Notification) -> NotificationShape:
    values = told._asdict()
    return NotificationShape(project=values.pop("project_path"), **values)
