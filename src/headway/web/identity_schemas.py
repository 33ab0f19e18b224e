"""Shapes of identity that several routes have in common."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from headway.kernel.identity.tokens import Token
from headway.web.schemas import Model


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


class SshKeyShape(Model):
    """A public SSH key."""

    id: int
    name: str
    fingerprint: str
    public_key: str
    may_write: bool
    created: datetime
    used: datetime | None


class NewKeyShape(Model):
    """A public SSH key that is to be added."""

    key: str = Field(max_length=20_000, description="the line of a `.pub` file")
    name: str = Field("", max_length=200, description="the key's comment if empty")


class GpgKeyShape(Model):
    """A public OpenPGP key."""

    id: int
    name: str
    fingerprint: str = Field(description="of the primary key")
    public_key: str
    created: datetime
    expires: datetime | None


class NewGpgKeyShape(Model):
    """A public OpenPGP key that is to be added."""

    key: str = Field(max_length=100_000, description="what `gpg --armor --export ADDRESS` prints")
    name: str = Field("", max_length=200, description="the key's first user id if empty")


class NewDeployKeyShape(NewKeyShape):
    """A deploy key that is to be added."""

    may_write: bool = Field(False, description="whether it may push too")


class SessionShape(Model):
    """A browser in which you are signed in."""

    id: int
    created: datetime
    seen: datetime = Field(description="within ten minutes")
    expires: datetime
    address: str
    agent: str
    current: bool = Field(description="whether it is the one that asks")


class IdentityShape(Model):
    """Who you are at a provider."""

    id: int
    provider: str
    created: datetime


def token_values(token: Token) -> dict[str, object]:
    """Return the values of a token's shape."""
    values = token._asdict()
    del values["revoked"]
    return values | {"scopes": list(token.scopes)}
