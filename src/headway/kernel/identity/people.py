"""The people of an installation, for those who administer it; and everybody's own sessions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.errors import NotFoundError, UnauthenticatedError
from headway.kernel.identity import people_store, store
from headway.kernel.identity.errors import MissingScopeError, RankError
from headway.kernel.identity.roles import scopes_allow
from headway.kernel.identity.team_store import change_account
from headway.kernel.ledger.records import subject
from headway.kernel.ledger.types import own_event

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.gate import Gate
    from headway.kernel.identity.actors import Actor
    from headway.kernel.identity.people_store import Listed, Session
    from headway.kernel.identity.roles import Scope
    from headway.kernel.identity.service import Identity
    from headway.kernel.ledger.appending import Ledger
    from headway.kernel.paging import Page


class PeopleParts(NamedTuple):
    """What looking after people needs of the platform."""

    database: Database
    ledger: Ledger
    gate: Gate
    clock: Clock
    identity: Identity


class People:
    """Lists people, suspends and reinstates them, says who administers, and ends sessions."""

    def __init__(self, parts: PeopleParts) -> None:
        self._parts = parts
        self._database = parts.database

    def find(self, actor: Actor, handle: str) -> Listed:
        """Return one person. Raises ``DeniedError`` and ``NotFoundError``."""
        self._require(actor, "installation.people.read")
        return self._database.read(lambda connection: _found(connection, handle))

    def suspend(self, actor: Actor, handle: str) -> None:
        """Let somebody neither sign in nor act any more, at once. Idempotent.

        Raises ``DeniedError``, ``NotFoundError``, and ``RankError`` for oneself and for the last who administers.
        """
        self._require(actor, "installation.people.write")

        def work(connection: Connection) -> None:
            found = self._locked(connection, handle)
            if found.id == actor.account_id:
                raise RankError("nobody suspends themselves; somebody else who administers can")
            if found.suspended:
                return
            change_account(connection, found.id, suspended=self._parts.clock())
            self._keep_an_administrator(connection)
            store.end_sessions(connection, found.id)
            store.void_links(connection, found.id, self._parts.clock())
            self._tell(connection, "person.suspended", actor, found.handle)

        self._database.write(work)

    def reinstate(self, actor: Actor, handle: str) -> None:
        """Let a suspended person sign in again; tokens and keys work again too. Idempotent."""
        self._require(actor, "installation.people.write")

        def work(connection: Connection) -> None:
            found = self._locked(connection, handle)
            if found.suspended:
                change_account(connection, found.id, suspended=None)
                self._tell(connection, "person.reinstated", actor, found.handle)

        self._database.write(work)

    def set_administrator(self, actor: Actor, handle: str, *, administers: bool) -> None:
        """Let somebody administer the installation, or no longer. Idempotent.

        Raises ``DeniedError``, ``NotFoundError``, and ``RankError`` when nobody would be left who administers.
        """
        self._require(actor, "installation.people.write")

        def work(connection: Connection) -> None:
            found = self._locked(connection, handle)
            if found.is_administrator == administers:
                return
            change_account(connection, found.id, is_administrator=administers)
            self._keep_an_administrator(connection)
            self._tell(connection, "administrator.changed", actor, found.handle, administrator=administers)

        self._database.write(work)

    def sign_in_link(self, actor: Actor, handle: str) -> str:
        """Return the secret of a link by which somebody signs in once; the ledger says who made it."""
        self._require(actor, "installation.people.write")
        found = self.find(actor, handle)
        if found.suspended:
            raise NotFoundError(f"'{found.handle}' is suspended and cannot sign in; reinstate the account first")
        self._database.write(lambda connection: self._tell(connection, "sign-in-link.created", actor, found.handle))
        return self._parts.identity.link(found.id, "sign-in")

    def sessions(self, actor: Actor) -> list[Session]:
        """Return the actor's own sessions, the last used first."""
        account_id, now = _own(actor, "read:user", "see your sessions"), self._parts.clock()
        return self._database.read(lambda connection: people_store.sessions(connection, account_id, now))

    def end_session(self, actor: Actor, session_id: int) -> None:
        """End one of the actor's sessions. Raises ``NotFoundError``."""
        account_id = _own(actor, "write:user", "end sessions")

        def work(connection: Connection) -> None:
            if not people_store.end_session_of(connection, account_id, session_id):
                raise NotFoundError("you have no such session")
            self._tell(connection, "session.ended", actor, actor.handle)

        self._database.write(work)

    def end_other_sessions(self, actor: Actor) -> int:
        """End all of the actor's sessions but the present one. Return how many."""
        account_id = _own(actor, "write:user", "end sessions")

        def work(connection: Connection) -> int:
            ended = store.end_sessions(connection, account_id, but=actor.session_id)
            if ended:
                self._tell(connection, "session.ended", actor, actor.handle, count=ended)
            return ended

        return self._database.write(work)

    def list(self, actor: Actor, text: str = "", after: str = "", limit: int = 50) -> Page[Listed]:
        """Return people by their handles; ``text`` is a part of handle, name or address. Raises ``DeniedError``."""
        self._require(actor, "installation.people.read")
        return self._database.read(lambda connection: people_store.list_people(connection, text, after, limit))

    def _require(self, actor: Actor, action: str) -> None:
        if actor.is_anonymous:
            raise UnauthenticatedError("sign in to look after people")
        self._parts.gate.require(actor, action, subject("installation", "headway"))

    @staticmethod
    def _locked(connection: Connection, handle: str) -> Listed:
        """Return a person while nobody else changes who administers: what is counted stays true."""
        people_store.lock_administrators(connection)
        return _found(connection, handle)

    @staticmethod
    def _keep_an_administrator(connection: Connection) -> None:
        if not people_store.has_administrator(connection):
            raise RankError("somebody has to administer the installation; let somebody else do so first")

    def _tell(self, connection: Connection, event: str, actor: Actor, handle: str, **data: object) -> None:
        about = subject("person", handle)
        self._parts.ledger.append(connection, own_event(event), about, actor=actor.subject, data=data)


def _found(connection: Connection, handle: str) -> Listed:
    found = people_store.person_by_handle(connection, handle)
    if found is None:
        raise NotFoundError(f"there is no person '{handle[:40]}'")
    return found


def _own(actor: Actor, scope: Scope, what: str) -> int:
    if actor.account_id is None:
        raise UnauthenticatedError(f"sign in to {what}")
    if not scopes_allow(actor.scopes, scope):
        raise MissingScopeError(scope, what)
    return actor.account_id
