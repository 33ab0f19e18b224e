"""The ledger's pages: what happened, one event, and one subject with what it is linked to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from headway.kernel.ledger.listing import Filter
from headway.kernel.platform import Platform
from headway.web.ledger_reading import LedgerReading
from headway.web.rendering import Pages

Text = Annotated[str, Query(max_length=500)]
_PAGE = 50


class LedgerPages:
    """Pages of the ledger."""

    def __init__(self, platform: Platform, pages: Pages) -> None:
        self._ledger = LedgerReading(platform)
        self._pages = pages

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(include_in_schema=False, prefix="/-/ledger")
        router.add_api_route("", self.events, methods=["GET"])
        router.add_api_route("/events/{event_id}", self.event, methods=["GET"])
        router.add_api_route("/subjects/{subject:path}", self.subject, methods=["GET"])
        return router

    def events(
        self,
        request: Request,
        project: Text = "",
        type: Text = "",
        subject: Text = "",
        actor: Text = "",
        after: Text = "",
    ) -> Response:
        """Show what happened, newest first."""
        wanted = Filter(project.strip(), type.strip(), subject.strip(), actor.strip())
        page = self._ledger.events(request.state.actor, wanted, after, _PAGE)
        return self._pages.render(request, "ledger.html", {"events": page, "wanted": wanted})

    def event(self, request: Request, event_id: str) -> Response:
        """Show one event with all it says."""
        found = self._ledger.event(request.state.actor, event_id)
        links = self._ledger.links(request.state.actor, found.event.subject)
        return self._pages.render(request, "ledger_event.html", {"sealed": found, "links": links})

    def subject(self, request: Request, subject: str) -> Response:
        """Show a subject: its events, its links, what it came from and what it led to."""
        actor = request.state.actor
        ancestors = self._ledger.walk(actor, subject, "ancestors")
        descendants = self._ledger.walk(actor, subject, "descendants")
        events = self._ledger.events(actor, Filter(subject=subject), "", _PAGE)
        values = {"subject": subject, "ancestors": ancestors, "descendants": descendants, "events": events}
        return self._pages.render(request, "ledger_subject.html", values)
