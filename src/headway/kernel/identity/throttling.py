"""Slowing down those who guess: after some failures each further attempt has to wait, longer each time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select, update

from headway.kernel.identity.errors import ThrottledError
from headway.kernel.identity.tables import throttle

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.engine import Connection

FREE_FAILURES = {"login": 5, "address": 30, "reset": 3, "reset-address": 10}
"""How many failures cost nothing; asking for a new password counts like one."""
_LONGEST = timedelta(minutes=15)
_FORGOTTEN_AFTER = timedelta(hours=1)


def pause(kind: str, failures: int) -> timedelta:
    """Return how long the next attempt has to wait after so many failures. Pure."""
    beyond = failures - FREE_FAILURES[kind]
    return min(_LONGEST, timedelta(seconds=2 ** min(beyond, 12))) if beyond >= 0 else timedelta(0)


def check(connection: Connection, keys: Iterable[str], now: datetime) -> None:
    """Raise ``ThrottledError`` if an attempt has to wait."""
    query = select(throttle.c.until).where(throttle.c.key.in_(tuple(keys)), throttle.c.until > now)
    latest: datetime | None = max(connection.execute(query).scalars(), default=None)
    if latest:
        raise ThrottledError(int((latest - now).total_seconds()) + 1)


def note_failure(connection: Connection, keys: Iterable[str], now: datetime) -> None:
    """Count a failed attempt."""
    connection.execute(delete(throttle).where(throttle.c.until < now - _FORGOTTEN_AFTER))
    for key in keys:
        counted = update(throttle).where(throttle.c.key == key).values(failures=throttle.c.failures + 1)
        failures = connection.execute(counted.returning(throttle.c.failures)).scalar_one_or_none()
        if failures is None:
            connection.execute(insert(throttle).values(key=key, failures=1, until=now))
        else:
            until = now + pause(key.partition(":")[0], failures)
            connection.execute(update(throttle).where(throttle.c.key == key).values(until=until))


def forget(connection: Connection, keys: Iterable[str]) -> None:
    """Forget failures, since the right person came."""
    connection.execute(delete(throttle).where(throttle.c.key.in_(tuple(keys))))
