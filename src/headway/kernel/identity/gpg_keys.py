"""OpenPGP keys of people: their signatures are verified with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from headway.kernel.errors import LimitError, NotFoundError, UnauthenticatedError
from headway.kernel.identity.errors import InvalidNameError, MissingScopeError, TakenError
from headway.kernel.identity.gpg_public_keys import gpg_public_key
from headway.kernel.identity.names import checked_name
from headway.kernel.identity.roles import scopes_allow
from headway.kernel.identity.tables import gpg_key, gpg_subkey
from headway.kernel.ledger.types import own_event

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.identity.actors import Actor
    from headway.kernel.identity.roles import Scope
    from headway.kernel.ledger.appending import Ledger

MOST_KEYS = 100


class GpgKey(NamedTuple):
    """A public OpenPGP key. ``fingerprint`` is the primary key's; signatures may be of its subkeys."""

    id: int
    name: str
    fingerprint: str
    public_key: str
    created: datetime
    expires: datetime | None


class GpgKeys:
    """Adds, lists and removes the keys of whoever asks."""

    def __init__(self, database: Database, ledger: Ledger, clock: Clock) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock

    def own(self, actor: Actor) -> list[GpgKey]:
        """Return the actor's keys, newest first. Raises ``UnauthenticatedError`` and ``MissingScopeError``."""
        mine = gpg_key.c.account_id == _own(actor, "read:user")
        columns = tuple(gpg_key.c[name] for name in GpgKey._fields)
        query = select(*columns).where(mine).order_by(gpg_key.c.id.desc()).limit(MOST_KEYS)
        return self._database.read(lambda connection: [GpgKey(*row) for row in connection.execute(query)])

    def add(self, actor: Actor, text: str, name: str = "") -> GpgKey:
        """Add a key; without a name it is called by its first user id.

        Raises ``InvalidNameError``, ``TakenError`` when the key is somebody's already, and ``LimitError``.
        """
        account_id, now = _own(actor, "write:user"), self._clock()
        key = gpg_public_key(text, now)
        name = checked_name(name) or _name_of(key.user_id) or "GPG key"
        values = {
            "account_id": account_id,
            "name": name,
            "fingerprint": key.fingerprint,
            "public_key": key.text,
            "created": now,
            "expires": key.expires,
        }

        def work(connection: Connection) -> GpgKey:
            mine = gpg_key.c.account_id == account_id
            if connection.execute(select(func.count()).where(mine)).scalar_one() >= MOST_KEYS:
                raise LimitError(f"there are {MOST_KEYS} keys already; remove some")
            try:
                key_id = connection.execute(insert(gpg_key).values(values).returning(gpg_key.c.id)).scalar_one()
            except IntegrityError:
                raise TakenError(
                    "this key is in use already; each key belongs to one account. "
                    "To replace yours by a newer copy, remove it first"
                ) from None
            rows = [{"gpg_key_id": key_id, "key_id": each} for each in key.key_ids]
            connection.execute(insert(gpg_subkey), rows)
            self._tell(connection, "gpg-key.added", actor, name, key.fingerprint)
            return GpgKey(key_id, name, key.fingerprint, key.text, now, key.expires)

        return self._database.write(work)

    def remove(self, actor: Actor, key_id: int) -> None:
        """Remove a key: what it signed is no longer verified. Raises ``NotFoundError`` when it is not theirs."""
        account_id = _own(actor, "write:user")

        def work(connection: Connection) -> None:
            which = (gpg_key.c.id == key_id) & (gpg_key.c.account_id == account_id)
            row = connection.execute(select(gpg_key.c.name, gpg_key.c.fingerprint).where(which)).one_or_none()
            if row is None:
                raise NotFoundError("there is no such key")
            connection.execute(delete(gpg_subkey).where(gpg_subkey.c.gpg_key_id == key_id))
            connection.execute(delete(gpg_key).where(which))
            self._tell(connection, "gpg-key.removed", actor, row[0], row[1])

        self._database.write(work)

    def _tell(self, connection: Connection, event: str, actor: Actor, name: str, fingerprint: str) -> None:
        data = {"name": name, "fingerprint": fingerprint}
        self._ledger.append(connection, own_event(event), actor.subject, actor=actor.subject, data=data)


def _own(actor: Actor, scope: Scope) -> int:
    if actor.account_id is None:
        raise UnauthenticatedError("sign in to manage your GPG keys")
    if not scopes_allow(actor.scopes, scope):
        raise MissingScopeError(scope, "manage GPG keys")
    return actor.account_id


def _name_of(user_id: str) -> str:
    try:
        return checked_name(user_id[:100])
    except InvalidNameError:
        return ""
