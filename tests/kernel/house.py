"""A platform without a server for tests: a real database and a clock that can be moved."""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from headway.kernel.identity.actors import SYSTEM, Actor
from headway.kernel.identity.authentication import actor_of
from headway.kernel.identity.store import account_by_handle
from headway.kernel.ledger.listing import Filter, list_events
from headway.kernel.platform import Platform, make_platform
from headway.kernel.projects import store as projects
from headway.kernel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.kernel.database import Database
    from headway.kernel.ledger.records import Event
    from headway.kernel.projects.records import Project
    from tests.databases import Times

PASSWORD = "seven green bottles"


class House(NamedTuple):
    """The parts of the kernel on a database of a test."""

    platform: Platform
    clock: Times

    def person(
        self, handle: str, *, admin: bool = False, email: str | None = None, password: str | None = None
    ) -> Actor:
        self.platform.identity.create_person(SYSTEM, handle, handle.title(), email, password, admin=admin)
        return self.actor(handle)

    def actor(self, handle: str) -> Actor:
        """Return who somebody is now, with the teams and rights of this moment."""

        def work(connection: Any) -> Actor:
            account = account_by_handle(connection, handle)
            assert account is not None
            return actor_of(connection, account)

        return self.platform.database.read(work)

    def project(self, owner: str, name: str, visibility: str = "private") -> Project:
        def work(connection: Any) -> Project:
            account = account_by_handle(connection, owner)
            assert account is not None
            made = projects.add_project(
                connection, account.id, account.handle, name, self.clock(), visibility=visibility
            )
            found = projects.by_id(connection, made)
            assert found is not None
            return found

        return self.platform.database.write(work)

    def events(self, predicate: str = "") -> list[Event]:
        kind = f"dev.cdeventsx.headway-{predicate}" if predicate else ""
        page = self.platform.database.read(
            lambda connection: list_events(connection, Filter(type=kind), None, "", 1000)
        )
        return [sealed.event for sealed in reversed(page.items)]


@contextmanager
def house_on(database: Database, clock: Times, **settings: Any) -> Iterator[House]:
    """Return the parts of the kernel on a database."""
    with tempfile.TemporaryDirectory() as folder:
        platform = make_platform(Settings(data=Path(folder), database=database.address, **settings), clock)
        yield House(platform, clock)
        platform.database.close()
