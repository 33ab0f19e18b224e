"""Tokens for programs: a person's own, those of service accounts, and deploy tokens of one project."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy import delete, insert, select, update

from headway.kernel.errors import InputError, NotFoundError, Problem, UnauthenticatedError
from headway.kernel.identity.errors import MissingScopeError
from headway.kernel.identity.roles import SCOPES, scopes_allow
from headway.kernel.identity.secrets import new_secret, secret_hash
from headway.kernel.identity.tables import token
from headway.kernel.ledger.records import subject
from headway.kernel.ledger.types import own_event

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.database.tables import AnyRow
    from headway.kernel.identity.actors import Actor
    from headway.kernel.ledger.appending import Ledger
    from headway.kernel.projects.records import Project

DEPLOY_SCOPES = ("read:code", "write:code")
TokenKind = Literal["personal", "service", "deploy"]
_TRANSFER = "transfer"
"""The kind of tokens that programs are given for minutes; nobody manages them."""


class Token(NamedTuple):
    """A token, without its secret, which nobody can read any more."""

    id: int
    kind: TokenKind
    name: str
    scopes: tuple[str, ...]
    created: datetime
    expires: datetime | None
    used: datetime | None
    revoked: datetime | None


class NewToken(NamedTuple):
    """A token and its secret, shown this once."""

    token: Token
    secret: str


class Wanted(NamedTuple):
    """What a new token shall be."""

    name: str
    scopes: tuple[str, ...]
    expires: datetime | None = None


class Tokens:
    """Makes, lists and revokes tokens. Whether the actor may, for a project, the caller has asked the gate."""

    def __init__(self, database: Database, ledger: Ledger, clock: Clock) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock

    def create_personal(self, actor: Actor, wanted: Wanted) -> NewToken:
        """Create a token that acts as the actor, with scopes that the actor has too.

        Raises ``InputError``, ``MissingScopeError`` and ``UnauthenticatedError``.
        """
        account_id = self._own_account(actor)
        self._check(wanted, SCOPES)
        _check_own(actor, wanted)
        return self._create(actor, "personal", wanted, account_id=account_id)

    def create_for_service(self, actor: Actor, account_id: int, wanted: Wanted) -> NewToken:
        """Create a token of a service account, with scopes that the actor has too. Raises as ``create_personal``."""
        self._check(wanted, SCOPES)
        _check_own(actor, wanted)
        return self._create(actor, "service", wanted, account_id=account_id)

    def create_deploy(self, actor: Actor, project: Project, wanted: Wanted) -> NewToken:
        """Create a token that reads, or reads and writes, the code of one project."""
        self._check(wanted, DEPLOY_SCOPES)
        return self._create(actor, "deploy", wanted, project=project)

    def create_for_transfer(self, actor: Actor, scopes: tuple[str, ...], life: timedelta) -> str:
        """Return the secret of a token that acts as the actor for a short time. Those that are too old go away."""
        secret, now = new_secret("hwp"), self._clock()
        values = {
            "kind": _TRANSFER,
            "name": _TRANSFER,
            "secret_hash": secret_hash(secret),
            "account_id": actor.account_id,
            "project_id": actor.project_id,
            "scopes": " ".join(scopes),
            "created": now,
            "created_by": actor.account_id,
            "expires": now + life,
        }

        def work(connection: Connection) -> None:
            connection.execute(delete(token).where(token.c.kind == _TRANSFER, token.c.expires < now))
            connection.execute(insert(token).values(values))

        self._database.write(work)
        return secret

    def own(self, actor: Actor) -> list[Token]:
        """Return the actor's tokens that are not revoked, newest first."""
        account_id = self._own_account(actor)
        return self._database.read(lambda connection: _list(connection, account_id=account_id))

    def of_account(self, account_id: int) -> list[Token]:
        """Return the tokens of a service account."""
        return self._database.read(lambda connection: _list(connection, account_id=account_id))

    def of_project(self, project_id: int) -> list[Token]:
        """Return the deploy tokens of a project."""
        return self._database.read(lambda connection: _list(connection, project_id=project_id))

    def revoke(
        self, actor: Actor, token_id: int, *, account_id: int | None = None, project: Project | None = None
    ) -> None:
        """Revoke a token of an account or project. Idempotent. Raises ``NotFoundError`` when it is not theirs."""
        owner = token.c.project_id == project.id if project else token.c.account_id == account_id

        def work(connection: Connection) -> None:
            row = connection.execute(select(token.c.revoked).where(token.c.id == token_id, owner)).one_or_none()
            if row is None:
                raise NotFoundError("there is no such token")
            if row[0] is not None:
                return
            connection.execute(update(token).where(token.c.id == token_id).values(revoked=self._clock()))
            self._tell(connection, "token.revoked", actor, token_id, project)

        self._database.write(work)

    def revoke_own(self, actor: Actor, token_id: int) -> None:
        """Revoke one of the actor's tokens."""
        self.revoke(actor, token_id, account_id=self._own_account(actor))

    def _create(
        self,
        actor: Actor,
        kind: TokenKind,
        wanted: Wanted,
        account_id: int | None = None,
        project: Project | None = None,
    ) -> NewToken:
        secret, now = new_secret("hwd" if kind == "deploy" else "hwp"), self._clock()
        values = {
            "kind": kind,
            "name": wanted.name.strip(),
            "secret_hash": secret_hash(secret),
            "account_id": account_id,
            "project_id": project.id if project else None,
            "scopes": " ".join(sorted(set(wanted.scopes))),
            "created": now,
            "created_by": actor.account_id,
            "expires": wanted.expires,
        }

        def work(connection: Connection) -> NewToken:
            token_id = connection.execute(insert(token).values(values).returning(token.c.id)).scalar_one()
            data = {"name": values["name"], "scopes": sorted(set(wanted.scopes)), "kind": kind}
            self._tell(connection, "token.created", actor, token_id, project, **data)
            return NewToken(_token(connection.execute(select(token).where(token.c.id == token_id)).one()), secret)

        return self._database.write(work)

    def _check(self, wanted: Wanted, allowed: Collection[str]) -> None:
        problems = [
            Problem("scopes", 0, 0, f"there is no scope '{scope[:40]}' here", f"The scopes: {', '.join(allowed)}")
            for scope in wanted.scopes
            if scope not in allowed
        ]
        if not wanted.scopes:
            problems.append(Problem("scopes", 0, 0, "a token without scopes can do nothing", "Choose at least one"))
        if not wanted.name.strip() or len(wanted.name) > 100:
            problems.append(Problem("name", 0, 0, "a token has a name of 1 to 100 characters", "Say what uses it"))
        if wanted.expires and wanted.expires <= self._clock():
            problems.append(Problem("expires", 0, 0, "this time has passed", "Give one in the future, or none"))
        if problems:
            raise InputError(problems)

    @staticmethod
    def _own_account(actor: Actor) -> int:
        if actor.account_id is None:
            raise UnauthenticatedError("sign in to manage your tokens")
        if not scopes_allow(actor.scopes, "write:user"):
            raise MissingScopeError("write:user", "manage tokens")
        return actor.account_id

    def _tell(
        self,
        connection: Connection,
        predicate: str,
        actor: Actor,
        token_id: int,
        project: Project | None,
        **data: object,
    ) -> None:
        self._ledger.append(
            connection,
            own_event(predicate),
            subject("token", token_id),
            actor=actor.subject,
            project=project.ledger_name if project else "",
            data=data,
        )


def _check_own(actor: Actor, wanted: Wanted) -> None:
    """A token makes no token that is good for more than itself."""
    missing = [scope for scope in wanted.scopes if not scopes_allow(actor.scopes, scope)]  # type: ignore[arg-type]
    if missing:
        raise MissingScopeError(missing[0], "give it to another token")


def _list(connection: Connection, account_id: int | None = None, project_id: int | None = None) -> list[Token]:
    owner = token.c.account_id == account_id if project_id is None else token.c.project_id == project_id
    managed = token.c.revoked.is_(None) & (token.c.kind != _TRANSFER)
    query = select(token).where(owner, managed).order_by(token.c.id.desc()).limit(500)
    return [_token(row) for row in connection.execute(query)]


def _token(row: AnyRow) -> Token:
    scopes = tuple(row.scopes.split())
    return Token(row.id, row.kind, row.name, scopes, row.created, row.expires, row.used, row.revoked)
