from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from headway.kernel.ids import Ids
from headway.kernel.ledger.appending import Ledger
from headway.kernel.ledger.sealing import seal_all
from headway.kernel.ledger.subscriptions import Subscription

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.engine import Connection

    from headway.kernel.database import Database
    from headway.kernel.ledger.records import SealedEvent
    from tests.databases import Times


def tell(database: Database, clock: Times, *numbers: int) -> None:
    ledger = Ledger(clock, Ids(clock))
    for number in numbers:
        database.write(
            lambda connection: ledger.append(
                connection, "dev.cdevents.pipelinerun.queued", f"run:{number}", actor="system"
            )
        )
    seal_all(database)


class Heard:
    def __init__(self) -> None:
        self.subjects: list[str] = []
        self.fails_at = ""

    def __call__(self, _connection: Connection, events: Sequence[SealedEvent]) -> None:
        for each in events:
            if each.event.subject == self.fails_at:
                raise ZeroDivisionError
        self.subjects += [each.event.subject for each in events]


def test_every_sealed_event_is_heard_once_in_order(database: Database, clock: Times) -> None:
    heard = Heard()
    subscription = Subscription(database, "test", heard)
    tell(database, clock, 1, 2)
    assert subscription.catch_up() == 2
    tell(database, clock, 3)
    assert Subscription(database, "test", heard).catch_up() == 1
    assert subscription.catch_up() == 0
    assert heard.subjects == ["run:1", "run:2", "run:3"]


def test_a_subscriber_that_fails_hears_it_again(database: Database, clock: Times) -> None:
    heard = Heard()
    subscription = Subscription(database, "test", heard)
    tell(database, clock, 1, 2)
    heard.fails_at = "run:2"
    with pytest.raises(ZeroDivisionError):
        subscription.catch_up()
    heard.fails_at = ""
    assert subscription.catch_up() == 2
    assert heard.subjects == ["run:1", "run:2"]


def test_a_subscriber_may_begin_with_what_comes(database: Database, clock: Times) -> None:
    tell(database, clock, 1)
    heard = Heard()
    subscription = Subscription(database, "test", heard, from_now=True)
    assert subscription.catch_up() == 0
    tell(database, clock, 2)
    subscription.catch_up()
    assert heard.subjects == ["run:2"]


def test_two_servers_that_both_hear_hear_each_event_once(database: Database, clock: Times) -> None:
    heard = Heard()
    tell(database, clock, *range(20))
    threads = [threading.Thread(target=Subscription(database, "test", heard).catch_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(heard.subjects) == sorted(f"run:{number}" for number in range(20))
