"""Webhooks in JSON: those of projects, and those of the installation."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request

from headway.kernel.errors import UnauthenticatedError
from headway.kernel.gate import DeniedError, deny
from headway.kernel.platform import Platform
from headway.kernel.projects.records import Project
from headway.kernel.webhooks.records import Delivery, Webhook
from headway.kernel.webhooks.service import NewWebhook
from headway.web.schemas import ListOf, Model

_HOOK = "/webhooks/{webhook_id}"
_PROJECT = "/projects/{owner}/{name}"


class NewWebhookShape(Model):
    """A webhook that is to be made, or what it shall become."""

    url: str = Field(max_length=2000, description="an http:// or https:// address")
    events: list[str] = Field(["*"], max_length=50, description="patterns of types, e.g. `dev.cdevents.change.*`")
    active: bool = True


class WebhookShape(NewWebhookShape):
    """Where events go."""

    id: int
    created: datetime
    created_by: str
    problem: str = Field(description="why it was switched off by itself; empty otherwise")


class CreatedWebhookShape(WebhookShape):
    """A new webhook. Its signing secret is shown this once."""

    secret: str


class DeliveryShape(Model):
    """One event on its way to one webhook."""

    id: int
    event: str
    state: Literal["pending", "delivered", "failed"]
    attempts: int
    next_attempt: datetime
    status: int | None = Field(description="the receiver's HTTP status; null when nobody answered")
    answer: str
    milliseconds: int | None
    created: datetime
    ended: datetime | None


class WebhooksApi:
    """Where events of the ledger go."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._webhooks = platform.webhooks

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/v1", tags=["webhooks"])
        add = router.add_api_route
        add(f"{_PROJECT}/webhooks", self.of_project, methods=["GET"])
        add(f"{_PROJECT}/webhooks", self.create_in_project, methods=["POST"], status_code=201)
        add(f"{_PROJECT}{_HOOK}", self.change_in_project, methods=["PUT"])
        add(f"{_PROJECT}{_HOOK}", self.delete_in_project, methods=["DELETE"], status_code=204)
        add(f"{_PROJECT}{_HOOK}/deliveries", self.deliveries_in_project, methods=["GET"])
        add(f"{_PROJECT}{_HOOK}/deliveries/{{delivery_id}}/redeliver", self.redeliver_in_project, methods=["POST"])
        add("/webhooks", self.of_installation, methods=["GET"])
        add("/webhooks", self.create, methods=["POST"], status_code=201)
        add(_HOOK, self.change, methods=["PUT"])
        add(_HOOK, self.delete, methods=["DELETE"], status_code=204)
        add(f"{_HOOK}/deliveries", self.deliveries, methods=["GET"])
        add(f"{_HOOK}/deliveries/{{delivery_id}}/redeliver", self.redeliver, methods=["POST"])
        return router

    def of_project(self, request: Request, owner: str, name: str) -> ListOf[WebhookShape]:
        """Return the webhooks of a project."""
        return self._list(self._project(request, owner, name, "webhook.read"))

    def create_in_project(self, request: Request, owner: str, name: str, new: NewWebhookShape) -> CreatedWebhookShape:
        """Make a webhook that gets the events of a project. Keep its secret: it is shown this once."""
        return self._create(request, self._project(request, owner, name), new)

    def change_in_project(
        self, request: Request, owner: str, name: str, webhook_id: int, new: NewWebhookShape
    ) -> WebhookShape:
        """Change a webhook of a project."""
        return self._change(request, self._project(request, owner, name), webhook_id, new)

    def delete_in_project(self, request: Request, owner: str, name: str, webhook_id: int) -> None:
        """Delete a webhook of a project, with its deliveries."""
        self._webhooks.delete(request.state.actor, self._project(request, owner, name), webhook_id)

    def deliveries_in_project(
        self,
        request: Request,
        owner: str,
        name: str,
        webhook_id: int,
        before: Annotated[int | None, Query(ge=1)] = None,
    ) -> ListOf[DeliveryShape]:
        """Return the deliveries of a webhook, newest first; those before one's id."""
        return self._deliveries(self._project(request, owner, name, "webhook.read"), webhook_id, before)

    def redeliver_in_project(
        self, request: Request, owner: str, name: str, webhook_id: int, delivery_id: int
    ) -> DeliveryShape:
        """Send an event once more."""
        project = self._project(request, owner, name)
        return _delivery_shape(self._webhooks.redeliver(project, webhook_id, delivery_id))

    def of_installation(self, request: Request) -> ListOf[WebhookShape]:
        """Return the webhooks of the installation, which get all events."""
        _require_administrator(request)
        return self._list(None)

    def create(self, request: Request, new: NewWebhookShape) -> CreatedWebhookShape:
        """Make a webhook that gets all events. Keep its secret: it is shown this once."""
        _require_administrator(request)
        return self._create(request, None, new)

    def change(self, request: Request, webhook_id: int, new: NewWebhookShape) -> WebhookShape:
        """Change a webhook of the installation."""
        _require_administrator(request)
        return self._change(request, None, webhook_id, new)

    def delete(self, request: Request, webhook_id: int) -> None:
        """Delete a webhook of the installation, with its deliveries."""
        _require_administrator(request)
        self._webhooks.delete(request.state.actor, None, webhook_id)

    def deliveries(
        self, request: Request, webhook_id: int, before: Annotated[int | None, Query(ge=1)] = None
    ) -> ListOf[DeliveryShape]:
        """Return the deliveries of a webhook of the installation, newest first."""
        _require_administrator(request)
        return self._deliveries(None, webhook_id, before)

    def redeliver(self, request: Request, webhook_id: int, delivery_id: int) -> DeliveryShape:
        """Send an event once more to a webhook of the installation."""
        _require_administrator(request)
        return _delivery_shape(self._webhooks.redeliver(None, webhook_id, delivery_id))

    def _project(self, request: Request, owner: str, name: str, action: str = "webhook.write") -> Project:
        return self._platform.projects.open(request.state.actor, owner, name, action).project

    def _list(self, project: Project | None) -> ListOf[WebhookShape]:
        return ListOf(items=[WebhookShape(**_values(hook)) for hook in self._webhooks.of(project)], following="")

    def _create(self, request: Request, project: Project | None, new: NewWebhookShape) -> CreatedWebhookShape:
        made, secret = self._webhooks.create(request.state.actor, project, _wanted(new))
        return CreatedWebhookShape(secret=secret, **_values(made))

    def _change(self, request: Request, project: Project | None, webhook_id: int, new: NewWebhookShape) -> WebhookShape:
        changed = self._webhooks.change(request.state.actor, project, webhook_id, _wanted(new))
        return WebhookShape(**_values(changed))

    def _deliveries(self, project: Project | None, webhook_id: int, before: int | None) -> ListOf[DeliveryShape]:
        found = self._webhooks.deliveries(project, webhook_id, before)
        return ListOf(items=[_delivery_shape(each) for each in found], following="")


def _require_administrator(request: Request) -> None:
    if request.state.actor.is_anonymous:
        raise UnauthenticatedError("sign in as an administrator")
    if not request.state.actor.administers:
        raise DeniedError(deny("webhooks of the installation are the administrators' affair"))


def _wanted(new: NewWebhookShape) -> NewWebhook:
    return NewWebhook(new.url, tuple(new.events), new.active)


def _values(hook: Webhook) -> dict[str, object]:
    values = hook._asdict() | {"events": list(hook.events)}
    del values["project_id"]
    return values


def _delivery_shape(found: Delivery) -> DeliveryShape:
    values = found._asdict() | {"event": str(found.event)}
    del values["webhook_id"]
    return DeliveryShape(**values)
