"""The account of whoever asks, in JSON: name and address, tokens, SSH and GPG keys, sessions, linked identities."""

from __future__ import annotations

from datetime import datetime

from fastapi import APIRouter
from pydantic import Field, SecretStr
from starlette.requests import Request

from headway.kernel.errors import NotFoundError, UnauthenticatedError
from headway.kernel.identity import store
from headway.kernel.identity.ssh_keys import own_keys
from headway.kernel.identity.tokens import Wanted
from headway.kernel.platform import Platform
from headway.web.identity_schemas import (
    CreatedTokenShape,
    GpgKeyShape,
    IdentityShape,
    NewGpgKeyShape,
    NewKeyShape,
    NewTokenShape,
    SessionShape,
    SshKeyShape,
    TokenShape,
    token_values,
)
from headway.web.requests import browser_of
from headway.web.schemas import ListOf, Model


class UserShape(Model):
    """The account that you are signed in with."""

    handle: str
    name: str
    is_administrator: bool
    subject: str = Field(description="how the ledger calls you")
    email: str | None = Field(None, description="yours only; it takes the scope `read:user`")
    created: datetime | None = None


class UserChangesShape(Model):
    """What to change; what is left out stays."""

    name: str | None = Field(None, max_length=200)
    email: str | None = Field(None, max_length=254, description="empty: none; a link goes to it if e-mail is sent here")


class EmailShape(Model):
    """What became of the changes."""

    waits_for_confirmation: bool = Field(description="whether the new address counts once its link is used")


class PasswordShape(Model):
    """A new password, and the present one."""

    current: SecretStr = Field(SecretStr(""), description="the present one, if there is one")
    password: SecretStr


