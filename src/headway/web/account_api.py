"""The account of whoever asks, in JSON."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field
from starlette.requests import Request

from headway.kernel.errors import UnauthenticatedError
from headway.kernel.identity.tokens import Token, Wanted
from headway.kernel.platform import Platform
from headway.web.schemas import ListOf, Model


class UserShape(Model):
    """The account that you are signed in with."""

    handle: str
    name: str
    is_administrator: bool
    subject: str = Field(description="how the ledger calls you")


class TokenShape(Model):
    """A token, without its secret."""

    id: int
    kind: str
    name: str
    scopes: list[str]
    created: datetime
    expires: datetime | None
    used: datetime | None = Field(description="within ten minutes")


class NewTokenShape(Model):
    """A token that is to be created."""

    name: str = Field(max_length=100)
    scopes: list[str] = Field(max_length=20)
    expires: datetime | None = None


class CreatedTokenShape(TokenShape):
    """A new token. Its secret is shown this once."""

    secret: str


class AccountApi:
    """You, and your tokens."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/v1/user", tags=["user"])
        router.add_api_route("", self.user, methods=["GET"])
        router.add_api_route("/tokens", self.tokens, methods=["GET"])
        router.add_api_route("/tokens", self.create_token, methods=["POST"], status_code=201)
        router.add_api_route("/tokens/{token_id}", self.revoke_token, methods=["DELETE"], status_code=204)
        return router

    def user(self, request: Request) -> UserShape:
        """Return who you are."""
        actor = request.state.actor
        if actor.is_anonymous:
            raise UnauthenticatedError("sign in, or send a token")
        values = {"handle": actor.handle, "name": actor.name, "is_administrator": actor.is_administrator}
        return UserShape(subject=actor.subject, **values)

    def tokens(self, request: Request) -> ListOf[TokenShape]:
        """Return your tokens, newest first."""
        found = self._platform.tokens.own(request.state.actor)
        return ListOf(items=[TokenShape(**_values(token)) for token in found], following="")

    def create_token(self, request: Request, new: NewTokenShape) -> CreatedTokenShape:
        """Create a token that acts as you. Keep its secret: it is shown this once."""
        wanted = Wanted(new.name, tuple(new.scopes), new.expires)
        made = self._platform.tokens.create_personal(request.state.actor, wanted)
        return CreatedTokenShape(secret=made.secret, **_values(made.token))

    def revoke_token(self, request: Request, token_id: int) -> None:
        """Revoke one of your tokens."""
        self._platform.tokens.revoke_own(request.state.actor, token_id)


def _values(token: Token) -> dict[str, object]:
    values = token._asdict()
    del values["revoked"]
    return values | {"scopes": list(token.scopes)}
