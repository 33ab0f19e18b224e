"""The page of the inbox."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from headway.kernel.inbox.records import REASONS, Notification
from headway.kernel.platform import Platform
from headway.web.forms import Forms, required, segment
from headway.web.rendering import Pages

_PAGE = 50


class InboxPages:
    """What concerns who is signed in."""

    def __init__(self, platform: Platform, pages: Pages) -> None:
        self._inbox = platform.inbox
        self._forms = Forms(platform, pages)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False, prefix="/-/inbox")
        router.add_api_route("", self.inbox, methods=["GET"])
        router.add_api_route("/read-all", self.read_all, methods=["POST"])
        router.add_api_route("/{notification_id}", self.open, methods=["GET"])
        router.add_api_route("/{notification_id}", self.mark, methods=["POST"])
        return router

    def inbox(self, request: Request, all: bool = False, after: Annotated[str, Query(max_length=200)] = "") -> Response:
        """Show what is unread, or everything."""
        required(request, "see your inbox")
        page = self._inbox.notifications(request.state.actor, unread_only=not all, after=after, limit=_PAGE)
        values = {"notifications": page, "all": all, "reasons": REASONS}
        return self._forms.show(request, "inbox.html", values)

    def open(self, request: Request, notification_id: int) -> Response:
        """Go to what a notification is about, and mark it as read."""
        required(request, "see your inbox")
        return RedirectResponse(place_of(self._inbox.open(request.state.actor, notification_id)), 303)

    def mark(
        self, request: Request, notification_id: int, read: bool = Form(True), all: bool = Form(False)
    ) -> Response:
        """Mark a notification as read or unread."""
        self._inbox.mark(request.state.actor, [notification_id], read=read)
        return RedirectResponse(f"/-/inbox{'?all=true' if all else ''}", 303)

    def read_all(self, request: Request) -> Response:
        """Mark everything as read."""
        self._inbox.mark(request.state.actor, None, read=True)
        return RedirectResponse("/-/inbox?done=read", 303)


def place_of(told: Notification) -> str:
    """Return where the subject of a notification is shown; the ledger has a page for whatever has no other. Pure."""
    kind, _, identity = told.subject.partition(":")
    if kind == "team":
        return f"/-/teams/{segment(identity)}"
    if kind == "person" and not told.project_path:
        return "/-/account"
    if kind == "commit" and told.project_path:
        return f"/{told.project_path}/commit/{segment(identity.rpartition('@')[2])}"
    if kind in ("project", "person") and told.project_path:
        return f"/{told.project_path}"
    return f"/-/ledger/events/{told.event}"
