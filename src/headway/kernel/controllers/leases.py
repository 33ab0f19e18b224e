"""Leases: of several servers on one database, one does a piece of work, and another takes over when it is gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from headway.kernel.controllers.tables import lease

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database

LIFE = timedelta(seconds=30)


class Leases:
    """The leases that one server holds, each for ``life`` at a time."""

    def __init__(self, database: Database, clock: Clock, holder: str, life: timedelta = LIFE) -> None:
        self._database = database
        self._clock = clock
        self._holder = holder
        self._life = life
        self._until: dict[str, datetime] = {}

    def hold(self, name: str) -> bool:
        """Take or renew a lease, and return whether it is held. Free of cost while it is fresh."""
        now = self._clock()
        if self._until.get(name, now) - now > self._life * 2 / 3:
            return True
        if not self._database.read(lambda connection: _may_take(connection, name, self._holder, now)):
            self._until.pop(name, None)
            return False
        until = now + self._life
        held = self._database.write(lambda connection: _take(connection, name, self._holder, now, until))
        if held:
            self._until[name] = until
        else:
            self._until.pop(name, None)
        return held

    def release_all(self) -> None:
        """Give all leases back, so that another server need not wait for their end."""
        self._until.clear()
        self._database.write(lambda connection: connection.execute(delete(lease).where(lease.c.holder == self._holder)))


def _may_take(connection: Connection, name: str, holder: str, now: datetime) -> bool:
    row = connection.execute(select(lease.c.holder, lease.c.until).where(lease.c.name == name)).one_or_none()
    return row is None or row.holder == holder or row.until <= now


def _take(connection: Connection, name: str, holder: str, now: datetime, until: datetime) -> bool:
    free = or_(lease.c.holder == holder, lease.c.until <= now)
    taken = update(lease).where(lease.c.name == name, free).values(holder=holder, until=until)
    if connection.execute(taken).rowcount:
        return True
    if connection.execute(select(lease.c.name).where(lease.c.name == name)).first():
        return False
    try:
        with connection.begin_nested():
            connection.execute(insert(lease).values(name=name, holder=holder, until=until))
    except IntegrityError:
        return False  # another server was quicker
    return True
