"""How many events a second become durable from 8 clients at once, and how soon the last of them is sealed."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from headway.kernel.clock import system_clock
from headway.kernel.controllers import Controllers
from headway.kernel.database import open_database
from headway.kernel.database.upgrading import upgrade
from headway.kernel.ids import Ids
from headway.kernel.ledger.appending import Ledger
from headway.kernel.ledger.records import Link
from headway.kernel.ledger.sealing import head_of, seal_steadily
from headway.kernel.ledger.tables import unsealed
from headway.kernel.ledger.types import own_event
from headway.migrations import NEWEST, SCRIPTS

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from headway.kernel.database import Database

CLIENTS = 8
SECONDS = 8.0


def appended(address: str) -> None:
    """Append to an empty database for some seconds, one event and one link in each transaction; print how it went."""
    database = open_database(address)
    upgrade(database, SCRIPTS, NEWEST)
    controllers = Controllers(database, system_clock)
    database.after_commit(controllers.add("sealer", lambda: seal_steadily(database), every=0.5))
    controllers.start()
    counts = [0] * CLIENTS
    clients = [threading.Thread(target=_append, args=(database, counts, number)) for number in range(CLIENTS)]
    start = time.perf_counter()
    for client in clients:
        client.start()
    lags = []
    while any(client.is_alive() for client in clients):
        lags.append(_unsealed(database))
        time.sleep(0.1)
    taken, written = time.perf_counter() - start, sum(counts)
    while _sealed(database) < written:
        time.sleep(0.005)
    sealed = time.perf_counter() - start - taken
    rate = written / taken
    lags.sort()
    print(f"  {rate:8,.0f} events/s from {CLIENTS} clients; all sealed {sealed:.2f} s after the last (limit 1)")
    print(f"  {lags[int(len(lags) * 0.95)] / rate:8.2f} s of events waited for their seal meanwhile (p95)")
    controllers.stop()
    database.close()


def _append(database: Database, counts: list[int], number: int) -> None:
    ledger = Ledger(system_clock, Ids(system_clock))
    end = time.perf_counter() + SECONDS

    def work(connection: Connection) -> None:
        about = f"run:{number}-{counts[number]}"
        links = [Link(f"commit:acme/shop@{counts[number]:040x}", "tested-by", about)]
        data = {"pipelineName": "build", "outcome": "success"}
        ledger.append(connection, own_event("push.received"), about, actor="system", data=data, links=links)

    while time.perf_counter() < end:
        database.write(work)
        counts[number] += 1


def _sealed(database: Database) -> int:
    return database.read(lambda connection: head_of(connection).position)


def _unsealed(database: Database) -> int:
    return int(
        database.read(lambda connection: connection.execute(select(func.count()).select_from(unsealed)).scalar_one())
    )
