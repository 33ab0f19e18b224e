"""Signing in at a provider: sending the browser there, and deciding who comes back."""

from __future__ import annotations

import hmac
import re
from datetime import timedelta
from secrets import token_urlsafe
from typing import TYPE_CHECKING, NamedTuple

import httpx
from sqlalchemy.exc import IntegrityError

from headway.kernel.errors import NotFoundError, UnauthenticatedError
from headway.kernel.identity import store as accounts
from headway.kernel.identity.errors import InvalidNameError, MissingScopeError, SignInError, TakenError
from headway.kernel.identity.names import checked_email, checked_handle
from headway.kernel.identity.openid import store
from headway.kernel.identity.openid.provider import Provider
from headway.kernel.identity.openid.records import Arrival, Departure
from headway.kernel.identity.roles import scopes_allow
from headway.kernel.identity.secrets import secret_hash
from headway.kernel.identity.service import NewPerson
from headway.kernel.ledger.types import own_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.identity.actors import Actor
    from headway.kernel.identity.openid.provider import Claims
    from headway.kernel.identity.openid.records import Return
    from headway.kernel.identity.service import Browser, Identity
    from headway.kernel.ledger.appending import Ledger
    from headway.kernel.settings import OpenIdProvider

TICKET_LIFE = timedelta(minutes=10)
_SECONDS = 10.0
_STALE = "this attempt to sign in was not begun in this browser, was used already, or took too long; begin again"


class OpenIdParts(NamedTuple):
    """What signing in at a provider needs of the platform."""

    database: Database
    ledger: Ledger
    clock: Clock
    identity: Identity
    base_url: str


