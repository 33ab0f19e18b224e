"""What the database knows of secrets and variables. Functions of a connection."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, update

from headway.kernel.errors import LimitError, NotFoundError
from headway.kernel.secrets.places import MOST_PER_PLACE, Place
from headway.kernel.secrets.tables import secret, secret_key, variable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from sqlalchemy import Table
    from sqlalchemy.engine import Connection

    from headway.kernel.database.tables import AnyRow


def put(connection: Connection, table: Table, place: Place, name: str, values: Mapping[str, object]) -> None:
    """Set a secret or variable, in place of the one of that name. Raises ``LimitError`` when there are too many."""
    here = table.c.place == place.key
    changed = update(table).where(here, table.c.name == name).values(dict(values))
    if connection.execute(changed).rowcount:
        return
    if connection.execute(select(func.count()).select_from(table).where(here)).scalar_one() >= MOST_PER_PLACE:
        raise LimitError(f"there are {MOST_PER_PLACE} here already, and that is the most")
    named = {"place": place.key, "name": name, "project_id": place.project_id, "environment": place.environment}
    connection.execute(insert(table).values(named | dict(values)))


def forget_project(connection: Connection, project_id: int) -> None:
    """Delete the secrets and variables of a project that is erased, and of its environments."""
    for table in (secret, variable):
        connection.execute(delete(table).where(table.c.project_id == project_id))


def take_away(connection: Connection, table: Table, place: Place, name: str) -> None:
    """Delete a secret or variable. Raises ``NotFoundError``."""
    gone = delete(table).where(table.c.place == place.key, table.c.name == name)
    if not connection.execute(gone).rowcount:
        raise NotFoundError(f"there is no '{name}' here")


def rows(connection: Connection, table: Table, places: Iterable[Place]) -> list[AnyRow]:
    """Return what is set in some places, by name."""
    query = select(table).where(table.c.place.in_([place.key for place in places]))
    return list(connection.execute(query.order_by(table.c.name)))


def current_key(connection: Connection, *, held: bool = False) -> str | None:
    """Return the id of the key in use, ``None`` before there is one; ``held``: it stays so in this transaction."""
    query = select(secret_key.c.id).where(secret_key.c.current.is_(True))
    return connection.execute(query.with_for_update(read=True) if held else query).scalar_one_or_none()


def make_current(connection: Connection, key_id: str, now: datetime) -> None:
    """Let a key be the one in use."""
    connection.execute(update(secret_key).where(secret_key.c.current.is_(True)).values(current=False))
    known = update(secret_key).where(secret_key.c.id == key_id).values(current=True)
    if not connection.execute(known).rowcount:
        connection.execute(insert(secret_key).values(id=key_id, created=now, current=True))


def with_other_keys(
    connection: Connection, key_id: str, readable: Iterable[str], after: int, limit: int
) -> list[AnyRow]:
    """Return secrets that are encrypted with other keys that are here, locked meanwhile, by id."""
    others = [each for each in readable if each != key_id]
    query = select(secret).where(secret.c.key_id.in_(others), secret.c.id > after).order_by(secret.c.id).limit(limit)
    return list(connection.execute(query.with_for_update()))


def keys_in_use(connection: Connection) -> dict[str, int]:
    """Return how many secrets are encrypted with each key."""
    query = select(secret.c.key_id, func.count()).group_by(secret.c.key_id)
    return {row[0]: row[1] for row in connection.execute(query)}
