"""The ledger in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from headway.kernel.ledger.listing import Filter
from headway.kernel.ledger.records import SealedEvent
from headway.kernel.ledger.traversing import Direction
from headway.kernel.platform import Platform
from headway.web.ledger_reading import LedgerReading
from headway.web.schemas import EventShape, GraphShape, LinkShape, ListOf

Limit = Annotated[int, Query(ge=1, le=500)]
Text = Annotated[str, Query(max_length=500)]


class LedgerApi:
    """Events, links, and what leads to what."""

    def __init__(self, platform: Platform) -> None:
        self._ledger = LedgerReading(platform)

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/v1/ledger", tags=["ledger"])
        router.add_api_route("/events", self.events, methods=["GET"])
        router.add_api_route("/events/{event_id}", self.event, methods=["GET"])
        router.add_api_route("/links", self.links, methods=["GET"])
        router.add_api_route("/graph", self.graph, methods=["GET"])
        router.add_api_route("/path", self.path, methods=["GET"])
        return router

    def events(
        self,
        request: Request,
        project: Text = "",
        type: Text = "",
        subject: Text = "",
        actor: Text = "",
        since: datetime | None = None,
        until: datetime | None = None,
        after: Text = "",
        limit: Limit = 50,
    ) -> ListOf[EventShape]:
        """Return events, newest first."""
        wanted = Filter(project, type, subject, actor, since, until)
        page = self._ledger.events(request.state.actor, wanted, after, limit)
        return ListOf(items=[event_shape(each) for each in page.items], following=page.following)

    def event(self, request: Request, event_id: str) -> EventShape:
        """Return one event."""
        return event_shape(self._ledger.event(request.state.actor, event_id))

    def links(self, request: Request, subject: Text) -> ListOf[LinkShape]:
        """Return the links that a subject is an end of."""
        found = self._ledger.links(request.state.actor, subject)
        return ListOf(items=[LinkShape(**link._asdict()) for link in found], following="")

    def graph(self, request: Request, subject: Text, direction: Direction = "ancestors") -> GraphShape:
        """Return what a subject came from, or what it led to."""
        graph = self._ledger.walk(request.state.actor, subject, direction)
        links = [LinkShape(**link._asdict()) for link in graph.links]
        return GraphShape(subjects=list(graph.subjects), links=links, complete=graph.complete)

    def path(self, request: Request, start: Text, end: Text) -> ListOf[LinkShape]:
        """Return the links of a shortest path between two subjects."""
        found = self._ledger.path(request.state.actor, start, end)
        return ListOf(items=[LinkShape(**link._asdict()) for link in found], following="")


def event_shape(sealed: SealedEvent) -> EventShape:
    """Return an event as the API shows it."""
    event = sealed.event
    return EventShape(
        id=str(event.id),
        position=sealed.position,
        hash=sealed.hash,
        type=event.type,
        subject=event.subject,
        actor=event.actor,
        project=event.project,
        time=event.time,
        data=dict(event.data),
    )