class OpenId:
    """All providers of an installation."""

    def __init__(self, settings: Sequence[OpenIdProvider], parts: OpenIdParts) -> None:
        # A provider that redirects is not the one that was named; its answers are read as they are.
        client = httpx.Client(timeout=_SECONDS, follow_redirects=False, trust_env=True)
        self._client = client
        self._providers = {each.name: Provider(each, parts.clock, client) for each in settings}
        self._parts = parts
        self._database = parts.database

    def close(self) -> None:
        """Close the connections to providers."""
        self._client.close()

    def labels(self) -> list[tuple[str, str]]:
        """Return name and label of each provider."""
        return [(name, provider.label) for name, provider in self._providers.items()]

    def depart(self, name: str, next_path: str, linking: Actor | None = None) -> Departure:
        """Return where to send the browser. ``linking``: whose account shall be linked.

        Raises ``NotFoundError`` and ``ProviderError``.
        """
        provider = self._provider(name)
        state, browser, nonce, verifier = (token_urlsafe(32) for _ in range(4))
        address = provider.authorization_address(self._redirect(name), state, nonce, verifier)
        now = self._parts.clock()
        ticket = store.Ticket(
            secret_hash(state),
            secret_hash(browser),
            name,
            nonce,
            verifier,
            next_path[:1000],
            _own(linking) if linking else None,
            now + TICKET_LIFE,
        )
        self._database.write(lambda connection: store.add_ticket(connection, ticket, now))
        return Departure(address, browser)

    def arrive(self, name: str, back: Return, actor: Actor, browser: Browser) -> Arrival:
        """Return who came back: a session, or that the actor's account was linked.

        Raises ``SignInError``, ``TakenError``, ``NotFoundError`` and ``ProviderError``.
        """
        provider = self._provider(name)
        now = self._parts.clock()
        ticket = self._database.write(lambda connection: store.take_ticket(connection, secret_hash(back.state), now))
        if (
            ticket is None
            or ticket.provider != name
            or not hmac.compare_digest(ticket.browser_hash, secret_hash(back.browser))
        ):
            raise SignInError(_STALE)
        if ticket.account_id is not None and ticket.account_id != actor.account_id:
            raise SignInError(_STALE)
        provider.check_issuer(back.issuer)
        if not back.code:
            raise SignInError(f"{provider.label} did not sign you in")
        claims = provider.claims(back.code, self._redirect(name), ticket.nonce, ticket.verifier)

        def work(connection: Connection) -> Arrival:
            if ticket.account_id is not None:
                self._link(connection, provider, claims, ticket.account_id)
                return Arrival(ticket.next_path, None)
            found = self._account(connection, provider, claims)
            if found.suspended:
                raise SignInError(_nobody(provider))
            return Arrival(ticket.next_path, self._parts.identity.start_session(connection, found, browser))

        return self._database.write(work)

    def identities(self, actor: Actor) -> list[store.ExternalIdentity]:
        """Return who the actor is at which providers."""
        account_id = _own(actor, "read:user")
        return self._database.read(lambda connection: store.identities(connection, account_id))

    def unlink(self, actor: Actor, identity_id: int) -> None:
        """Take an identity from the actor's account. Raises ``NotFoundError``, and ``TakenError`` for the last one."""
        account_id = _own(actor)

        def work(connection: Connection) -> None:
            provider = store.remove_identity(connection, account_id, identity_id)
            if provider is None:
                raise NotFoundError("your account is not linked to this identity")
            if not store.ways_in(connection, account_id):
                raise TakenError("this is the only way in which you can sign in; choose a password first")
            self._tell(connection, "identity.unlinked", actor.subject, provider)

        self._database.write(work)

    def _account(self, connection: Connection, provider: Provider, claims: Claims) -> accounts.Account:
        """Return whose account it is, linking or creating it where that is allowed. Raises ``SignInError``."""
        name = provider.settings.name
        known = store.account_of(connection, name, claims.subject)
        if known is not None:
            return known
        found = store.account_with_address(connection, name, claims.email) if claims.email else None
        if found is not None:
            self._link(connection, provider, claims, found.id)
            return found
        if not provider.settings.allow_sign_up:
            raise SignInError(_nobody(provider))
        account_id = self._sign_up(connection, claims)
        self._link(connection, provider, claims, account_id)
        made = accounts.account_by_id(connection, account_id)
        if made is None:
            raise AssertionError("it was added just now")
        return made

    def _sign_up(self, connection: Connection, claims: Claims) -> int:
        handle = next(
            candidate
            for candidate in handles_for(claims.username)
            if accounts.account_by_handle(connection, candidate) is None
        )
        email = claims.email if claims.email and _is_address(claims.email) else None
        if email and accounts.has_email(connection, email):
            email = None
        name = "".join(char for char in " ".join(claims.name.split()) if char.isprintable())[:100]
        new = NewPerson(handle, name, email, None, email_verified=email is not None)
        return self._parts.identity.add_person(connection, new, f"person:{handle}")

    def _link(self, connection: Connection, provider: Provider, claims: Claims, account_id: int) -> None:
        name = provider.settings.name
        try:
            store.add_identity(connection, name, claims.subject, account_id, self._parts.clock())
        except IntegrityError:
            raise TakenError(f"this identity at {provider.label} is linked to an account already") from None
        found = accounts.account_by_id(connection, account_id)
        if found is None:
            raise AssertionError("an account that is linked exists")
        self._tell(connection, "identity.linked", accounts.account_subject(found), name)

    def _provider(self, name: str) -> Provider:
        if name not in self._providers:
            raise NotFoundError("there is no such provider to sign in with")
        return self._providers[name]

    def _redirect(self, name: str) -> str:
        return f"{self._parts.base_url}/-/openid/{name}/callback"

    def _tell(self, connection: Connection, event: str, who: str, provider: str) -> None:
        self._parts.ledger.append(connection, own_event(event), who, actor=who, data={"provider": provider})


def handles_for(username: str) -> list[str]:
    """Return handles for somebody who is called so at a provider, the best first. Pure."""
    base = re.sub(r"[^a-z0-9]+", "-", username.partition("@")[0].lower()).strip("-")[:30].strip("-") or "person"
    candidates = [base, *(f"{base}-{number}" for number in range(2, 1000))]
    return [candidate for candidate in candidates if _is_handle(candidate)]


def _is_handle(text: str) -> bool:
    try:
        return checked_handle(text) == text
    except InvalidNameError:
        return False


def _is_address(text: str) -> bool:
    try:
        return checked_email(text) == text
    except InvalidNameError:
        return False


def _nobody(provider: Provider) -> str:
    return (
        f"nobody here is known by this identity at {provider.label}; sign in as before and link it in your account, "
        "or ask for an invitation"
    )


def _own(actor: Actor, scope: str = "write:user") -> int:
    if actor.account_id is None:
        raise UnauthenticatedError("sign in to link an identity")
    if not scopes_allow(actor.scopes, scope):  # type: ignore[arg-type]
        raise MissingScopeError(scope, "look after linked identities")
    return actor.account_id
