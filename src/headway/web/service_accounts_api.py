"""Service accounts in JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import Field
from starlette.requests import Request

from headway.kernel.identity.service_accounts import ServiceAccount
from headway.kernel.identity.tokens import Wanted
from headway.kernel.platform import Platform
from headway.web.identity_schemas import CreatedTokenShape, NewTokenShape, TokenShape, token_values
from headway.web.people_api import SuspendedShape
from headway.web.schemas import ListOf, Model


class ServiceAccountShape(Model):
    """An account for a program."""

    handle: str
    name: str
    team: str = Field(description="the team that it belongs to; empty: the installation")
    created: datetime
    suspended: datetime | None


class NewServiceAccountShape(Model):
    """A service account that is to be made."""

    handle: str = Field(max_length=60)
    name: str = Field("", max_length=200)
    team: str = Field("", max_length=60, description="a team that you own; empty takes an administrator")


class ServiceAccountsApi:
    """Accounts for programs: those of your teams, or all for administrators."""

    def __init__(self, platform: Platform) -> None:
        self._services = platform.service_accounts

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/v1/service-accounts", tags=["service accounts"])
        add = router.add_api_route
        add("", self.accounts, methods=["GET"])
        add("", self.create, methods=["POST"], status_code=201)
        add("/{handle}", self.account, methods=["GET"])
        add("/{handle}/suspended", self.set_suspended, methods=["PUT"])
        add("/{handle}/tokens", self.tokens, methods=["GET"])
        add("/{handle}/tokens", self.create_token, methods=["POST"], status_code=201)
        add("/{handle}/tokens/{token_id}", self.revoke_token, methods=["DELETE"], status_code=204)
        return router

    def accounts(
        self, request: Request, team: Annotated[str, Query(max_length=60)] = ""
    ) -> ListOf[ServiceAccountShape]:
        """Return the service accounts of a team; without one, all of the installation."""
        found = self._services.of(request.state.actor, team)
        return ListOf(items=[_shape(each) for each in found], following="")

    def create(self, request: Request, new: NewServiceAccountShape) -> ServiceAccountShape:
        """Make an account for a program."""
        return _shape(self._services.create(request.state.actor, new.handle, new.name, new.team))

    def account(self, request: Request, handle: str) -> ServiceAccountShape:
        """Return one service account."""
        return _shape(self._services.open(request.state.actor, handle))

    def set_suspended(self, request: Request, handle: str, how: SuspendedShape) -> ServiceAccountShape:
        """Suspend a service account, or let it act again."""
        self._services.set_suspended(request.state.actor, handle, suspended=how.suspended)
        return self.account(request, handle)

    def tokens(self, request: Request, handle: str) -> ListOf[TokenShape]:
        """Return the tokens of a service account."""
        found = self._services.tokens(request.state.actor, handle)
        return ListOf(items=[TokenShape(**token_values(token)) for token in found], following="")

    def create_token(self, request: Request, handle: str, new: NewTokenShape) -> CreatedTokenShape:
        """Create a token that acts as the service account. Keep its secret: it is shown this once."""
        wanted = Wanted(new.name, tuple(new.scopes), new.expires)
        made = self._services.create_token(request.state.actor, handle, wanted)
        return CreatedTokenShape(secret=made.secret, **token_values(made.token))

    def revoke_token(self, request: Request, handle: str, token_id: int) -> None:
        """Revoke a token of a service account."""
        self._services.revoke_token(request.state.actor, handle, token_id)


def _shape(service: ServiceAccount) -> ServiceAccountShape:
    values = service._asdict()
    del values["id"]
    return ServiceAccountShape(**values)
