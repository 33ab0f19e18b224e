"""Secrets of Headway's own parts, such as what a webhook signs with: encrypted like others, and no run sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.kernel.errors import NotFoundError
from headway.kernel.secrets import store
from headway.kernel.secrets.cipher import decrypted, encrypted
from headway.kernel.secrets.errors import SecretsUnreadableError
from headway.kernel.secrets.places import Place
from headway.kernel.secrets.tables import secret

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from headway.kernel.secrets.service import Secrets


def keep(secrets: Secrets, purpose: str, name: str, value: str) -> None:
    """Keep a secret of a part, in place of the one of that name. Raises ``SecretsUnreadableError`` without a key."""
    place = Place(purpose=f"{purpose}/{name}")

    def work(connection: Connection) -> None:
        key = secrets.keys.load().get(store.current_key(connection, held=True) or "")
        if key is None:
            raise SecretsUnreadableError(secrets.state().problem or "the key of secrets is not here")
        values = {"key_id": key.id, "data": encrypted(key, place.key, name, value)}
        more = {"changed": secrets.parts.clock(), "changed_by": "system"}
        store.put(connection, secret, place, name, values | more)

    secrets.parts.database.write(work)


def reveal(secrets: Secrets, purpose: str, name: str) -> str:
    """Return a secret of a part. Raises ``NotFoundError`` and ``SecretsUnreadableError``."""
    place = Place(purpose=f"{purpose}/{name}")
    rows = secrets.parts.database.read(lambda connection: store.rows(connection, secret, [place]))
    if not rows:
        raise NotFoundError(f"there is no secret of {purpose} '{name}'")
    key = secrets.keys.load().get(rows[0].key_id)
    if key is None:
        raise SecretsUnreadableError(secrets.state().problem)
    return decrypted(key, place.key, name, rows[0].data)


def forget(secrets: Secrets, purpose: str, name: str) -> None:
    """Delete a secret of a part. Idempotent."""
    place = Place(purpose=f"{purpose}/{name}")

    def work(connection: Connection) -> None:
        if store.rows(connection, secret, [place]):
            store.take_away(connection, secret, place, name)

    secrets.parts.database.write(work)
