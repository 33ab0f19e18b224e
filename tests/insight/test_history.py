"""A part of the ledger in memory."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from headway.insight.history import History, moment, reference
from headway.kernel.ledger.records import Link, SealedEvent
from headway.kernel.ledger.types import cdevent
from tests.insight.book import at

if TYPE_CHECKING:
    from tests.insight.book import Book

MERGED = cdevent("change.merged")


def test_events_come_in_the_order_of_their_times_whatever_the_order_given(book: Book) -> None:
    for minute in (5, 1, 3):
        book.tell(minute, "change.merged", f"change:acme/shop#{minute}")
    subjects = [event.subject for event in book.history.of_type(MERGED)]
    assert subjects == ["change:acme/shop#1", "change:acme/shop#3", "change:acme/shop#5"]


def test_an_event_that_is_delivered_twice_counts_once(book: Book) -> None:
    event = book.tell(1, "change.merged", "change:acme/shop#1")
    assert len(History([event, SealedEvent(1, "00", event), event]).of_type(MERGED)) == 1


def test_what_happened_after_a_time_is_not_known_then_but_what_happened_at_it_is(book: Book) -> None:
    for minute in (1, 2, 3):
        book.tell(minute, "change.merged", f"change:acme/shop#{minute}")
    assert len(book.history.until(at(2)).of_type(MERGED)) == 2
    assert len(book.history.until(at(2)).until(at(9)).of_type(MERGED)) == 2


def test_a_link_is_as_old_as_the_event_that_established_it(book: Book) -> None:
    book.tell(1, "incident.detected", "incident:1")
    book.tell(9, "incident.resolved", "incident:1", {}, Link("incident:1", "fixed-by", "deployment:2"))
    assert book.history.until(at(8)).targets("incident:1", "fixed-by") == []
    assert book.history.until(at(9)).sources("deployment:2", "fixed-by") == ["incident:1"]


def test_a_link_whose_event_is_not_at_hand_is_as_old_as_its_identifier(book: Book) -> None:
    event = book.tell(9, "incident.resolved", "incident:1")
    history = History([], {event.id: [Link("incident:1", "fixed-by", "deployment:2")]})
    assert history.until(at(8)).targets("incident:1", "fixed-by") == []
    assert history.until(at(9)).targets("incident:1", "fixed-by") == ["deployment:2"]


def test_the_end_of_an_interval_does_not_belong_to_it(book: Book) -> None:
    for minute in (1, 2, 3):
        book.tell(minute, "change.merged", f"change:acme/shop#{minute}")
    assert [event.time for event in book.history.of_type(MERGED, start=at(1), end=at(3))] == [at(1), at(2)]


def test_times_in_data_are_read_in_utc_and_nonsense_is_none() -> None:
    assert moment("2025-06-02T02:00:00+02:00") == at(0)
    assert moment("2025-06-02T00:00:00") == at(0)
    assert [moment(value) for value in ("yesterday", None, 7)] == [None, None, None]
    assert moment("2025-06-02T00:00:00Z") == at(0) + timedelta(0)


def test_a_reference_is_a_subject_with_or_without_its_kind() -> None:
    assert reference({"id": "production"}, "environment") == "environment:production"
    assert reference({"id": "environment:production"}, "environment") == "environment:production"
    assert [reference(value, "environment") for value in (None, "production", {}, {"id": 3})] == ["", "", "", ""]
