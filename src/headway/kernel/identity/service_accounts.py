"""Accounts for programs: they act by tokens only, and belong to a team or to the installation."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from headway.kernel.errors import NotFoundError, UnauthenticatedError
from headway.kernel.identity import store
from headway.kernel.identity.errors import TakenError
from headway.kernel.identity.names import checked_handle, checked_name
from headway.kernel.identity.tables import account, service_account
from headway.kernel.identity.team_store import change_account
from headway.kernel.ledger.records import Link, subject
from headway.kernel.ledger.types import own_event

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.database.tables import AnyRow, AnySelect
    from headway.kernel.gate import Gate
    from headway.kernel.identity.actors import Actor
    from headway.kernel.identity.teams import Teams
    from headway.kernel.identity.tokens import NewToken, Token, Tokens, Wanted
    from headway.kernel.ledger.appending import Ledger

_MISSING = "there is no such service account, or you do not look after it"
_ADMINISTER = "installation.service-account.write"


class ServiceAccount(NamedTuple):
    """An account for a program. ``team``: the handle of the team that it belongs to, or empty."""

    id: int
    handle: str
    name: str
    team: str
    created: datetime
    suspended: datetime | None


class ServiceParts(NamedTuple):
    """What service accounts need of the platform."""

    database: Database
    ledger: Ledger
    gate: Gate
    clock: Clock
    teams: Teams
    tokens: Tokens


class ServiceAccounts:
    """Makes and looks after service accounts: owners of a team for its own, administrators for all."""

    def __init__(self, parts: ServiceParts) -> None:
        self._parts = parts
        self._database = parts.database

    def create(self, actor: Actor, handle: str, name: str = "", team: str = "") -> ServiceAccount:
        """Create a service account of a team, or of the installation.

        Raises ``InvalidNameError``, ``TakenError``, ``NotFoundError`` for the team, and ``DeniedError``.
        """
        team_id = self._team_id(actor, team)
        checked_handle(handle)
        name = checked_name(name)

        def work(connection: Connection) -> ServiceAccount:
            try:
                with connection.begin_nested():
                    account_id = store.add_account(connection, "service", handle, name, self._parts.clock())
            except IntegrityError:
                raise TakenError(f"the handle '{handle}' is taken; choose another") from None
            connection.execute(insert(service_account).values(account_id=account_id, team_id=team_id))
            self._tell(connection, "service-account.created", actor, handle, name=name or handle, team=team)
            return ServiceAccount(account_id, handle, name or handle, team, self._parts.clock(), None)

        return self._database.write(work)

    def of(self, actor: Actor, team: str = "") -> list[ServiceAccount]:
        """Return the service accounts of a team; without one, all of the installation."""
        team_id = self._team_id(actor, team)
        query = _accounts(service_account.c.team_id == team_id) if team_id else _accounts()
        return self._database.read(lambda connection: [_made(row) for row in connection.execute(query)])

    def open(self, actor: Actor, handle: str) -> ServiceAccount:
        """Return a service account that the actor looks after. Raises ``NotFoundError``, for all others alike."""
        if actor.is_anonymous:
            raise UnauthenticatedError("sign in to look after service accounts")
        query = _accounts(account.c.handle_key == handle.lower())
        row = self._database.read(lambda connection: connection.execute(query).one_or_none())
        if row is None:
            raise NotFoundError(_MISSING)
        found = _made(row)
        if self._parts.gate.check(actor, _ADMINISTER, subject("installation", "headway")).allowed:
            return found
        try:
            self._parts.teams.open(actor, found.team or "-", "team.administer")
        except NotFoundError:
            raise NotFoundError(_MISSING) from None
        return found

    def set_suspended(self, actor: Actor, handle: str, *, suspended: bool) -> None:
        """Let a service account act no longer, or again. Idempotent."""
        found = self.open(actor, handle)

        def work(connection: Connection) -> None:
            present = store.account_by_id(connection, found.id)
            if present is None or (present.suspended is not None) == suspended:
                return
            change_account(connection, found.id, suspended=self._parts.clock() if suspended else None)
            event = "service-account.suspended" if suspended else "service-account.reinstated"
            self._tell(connection, event, actor, found.handle)

        self._database.write(work)

    def tokens(self, actor: Actor, handle: str) -> list[Token]:
        """Return the tokens of a service account."""
        return self._parts.tokens.of_account(self.open(actor, handle).id)

    def create_token(self, actor: Actor, handle: str, wanted: Wanted) -> NewToken:
        """Create a token of a service account, with scopes that the actor has too."""
        return self._parts.tokens.create_for_service(actor, self.open(actor, handle).id, wanted)

    def revoke_token(self, actor: Actor, handle: str, token_id: int) -> None:
        """Revoke a token of a service account. Raises ``NotFoundError``."""
        self._parts.tokens.revoke(actor, token_id, account_id=self.open(actor, handle).id)

    def _team_id(self, actor: Actor, team: str) -> int | None:
        if team:
            return self._parts.teams.open(actor, team, "team.administer").id
        if actor.is_anonymous:
            raise UnauthenticatedError("sign in to look after service accounts")
        self._parts.gate.require(actor, _ADMINISTER, subject("installation", "headway"))
        return None

    def _tell(self, connection: Connection, event: str, actor: Actor, handle: str, **data: object) -> None:
        about = subject("token", f"service:{handle}")
        links = [Link(about, "requested-by", actor.subject)]
        self._parts.ledger.append(connection, own_event(event), about, actor=actor.subject, data=data, links=links)


def _accounts(*conditions: ColumnElement[bool]) -> AnySelect:
    team = account.alias("team")
    columns = (account.c.id, account.c.handle, account.c.name, team.c.handle, account.c.created, account.c.suspended)
    return (
        select(*columns)
        .select_from(account)
        .join(service_account, service_account.c.account_id == account.c.id)
        .outerjoin(team, (team.c.id == service_account.c.team_id) & team.c.deleted.is_(None))
        .where(*conditions)
        .order_by(account.c.handle_key)
        .limit(500)
    )


def _made(row: AnyRow) -> ServiceAccount:
    return ServiceAccount(row[0], row[1], row[2], row[3] or "", row[4], row[5])
