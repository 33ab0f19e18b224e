"""Walks and paths, compared with the simplest way to find them in memory."""

from __future__ import annotations

from collections import deque
from random import Random
from typing import TYPE_CHECKING

from headway.kernel.ids import Ids
from headway.kernel.ledger.appending import append_events
from headway.kernel.ledger.links import LINK_KINDS
from headway.kernel.ledger.records import HUBS, Event, Link, kind_of
from headway.kernel.ledger.traversing import links_at, path, walk

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headway.kernel.database import Database
    from tests.databases import Times

FINISHED = "dev.cdevents.pipelinerun.finished"


def link_up(database: Database, clock: Times, links: Sequence[Link]) -> None:
    events = [
        (Event(Ids(clock).uuid(), FINISHED, "run:1", "system", "acme/shop", clock(), {}), (each,)) for each in links
    ]
    database.write(lambda connection: append_events(connection, events))


def some_links(random: Random) -> list[Link]:
    """Return a sparse graph of runs and commits, with a person here and there whom many know."""
    subjects = [f"run:{n}" for n in range(25)] + [f"commit:acme/shop@{n}" for n in range(25)]
    hubs = [f"person:{n}" for n in range(3)]
    links = [
        Link(random.choice(subjects), random.choice(tuple(LINK_KINDS)), random.choice(subjects)) for _ in range(40)
    ]
    links += [Link(random.choice(subjects), "requested-by", random.choice(hubs)) for _ in range(12)]
    return list(dict.fromkeys(link for link in links if link.source != link.target))


def nearest(links: Iterable[Link], start: str, end: str) -> int | None:
    """Return the length of a shortest path that goes through no hub; ``None`` when there is none."""
    near: dict[str, set[str]] = {}
    for each in links:
        near.setdefault(each.source, set()).add(each.target)
        near.setdefault(each.target, set()).add(each.source)
    lengths, waiting = {start: 0}, deque([start])
    while waiting:
        here = waiting.popleft()
        if here != start and kind_of(here) in HUBS:
            continue
        for there in near.get(here, ()):
            if there not in lengths:
                lengths[there] = lengths[here] + 1
                waiting.append(there)
    return lengths.get(end)


def test_a_path_is_a_shortest_one_whatever_way_its_links_point(database: Database, clock: Times) -> None:
    random = Random(3)
    links = some_links(random)
    link_up(database, clock, links)
    subjects = sorted({end for each in links for end in (each.source, each.target)})
    lengths = []
    for _ in range(150):
        start, end = random.choice(subjects), random.choice(subjects)
        found = database.read(lambda connection: path(connection, start, end))
        length = nearest(links, start, end)
        assert (None if found is None else len(found)) == length, (start, end, found)
        here = start
        for each in found or ():
            assert each in links
            assert here in (each.source, each.target)
            here = each.target if here == each.source else each.source
        assert not found or here == end
        lengths.append(length)
    assert {None, 0, 1, 2, 3, 4} <= set(lengths)


def test_a_path_through_people_is_none_and_one_from_person_to_person_is(database: Database, clock: Times) -> None:
    links = [
        Link("run:1", "requested-by", "person:anna"),
        Link("run:2", "requested-by", "person:anna"),
        Link("run:2", "requested-by", "person:bert"),
    ]
    link_up(database, clock, links)
    assert database.read(lambda connection: path(connection, "run:1", "run:2")) is None
    found = database.read(lambda connection: path(connection, "person:anna", "person:bert"))
    assert found == (links[1], links[2])
    assert database.read(lambda connection: path(connection, "person:anna", "nobody:1")) is None


def test_a_walk_finds_what_is_reached_in_its_direction_and_stops_at_people(database: Database, clock: Times) -> None:
    random = Random(5)
    links = some_links(random)
    link_up(database, clock, links)
    for start in sorted({each.source for each in links}):
        for direction in ("ancestors", "descendants"):
            graph = database.read(lambda connection: walk(connection, start, direction))
            assert set(graph.subjects) == reached(links, start, direction)
            assert graph.complete


def reached(links: Iterable[Link], start: str, direction: str) -> set[str]:
    seen, waiting = {start}, deque([start])
    while waiting:
        here = waiting.popleft()
        if here != start and kind_of(here) in HUBS:
            continue
        for each in links:
            kind = LINK_KINDS[each.kind]  # type: ignore[index]
            ahead = kind.forward == (direction == "descendants")
            begins, ends = (each.source, each.target) if ahead else (each.target, each.source)
            if kind.walked and begins == here and ends not in seen:
                seen.add(ends)
                waiting.append(ends)
    return seen


def test_a_walk_that_is_cut_off_says_so(database: Database, clock: Times) -> None:
    link_up(database, clock, [Link("run:1", "produced", f"artifact:sha256:{n}") for n in range(30)])
    graph = database.read(lambda connection: walk(connection, "run:1", "descendants", most=10))
    assert (len(graph.subjects), graph.complete) == (10, False)
    assert len(database.read(lambda connection: links_at(connection, "run:1", limit=12))) == 12


def test_links_that_may_not_be_seen_lead_nowhere(database: Database, clock: Times) -> None:
    from headway.kernel.ledger.tables import link

    link_up(database, clock, [Link("run:1", "produced", "artifact:sha256:1")])
    hidden = link.c.project == "acme/other"
    assert database.read(lambda connection: path(connection, "run:1", "artifact:sha256:1", hidden)) is None
    assert database.read(lambda connection: walk(connection, "run:1", "descendants", hidden)).links == ()
