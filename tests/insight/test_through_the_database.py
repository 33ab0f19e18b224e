"""A life that was written to the ledger, sealed and read back gives the same answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.team_life import generate
from headway.insight.history import History
from headway.kernel.ledger.appending import append_events
from headway.kernel.ledger.reading import links_of, sealed_after
from headway.kernel.ledger.sealing import seal_all
from tests.insight.test_properties import answers

if TYPE_CHECKING:
    from headway.kernel.database import Database


def test_what_the_ledger_keeps_is_all_that_the_answers_need(database: Database) -> None:
    told = list(generate(5, months=0.6, people=5, services=5).told)
    database.write(lambda connection: append_events(connection, told))
    seal_all(database)
    sealed = database.read(lambda connection: sealed_after(connection, 0, len(told) + 1))
    links = database.read(lambda connection: links_of(connection, [entry.event.id for entry in sealed]))
    assert len(sealed) == len(told)
    now = told[-1][0].time
    assert answers(History(sealed, links), now) == answers(History.told(told), now)
    assert len(answers(History(sealed, links), now)) > 4, "there are incidents to be asked about"
