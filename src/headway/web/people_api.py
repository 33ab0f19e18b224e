"""The people of the installation in JSON, for those who administer it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request

from headway.kernel.identity.people_store import Listed
from headway.kernel.platform import Platform
from headway.web.schemas import ListOf, Model


class PersonShape(Model):
    """A person."""

    handle: str
    name: str
    email: str | None
    created: datetime
    suspended: datetime | None = Field(description="since when the person can neither sign in nor act")
    is_administrator: bool


class SuspendedShape(Model):
    """Whether an account can act."""

    suspended: bool


class AdministratorShape(Model):
    """Whether somebody administers the installation."""

    administrator: bool


class SignInLinkShape(Model):
    """A link that works once, for a day."""

    link: str


class PeopleApi:
    """Everybody who has an account. It takes an administrator, and the scope `admin`."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._people = platform.people

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/v1/people", tags=["people"])
        add = router.add_api_route
        add("", self.people, methods=["GET"])
        add("/{handle}", self.person, methods=["GET"])
        add("/{handle}/suspended", self.set_suspended, methods=["PUT"])
        add("/{handle}/administrator", self.set_administrator, methods=["PUT"])
        add("/{handle}/sign-in-link", self.sign_in_link, methods=["POST"], status_code=201)
        return router

    def people(
        self,
        request: Request,
        filter: Annotated[str, Query(max_length=200)] = "",
        after: Annotated[str, Query(max_length=200)] = "",
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
    ) -> ListOf[PersonShape]:
        """Return people by their handles."""
        page = self._people.list(request.state.actor, filter, after, limit)
        return ListOf(items=[_shape(each) for each in page.items], following=page.following)

    def person(self, request: Request, handle: str) -> PersonShape:
        """Return one person."""
        return _shape(self._people.find(request.state.actor, handle))

    def set_suspended(self, request: Request, handle: str, how: SuspendedShape) -> PersonShape:
        """Suspend somebody, at once and everywhere, or let them in again."""
        change = self._people.suspend if how.suspended else self._people.reinstate
        change(request.state.actor, handle)
        return self.person(request, handle)

    def set_administrator(self, request: Request, handle: str, how: AdministratorShape) -> AdministratorShape:
        """Let somebody administer the installation, or no longer."""
        self._people.set_administrator(request.state.actor, handle, administers=how.administrator)
        return how

    def sign_in_link(self, request: Request, handle: str) -> SignInLinkShape:
        """Make a link by which somebody signs in once. Pass it on to nobody else: whoever has it is that person."""
        secret = self._people.sign_in_link(request.state.actor, handle)
        return SignInLinkShape(link=f"{self._platform.base_url}/-/sign-in/{secret}")


def _shape(person: Listed) -> PersonShape:
    values = person._asdict()
    del values["id"]
    return PersonShape(**values)
