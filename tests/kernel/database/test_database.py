from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from headway.kernel.database import DatabaseBusyError, DatabaseError, DatabaseUnavailableError, open_database
from headway.kernel.database.tables import microseconds
from headway.kernel.errors import InputError
from headway.kernel.identity.tables import throttle

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from headway.kernel.database import Database
    from tests.databases import Times


def add(connection: Connection, key: str, clock: Times) -> str:
    connection.execute(insert(throttle).values(key=key, failures=1, until=clock()))
    return key


def keys(database: Database) -> list[str]:
    return list(
        database.read(lambda connection: connection.execute(select(throttle.c.key).order_by(throttle.c.key))).scalars()
    )


def test_what_was_written_can_be_read(database: Database, clock: Times) -> None:
    assert database.write(lambda connection: add(connection, "one", clock)) == "one"
    assert keys(database) == ["one"]


def test_a_time_comes_back_as_it_was_to_the_microsecond(database: Database, clock: Times) -> None:
    database.write(lambda connection: add(connection, "one", clock))
    found = database.read(lambda connection: connection.execute(select(throttle.c.until)).scalar_one())
    assert found == clock.now
    assert found.utcoffset().total_seconds() == 0


def test_a_change_that_fails_leaves_nothing_and_harms_no_other(database: Database, clock: Times) -> None:
    def fails(connection: Connection) -> None:
        add(connection, "half", clock)
        raise ValueError("no")

    outcomes: list[str] = []

    def change(number: int) -> None:
        try:
            database.write(fails if number % 3 == 0 else lambda connection: add(connection, f"n{number:02}", clock))
            outcomes.append("done")
        except ValueError:
            outcomes.append("failed")

    threads = [threading.Thread(target=change, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["done"] * 20 + ["failed"] * 10
    assert keys(database) == [f"n{number:02}" for number in range(30) if number % 3]


def test_a_broken_constraint_is_told_to_the_one_who_broke_it(database: Database, clock: Times) -> None:
    database.write(lambda connection: add(connection, "one", clock))
    with pytest.raises(IntegrityError):
        database.write(lambda connection: add(connection, "one", clock))
    assert keys(database) == ["one"]


def test_counters_that_are_read_and_written_by_many_lose_nothing(database: Database, clock: Times) -> None:
    database.write(lambda connection: add(connection, "count", clock))

    def increment(connection: Connection) -> None:
        found = connection.execute(select(throttle.c.failures).with_for_update()).scalar_one()
        connection.execute(throttle.update().values(failures=found + 1))

    threads = [threading.Thread(target=lambda: [database.write(increment) for _ in range(10)]) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert database.read(lambda connection: connection.execute(select(throttle.c.failures)).scalar_one()) == 61


def test_reading_cannot_write(database: Database, clock: Times) -> None:
    with pytest.raises((DBAPIError, DatabaseUnavailableError), match=r"read.?only"):
        database.read(lambda connection: add(connection, "one", clock))
    assert keys(database) == []


def test_a_snapshot_does_not_see_what_is_written_meanwhile(database: Database, clock: Times) -> None:
    def look_twice(connection: Connection) -> tuple[int, int]:
        query = select(func.count()).select_from(throttle)
        before = connection.execute(query).scalar_one()
        database.write(lambda writing: add(writing, "meanwhile", clock))
        return before, connection.execute(query).scalar_one()

    assert database.snapshot(look_twice) == (0, 0)
    assert keys(database) == ["meanwhile"]


def test_those_who_listen_hear_of_each_commit(database: Database, clock: Times) -> None:
    heard: list[int] = []
    database.after_commit(lambda: heard.append(1))
    database.write(lambda connection: add(connection, "one", clock))
    with pytest.raises(ZeroDivisionError):
        database.write(lambda _: 1 / 0)
    assert heard == [1]


def test_an_address_that_is_no_database_says_what_is_expected() -> None:
    with pytest.raises(DatabaseError, match="'mysql' is not a database that Headway knows"):
        open_database("mysql://localhost/x")


def test_a_change_must_not_wait_for_another_change(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/x.sqlite")
    with pytest.raises(AssertionError, match="must not wait"):
        database.write(lambda _: database.write(lambda _: None))
    database.close()


def test_a_change_whose_turn_does_not_come_is_given_up(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/x.sqlite")
    began, go_on = threading.Event(), threading.Event()

    def slow(_: Connection) -> None:
        began.set()
        go_on.wait(10)

    thread = threading.Thread(target=lambda: database.write(slow))
    thread.start()
    began.wait(10)
    with pytest.raises(DatabaseBusyError, match="try again"):
        database.write(lambda connection: connection.execute(text("CREATE TABLE never (x)")), timeout=0.05)
    go_on.set()
    thread.join()
    with pytest.raises(DBAPIError, match="no such table"):
        database.read(lambda connection: connection.execute(text("SELECT * FROM never")))
    database.close()


def test_after_closing_nothing_is_taken_any_more(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path}/x.sqlite")
    database.close()
    with pytest.raises(DatabaseUnavailableError, match="shutting down"):
        database.write(lambda _: None)


def test_a_full_disk_is_told_and_is_over_when_there_is_room(
    tmp_path: Path, clock: Times, sqlite_template: Path
) -> None:
    path = tmp_path / "x.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    database = open_database(f"sqlite:///{path}")
    pages = database.read(lambda connection: connection.execute(text("PRAGMA page_count")).scalar_one())
    database.write(lambda connection: connection.execute(text(f"PRAGMA max_page_count = {pages}")))

    def fill() -> None:
        for number in range(2000):
            database.write(lambda connection: add(connection, f"{number:0190}", clock))

    with pytest.raises(DatabaseUnavailableError, match=r"disk.* is full"):
        fill()
    before = len(keys(database))
    database.write(lambda connection: connection.execute(text("PRAGMA max_page_count = 1000000")))
    database.write(lambda connection: add(connection, "again", clock))
    assert len(keys(database)) == before + 1
    database.close()


def test_a_database_that_is_locked_by_another_program_is_waited_for(
    tmp_path: Path, clock: Times, sqlite_template: Path
) -> None:
    path = tmp_path / "x.sqlite"
    path.write_bytes(sqlite_template.read_bytes())
    ours, theirs = open_database(f"sqlite:///{path}"), open_database(f"sqlite:///{path}")
    held = threading.Event()

    def hold(connection: Connection) -> None:
        add(connection, "theirs", clock)
        held.set()
        time.sleep(0.3)

    thread = threading.Thread(target=lambda: theirs.write(hold))
    thread.start()
    held.wait(10)
    ours.write(lambda connection: add(connection, "ours", clock))
    thread.join()
    assert keys(ours) == ["ours", "theirs"]
    ours.close()
    theirs.close()


def test_a_number_that_no_column_can_hold_is_told_as_a_mistake(database: Database) -> None:
    query = select(throttle.c.key).where(throttle.c.failures == 2**70)
    with pytest.raises(InputError, match="out of range"):
        database.read(lambda connection: connection.execute(query).all())
    with pytest.raises(InputError, match="out of range"):
        database.write(lambda connection: connection.execute(throttle.update().values(failures=2**70)))


def test_what_was_written_is_in_no_error(database: Database, clock: Times) -> None:
    database.write(lambda connection: add(connection, "a-private-thing", clock))
    with pytest.raises(IntegrityError) as caught:
        database.write(lambda connection: add(connection, "a-private-thing", clock))
    assert str(microseconds(clock.now)) not in str(caught.value)
