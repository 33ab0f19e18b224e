from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from headway.kernel.errors import LimitError
from headway.kernel.ids import Ids
from headway.kernel.ledger.appending import MOST_BYTES, Ledger
from headway.kernel.ledger.listing import Filter, list_events
from headway.kernel.ledger.reading import sealed_after
from headway.kernel.ledger.records import Link
from headway.kernel.ledger.sealing import Flaw, head_of, seal_all, seal_some, verify

if TYPE_CHECKING:
    from headway.kernel.database import Database
    from tests.databases import Times

FINISHED = "dev.cdevents.pipelinerun.finished"


@pytest.fixture
def ledger(clock: Times) -> Ledger:
    return Ledger(clock, Ids(clock))


def tell(database: Database, ledger: Ledger, number: int, **data: object) -> None:
    links = [Link(f"commit:acme/shop@{number}", "tested-by", f"run:{number}")]
    database.write(
        lambda connection: ledger.append(
            connection, FINISHED, f"run:{number}", actor="person:anna", project="acme/shop", data=data, links=links
        )
    )


def flaws(database: Database) -> list[Flaw]:
    return [
        found
        for found in database.snapshot(lambda connection: list(verify(connection, batch=3)))
        if isinstance(found, Flaw)
    ]


def test_events_are_sealed_in_the_order_of_their_ids(database: Database, ledger: Ledger) -> None:
    for number in range(7):
        tell(database, ledger, number, outcome="success")
    assert seal_all(database) == 7
    assert seal_all(database) == 0
    sealed = database.read(lambda connection: sealed_after(connection, 2, 3))
    assert [(each.position, each.event.subject) for each in sealed] == [(3, "run:2"), (4, "run:3"), (5, "run:4")]
    assert sealed[0].event.data == {"outcome": "success"}
    assert database.read(head_of).position == 7
    assert flaws(database) == []


def test_an_event_is_not_sealed_unless_its_change_is_committed(database: Database, ledger: Ledger) -> None:
    def fails(connection: object) -> None:
        ledger.append(connection, FINISHED, "run:1", actor="system")  # type: ignore[arg-type]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        database.write(fails)
    assert seal_all(database) == 0


def test_sealers_that_run_at_the_same_time_make_one_chain(database: Database, ledger: Ledger) -> None:
    def work(start: int) -> None:
        for number in range(start, start + 15):
            tell(database, ledger, number)
            database.write(lambda connection: seal_some(connection, 4))

    threads = [threading.Thread(target=work, args=(start,)) for start in (0, 100, 200, 300)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seal_all(database)
    assert database.read(head_of).position == 60
    assert flaws(database) == []


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE event SET actor = 'person:eve' WHERE subject = 'run:3'", [4]),
        ("UPDATE event SET data = '{\"outcome\":\"failure\"}' WHERE subject = 'run:0'", [1]),
        ("UPDATE link SET target = 'run:99' WHERE target = 'run:5'", [6]),
        ("DELETE FROM link WHERE target = 'run:5'", [6]),
        ("DELETE FROM seal WHERE position = 3", [4, 4]),
        ("DELETE FROM seal WHERE position = 8", [8]),
        ("UPDATE seal SET hash = (SELECT hash FROM seal WHERE position = 2) WHERE position = 5", [5, 6]),
    ],
)
def test_whatever_is_tampered_with_is_found(
    database: Database, ledger: Ledger, tampering: str, found: list[int]
) -> None:
    for number in range(8):
        tell(database, ledger, number, outcome="success")
    seal_all(database)
    for table in ("event", "link", "seal"):
        for name in (
            (f"{table}_no_update", f"{table}_no_delete") if database.is_sqlite else (f"{table}_is_append_only",)
        ):
            on = "" if database.is_sqlite else f" ON {table}"
            database.write(lambda connection: connection.execute(text(f"DROP TRIGGER {name}{on}")))
    database.write(lambda connection: connection.execute(text(tampering)))
    assert [flaw.position for flaw in flaws(database)] == found


def test_data_that_is_too_long_is_refused(database: Database, ledger: Ledger) -> None:
    with pytest.raises(LimitError, match="may be 262144 characters"):
        tell(database, ledger, 1, text="x" * MOST_BYTES)
    with pytest.raises(LimitError, match="a subject may be 500"):
        database.write(lambda connection: ledger.append(connection, FINISHED, "branch:" + "x" * 500, actor="system"))


def test_what_the_ledger_has_no_word_for_is_refused(database: Database, ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="not a type of event"):
        database.write(lambda connection: ledger.append(connection, "dev.cdevents.run.done", "run:1", actor="system"))
    links = [Link("a", "likes", "b")]
    with pytest.raises(ValueError, match="not a kind of link"):
        database.write(lambda connection: ledger.append(connection, FINISHED, "run:1", actor="system", links=links))


@pytest.mark.parametrize("odd", ["\x00", "\udc80 half a character", "😀", "line\nbreak", '"quoted" \\ back'])
def test_odd_characters_in_data_come_back_as_they_were(database: Database, ledger: Ledger, odd: str) -> None:
    tell(database, ledger, 1, text=odd)
    seal_all(database)
    assert database.read(lambda connection: sealed_after(connection, 0, 1))[0].event.data == {"text": odd}
    assert flaws(database) == []


def test_a_list_of_events_is_filtered_and_comes_in_pages(database: Database, ledger: Ledger) -> None:
    for number in range(12):
        tell(database, ledger, number)
    seal_all(database)
    for visible in (None, ["acme/shop", "acme/other"]):
        found: list[str] = []
        after = ""
        while True:
            page = database.read(lambda connection: list_events(connection, Filter("acme/shop"), visible, after, 5))
            found += [each.event.subject for each in page.items]
            after = page.following
            if not after:
                break
        assert found == [f"run:{number}" for number in reversed(range(12))]
    assert database.read(lambda connection: list_events(connection, Filter(), ["acme/other"], "", 5)).items == ()
    assert database.read(lambda connection: list_events(connection, Filter(), [], "", 5)).items == ()
    one = database.read(lambda connection: list_events(connection, Filter(subject="run:3"), None, "", 5))
    assert [each.event.subject for each in one.items] == ["run:3"]
