"""Finding out who somebody is: from a session's cookie, a token, or a password."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select, update

from headway.kernel.database import DatabaseError
from headway.kernel.identity import store
from headway.kernel.identity.actors import ANONYMOUS, Actor
from headway.kernel.identity.secrets import SHAPE, secret_hash
from headway.kernel.identity.tables import account, session, ssh_key, token
from headway.kernel.ledger.records import subject
from headway.kernel.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.database.tables import AnyRow

_SEEN_EVERY = timedelta(minutes=10)
_SSH_SCOPES = frozenset({"write:code", "write:project"})
"""What an account's key is good for: pushing, also to a new address."""


class Seen(NamedTuple):
    """What authentication found, and whether the time of last use is worth being written."""

    actor: Actor
    table: str = ""
    row: int = 0
    last: datetime | None = None


class Authentication:
    """Turns proofs into actors."""

    def __init__(self, database: Database, clock: Clock, session_life: timedelta) -> None:
        self._database = database
        self._clock = clock
        self._session_life = session_life

    def by_session(self, secret: str) -> Actor:
        """Return whose session it is, or ``ANONYMOUS``."""
        return self._by(secret, "hws", self._session)

    def by_token(self, secret: str) -> Actor:
        """Return who a token acts as, or ``ANONYMOUS``."""
        return self._by(secret, "hw", self._token)

    def by_ssh_key(self, fingerprint: str) -> Actor:
        """Return who a public key acts as, whose possession the client has proved or will; else ``ANONYMOUS``."""
        now = self._clock()
        seen = self._database.read(lambda connection: self._ssh_key(connection, fingerprint))
        self._note_if_due(seen, now)
        return seen.actor

    def _by(self, secret: str, prefix: str, look: Callable[[Connection, bytes, datetime], Seen]) -> Actor:
        if not SHAPE.fullmatch(secret) or not secret.startswith(prefix):
            return ANONYMOUS
        now = self._clock()
        seen = self._database.read(lambda connection: look(connection, secret_hash(secret), now))
        self._note_if_due(seen, now)
        return seen.actor

    def _note_if_due(self, seen: Seen, now: datetime) -> None:
        if seen.row and (seen.last is None or now - seen.last > _SEEN_EVERY):
            try:
                self._database.write(lambda connection: self._note(connection, seen, now))
            except DatabaseError as error:
                # Whoever only reads is served, also while nothing can be written.
                log.warning("the time of last use could not be noted", error=str(error))

    def _note(self, connection: Connection, seen: Seen, now: datetime) -> None:
        if seen.table == "session":
            values = {"seen": now, "expires": now + self._session_life}
            connection.execute(update(session).where(session.c.id == seen.row).values(values))
            return
        table = token if seen.table == "token" else ssh_key
        connection.execute(update(table).where(table.c.id == seen.row).values(used=now))

    def _session(self, connection: Connection, hashed: bytes, now: datetime) -> Seen:
        query = (
            select(session.c.id, session.c.seen, *store.ACCOUNT_COLUMNS)
            .join(account, account.c.id == session.c.account_id)
            .where(session.c.secret_hash == hashed, session.c.expires > now, account.c.suspended.is_(None))
        )
        row = connection.execute(query).one_or_none()
        if row is None:
            return Seen(ANONYMOUS)
        actor = actor_of(connection, store.Account(*row[2:]))._replace(session_id=row[0])
        return Seen(actor, "session", row[0], row[1])

    def _token(self, connection: Connection, hashed: bytes, now: datetime) -> Seen:
        query = select(token).where(token.c.secret_hash == hashed, token.c.revoked.is_(None))
        row = connection.execute(query).one_or_none()
        if row is None or (row.expires and row.expires <= now):
            return Seen(ANONYMOUS)
        scopes = frozenset(row.scopes.split())
        if row.account_id is None:
            return Seen(_deploy_actor(row, scopes), "token", row.id, row.used)
        found = store.account_by_id(connection, row.account_id)
        if found is None or found.suspended:
            return Seen(ANONYMOUS)
        return Seen(actor_of(connection, found)._replace(scopes=scopes), "token", row.id, row.used)

    def _ssh_key(self, connection: Connection, fingerprint: str) -> Seen:
        row = connection.execute(select(ssh_key).where(ssh_key.c.fingerprint == fingerprint)).one_or_none()
        if row is None:
            return Seen(ANONYMOUS)
        if row.account_id is None:
            scopes = frozenset({"write:code"} if row.may_write else {"read:code"})
            actor = _deploy_actor(row, scopes)._replace(subject=subject("token", f"deploy-key:{row.id}"))
            return Seen(actor, "ssh_key", row.id, row.used)
        found = store.account_by_id(connection, row.account_id)
        if found is None or found.suspended:
            return Seen(ANONYMOUS)
        return Seen(actor_of(connection, found)._replace(scopes=_SSH_SCOPES), "ssh_key", row.id, row.used)


def actor_of(connection: Connection, who: store.Account) -> Actor:
    """Return an account as the one who acts, with all that it may."""
    return Actor(
        subject=store.account_subject(who),
        account_id=who.id,
        handle=who.handle,
        name=who.name,
        account_ids=frozenset({who.id}) | store.teams_of(connection, who.id),
        is_administrator=who.is_administrator,
    )


def _deploy_actor(row: AnyRow, scopes: frozenset[str]) -> Actor:
    role = "developer" if "write:code" in scopes else "reporter"
    return Actor(
        subject=subject("token", f"deploy:{row.id}"),
        name=str(row.name),
        scopes=scopes,
        project_id=row.project_id,
        confined_role=role,
    )