class AccountApi:
    """You, and what is yours."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def router(self) -> APIRouter:
        """Return the routes."""
        router = APIRouter(prefix="/api/v1/user", tags=["user"])
        add = router.add_api_route
        add("", self.user, methods=["GET"])
        add("", self.change, methods=["PATCH"])
        add("/password", self.change_password, methods=["PUT"], status_code=204)
        add("/tokens", self.tokens, methods=["GET"])
        add("/tokens", self.create_token, methods=["POST"], status_code=201)
        add("/tokens/{token_id}", self.revoke_token, methods=["DELETE"], status_code=204)
        add("/ssh-keys", self.keys, methods=["GET"])
        add("/ssh-keys", self.add_key, methods=["POST"], status_code=201)
        add("/ssh-keys/{key_id}", self.remove_key, methods=["DELETE"], status_code=204)
        add("/gpg-keys", self.gpg_keys, methods=["GET"])
        add("/gpg-keys", self.add_gpg_key, methods=["POST"], status_code=201)
        add("/gpg-keys/{key_id}", self.remove_gpg_key, methods=["DELETE"], status_code=204)
        add("/sessions", self.sessions, methods=["GET"])
        add("/sessions", self.end_other_sessions, methods=["DELETE"], status_code=204)
        add("/sessions/{session_id}", self.end_session, methods=["DELETE"], status_code=204)
        add("/identities", self.identities, methods=["GET"])
        add("/identities/{identity_id}", self.unlink, methods=["DELETE"], status_code=204)
        return router

    def user(self, request: Request) -> UserShape:
        """Return who you are."""
        actor = request.state.actor
        if actor.is_anonymous:
            raise UnauthenticatedError("sign in, or send a token")
        values = {"handle": actor.handle, "name": actor.name, "is_administrator": actor.is_administrator}
        shape = UserShape(subject=actor.subject, **values)
        if actor.account_id is None or not (actor.scopes is None or actor.scopes & {"read:user", "write:user"}):
            return shape
        account_id = actor.account_id
        found = self._platform.database.read(lambda connection: store.person_by_id(connection, account_id))
        return shape.model_copy(update={"email": found.email, "created": found.account.created}) if found else shape

    def change(self, request: Request, changes: UserChangesShape) -> EmailShape:
        """Change your name or e-mail address."""
        actor, waits = request.state.actor, False
        if actor.is_anonymous:
            raise UnauthenticatedError("sign in to change your account")
        if changes.name is not None:
            self._platform.recovery.change_name(actor, changes.name)
        if changes.email is not None:
            waits = self._platform.recovery.change_email(actor, changes.email)
        return EmailShape(waits_for_confirmation=waits)

    def change_password(self, request: Request, new: PasswordShape) -> None:
        """Choose another password. It takes a browser's session; all others end."""
        actor = request.state.actor
        if actor.is_anonymous:
            raise UnauthenticatedError("sign in to change your password")
        current, password = new.current.get_secret_value(), new.password.get_secret_value()
        self._platform.identity.change_password(actor, current, password, browser_of(request))

    def tokens(self, request: Request) -> ListOf[TokenShape]:
        """Return your tokens, newest first."""
        found = self._platform.tokens.own(request.state.actor)
        return ListOf(items=[TokenShape(**token_values(token)) for token in found], following="")

    def create_token(self, request: Request, new: NewTokenShape) -> CreatedTokenShape:
        """Create a token that acts as you. Keep its secret: it is shown this once."""
        wanted = Wanted(new.name, tuple(new.scopes), new.expires)
        made = self._platform.tokens.create_personal(request.state.actor, wanted)
        return CreatedTokenShape(secret=made.secret, **token_values(made.token))

    def revoke_token(self, request: Request, token_id: int) -> None:
        """Revoke one of your tokens."""
        self._platform.tokens.revoke_own(request.state.actor, token_id)

    def keys(self, request: Request) -> ListOf[SshKeyShape]:
        """Return your SSH keys, newest first."""
        found = self._platform.ssh_keys.of(own_keys(request.state.actor, "read:user"))
        return ListOf(items=[SshKeyShape(**key._asdict()) for key in found], following="")

    def add_key(self, request: Request, new: NewKeyShape) -> SshKeyShape:
        """Add an SSH key that acts as you."""
        actor = request.state.actor
        return SshKeyShape(**self._platform.ssh_keys.add(actor, own_keys(actor), new.key, new.name)._asdict())

    def remove_key(self, request: Request, key_id: int) -> None:
        """Remove one of your SSH keys."""
        self._platform.ssh_keys.remove(request.state.actor, own_keys(request.state.actor), key_id)

    def gpg_keys(self, request: Request) -> ListOf[GpgKeyShape]:
        """Return your OpenPGP keys, newest first."""
        found = self._platform.gpg_keys.own(request.state.actor)
        return ListOf(items=[GpgKeyShape(**key._asdict()) for key in found], following="")

    def add_gpg_key(self, request: Request, new: NewGpgKeyShape) -> GpgKeyShape:
        """Add an OpenPGP key, so that commits that you sign with it are verified."""
        return GpgKeyShape(**self._platform.gpg_keys.add(request.state.actor, new.key, new.name)._asdict())

    def remove_gpg_key(self, request: Request, key_id: int) -> None:
        """Remove one of your OpenPGP keys: what it signed is no longer verified."""
        self._platform.gpg_keys.remove(request.state.actor, key_id)

    def sessions(self, request: Request) -> ListOf[SessionShape]:
        """Return the browsers in which you are signed in, the last used first."""
        actor = request.state.actor
        found = self._platform.people.sessions(actor)
        items = [SessionShape(current=each.id == actor.session_id, **each._asdict()) for each in found]
        return ListOf(items=items, following="")

    def end_session(self, request: Request, session_id: int) -> None:
        """Sign out one of your browsers."""
        self._platform.people.end_session(request.state.actor, session_id)

    def end_other_sessions(self, request: Request) -> None:
        """Sign out all of your browsers but the one that asks."""
        self._platform.people.end_other_sessions(request.state.actor)

    def identities(self, request: Request) -> ListOf[IdentityShape]:
        """Return who you are at the providers that you can sign in with."""
        actor, openid = request.state.actor, self._platform.openid
        if actor.is_anonymous:
            raise UnauthenticatedError("sign in to see linked identities")
        found = openid.identities(actor) if openid else []
        return ListOf(items=[IdentityShape(**each._asdict()) for each in found], following="")

    def unlink(self, request: Request, identity_id: int) -> None:
        """Take a linked identity from your account."""
        if request.state.actor.is_anonymous:
            raise UnauthenticatedError("sign in to look after linked identities")
        if self._platform.openid is None:
            raise NotFoundError("there are no providers to sign in with here")
        self._platform.openid.unlink(request.state.actor, identity_id)
