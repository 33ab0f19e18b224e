"""Changing the key of secrets, while the server runs.

The new key is added to the key file, then made the one in use, then everything is encrypted anew in steps, then the
old key is taken away. Killed at any point, the next call goes on: whoever reads finds the key that a row names in the
file, and whoever writes uses the key that the database says is in use.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import update

from headway.kernel.ledger.records import subject
from headway.kernel.ledger.types import own_event
from headway.kernel.logs import log
from headway.kernel.secrets import store
from headway.kernel.secrets.cipher import Key, decrypted, encrypted, new_key
from headway.kernel.secrets.errors import SecretsUnreadableError
from headway.kernel.secrets.keys import Keyring
from headway.kernel.secrets.tables import secret

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from headway.kernel.identity.actors import Actor
    from headway.kernel.secrets.service import Secrets

STEP = 100


class Rotated(NamedTuple):
    """What was done: how many secrets were encrypted anew, and how many could not be read."""

    anew: int
    unreadable: int


class _Step(NamedTuple):
    anew: int
    last: int


def rotate(secrets: Secrets, actor: Actor, *, lost_key: bool = False) -> Rotated:
    """Encrypt all secrets with a new key, or go on with a rotation that was broken off.

    With a key in the settings it is the first there that becomes the one in use. ``lost_key``: make a new key though
    the old one is not here. Raises ``SecretsUnreadableError``.
    """
    problem = secrets.state().problem
    if problem and not lost_key:
        raise SecretsUnreadableError(problem)
    ring, wanted = _with_wanted_key(secrets, lost_key=lost_key)
    _make_current(secrets, actor, wanted)
    anew, last = 0, 0
    while step := secrets.parts.database.write(partial(_encrypt_anew, ring=ring, wanted=wanted, after=last)):
        anew, last = anew + step.anew, step.last
    used = secrets.parts.database.read(store.keys_in_use)
    if not secrets.keys.is_set:
        secrets.keys.replace(Keyring(tuple(key for key in ring.keys if key == wanted or key.id in used)))
    unreadable = sum(number for key_id, number in used.items() if key_id != wanted.id)
    return Rotated(anew, unreadable)


def _with_wanted_key(secrets: Secrets, *, lost_key: bool) -> tuple[Keyring, Key]:
    """Return the keyring as it is in the file by now, and which of its keys shall be in use."""
    try:
        ring = secrets.keys.load()
    except SecretsUnreadableError:
        if secrets.keys.is_set or not lost_key:
            raise
        secrets.keys.path.replace(secrets.keys.path.with_name("key.unreadable"))
        ring = Keyring(())
    if secrets.keys.is_set:
        return ring, ring.keys[0]
    current, used = secrets.parts.database.read(lambda c: (store.current_key(c), store.keys_in_use(c)))
    begun = len(ring.keys) > 1 and ring.keys[0].id != current
    unfinished = ring.keys and any(ring.get(key_id) for key_id in used if key_id != ring.keys[0].id)
    if begun or (unfinished and ring.keys[0].id == current):
        return ring, ring.keys[0]
    wanted = new_key()
    ring = Keyring((wanted, *ring.keys))
    secrets.keys.replace(ring)
    return ring, wanted


def _make_current(secrets: Secrets, actor: Actor, wanted: Key) -> None:
    def work(connection: Connection) -> None:
        if store.current_key(connection) == wanted.id:
            return
        store.make_current(connection, wanted.id, secrets.parts.clock())
        installation = subject("installation", "headway")
        data = {"key": wanted.id}
        secrets.parts.ledger.append(connection, own_event("key.rotated"), installation, actor=actor.subject, data=data)

    secrets.parts.database.write(work)


def _encrypt_anew(connection: Connection, ring: Keyring, wanted: Key, after: int) -> _Step | None:
    found = store.with_other_keys(connection, wanted.id, [key.id for key in ring.keys], after, STEP)
    anew = 0
    for row in found:
        try:
            value = decrypted(next(key for key in ring.keys if key.id == row.key_id), row.place, row.name, row.data)
        except SecretsUnreadableError as error:
            log.error("a secret could not be encrypted anew", problem=str(error), place=row.place)
            continue
        values = {"key_id": wanted.id, "data": encrypted(wanted, row.place, row.name, value)}
        connection.execute(update(secret).where(secret.c.id == row.id).values(values))
        anew += 1
    return _Step(anew, found[-1].id) if found else None
