"""Every way in which events are looked up gives what filtering all of them by hand gives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING

import pytest

from headway.kernel.errors import InputError
from headway.kernel.ids import Ids, earliest_id
from headway.kernel.ledger import tables
from headway.kernel.ledger.appending import append_events
from headway.kernel.ledger.listing import Filter, list_events
from headway.kernel.ledger.records import Event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.kernel.database import Database
    from tests.databases import Times

TYPES = ("dev.cdevents.pipelinerun.finished", "dev.cdevents.change.merged", "dev.cdevents.branch.created")
PROJECTS = ("acme/shop", "acme/api", "other/web", "")
ACTORS = ("person:anna", "person:bert", "system")


def told(clock: Times, count: int = 200) -> list[Event]:
    """Return events of random kinds, some hours apart; the clock is set back a little now and then."""
    random, ids, found = Random(7), Ids(clock), []
    for number in range(count):
        clock.pass_by(minutes=random.choice((1, 20, 300, -25)))
        kind, project, actor = random.choice(TYPES), random.choice(PROJECTS), random.choice(ACTORS)
        found.append(Event(ids.uuid(), kind, f"run:{number % 17}", actor, project, clock(), {}))
    return found


def expected(events: Sequence[Event], wanted: Filter, visible: Sequence[str] | None) -> list[Event]:
    return [
        each
        for each in sorted(events, key=lambda each: each.id, reverse=True)
        if (visible is None or each.project in visible)
        and all(
            not getattr(wanted, name) or getattr(each, name) == getattr(wanted, name) for name in wanted._fields[:4]
        )
        and (wanted.since is None or each.time >= wanted.since)
        and (wanted.until is None or each.time < wanted.until)
    ]


def test_every_filter_finds_what_it_should_for_those_who_see_all_some_or_none(database: Database, clock: Times) -> None:
    start, events = clock.now, told(clock)
    database.write(lambda connection: append_events(connection, [(event, ()) for event in events]))
    random = Random(11)
    for _ in range(150):
        since = start + timedelta(hours=random.randrange(500)) if random.random() < 0.4 else None
        until = start + timedelta(hours=random.randrange(900)) if random.random() < 0.4 else None
        one = {name: random.choice(values) for name, values in CHOICES.items() if random.random() < 0.4}
        wanted = Filter(**one, since=since, until=until)
        names = random.sample(PROJECTS, random.randrange(5))
        should = expected(events, wanted, names)
        for visible in (names, tables.event.c.project.in_(names)):
            found, after = [], ""
            while True:
                page = database.read(lambda connection: list_events(connection, wanted, visible, after, 7))
                found += [each.event for each in page.items]
                after = page.following
                if not after:
                    break
            assert found == should
        everything = database.read(lambda connection: list_events(connection, wanted, None, "", 500))
        assert [each.event for each in everything.items] == expected(events, wanted, None)


CHOICES = {
    "project": PROJECTS,
    "type": TYPES,
    "subject": tuple(f"run:{number}" for number in range(20)),
    "actor": ACTORS,
}


@pytest.mark.parametrize("after", ["", "!", "bm90", "WyJub3QtYS11dWlkIl0", "WzFd"])
def test_a_cursor_that_is_none_is_refused(database: Database, after: str) -> None:
    if not after:
        assert database.read(lambda connection: list_events(connection, Filter(), None, after, 5)).items == ()
        return
    with pytest.raises(InputError, match="not a cursor"):
        database.read(lambda connection: list_events(connection, Filter(), None, after, 5))


@pytest.mark.parametrize("year", [1, 1969, 9999])
def test_a_time_that_no_id_has_is_no_error(database: Database, clock: Times, year: int) -> None:
    events = told(clock, 5)
    database.write(lambda connection: append_events(connection, [(event, ()) for event in events]))
    moment = datetime(year, 1, 1, tzinfo=UTC)
    page = database.read(lambda connection: list_events(connection, Filter(since=moment), None, "", 9))
    assert len(page.items) == (0 if year == 9999 else 5)
    page = database.read(lambda connection: list_events(connection, Filter(until=moment), None, "", 9))
    assert len(page.items) == (5 if year == 9999 else 0)


def test_the_earliest_id_of_a_time_is_before_all_that_are_made_then_and_after_those_before(clock: Times) -> None:
    ids = Ids(clock)
    before, moment = ids.uuid(), clock.now + timedelta(milliseconds=2)
    clock.pass_by(milliseconds=2)
    assert before < earliest_id(moment) < ids.uuid()
    assert earliest_id(moment, timedelta(milliseconds=-2)) <= before
