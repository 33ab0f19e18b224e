from __future__ import annotations

import threading
from datetime import timedelta
from typing import TYPE_CHECKING

from headway.kernel.clock import system_clock
from headway.kernel.controllers import Controllers
from headway.kernel.controllers.leases import Leases

if TYPE_CHECKING:
    from headway.kernel.database import Database
    from tests.databases import Times


def test_of_two_servers_one_holds_a_lease_until_it_ends(database: Database, clock: Times) -> None:
    first, second = Leases(database, clock, "first"), Leases(database, clock, "second")
    assert (first.hold("sealer"), second.hold("sealer")) == (True, False)
    clock.pass_by(seconds=25)
    assert (first.hold("sealer"), second.hold("sealer")) == (True, False)
    clock.pass_by(seconds=25)
    assert not second.hold("sealer")
    clock.pass_by(seconds=6)
    assert (second.hold("sealer"), first.hold("sealer")) == (True, False)


def test_a_lease_that_was_given_back_is_free_at_once(database: Database, clock: Times) -> None:
    first, second = Leases(database, clock, "first"), Leases(database, clock, "second")
    assert first.hold("sealer")
    first.release_all()
    assert second.hold("sealer")


def test_leases_last_as_long_as_the_settings_say(database: Database, clock: Times) -> None:
    first = Leases(database, clock, "first", timedelta(seconds=3))
    second = Leases(database, clock, "second")
    assert first.hold("sealer")
    clock.pass_by(seconds=3.5)
    assert second.hold("sealer")


def test_work_that_takes_longer_than_a_lease_is_not_begun_by_another_server(database: Database) -> None:
    life = timedelta(seconds=0.6)
    working, other_ran, go_on = threading.Event(), threading.Event(), threading.Event()

    def work() -> None:
        working.set()
        go_on.wait(30)

    first, second = (Controllers(database, system_clock, life) for _ in range(2))
    first.add("slow", work, every=60)
    first.start()
    assert working.wait(30)
    second.add("slow", other_ran.set, every=0.05)
    second.start()
    assert not other_ran.wait(2)
    go_on.set()
    first.stop()
    assert other_ran.wait(30)
    second.stop()


def test_what_needs_no_lease_runs_on_every_server(database: Database) -> None:
    ran = [threading.Event(), threading.Event()]
    servers = [Controllers(database, system_clock), Controllers(database, system_clock)]
    for server, event in zip(servers, ran, strict=True):
        server.add("settling", event.set, every=60, leased=False)
        server.start()
    assert all(event.wait(30) for event in ran)
    for server in servers:
        server.stop()
