"""The five measures of DORA."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from headway.insight.attribution import attribute
from headway.insight.dora import Delivery, Durations, Frequency, Rate, durations, measure
from headway.kernel.ledger.records import Link
from tests.insight.book import PRODUCTION, at

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.insight.book import Book

DAY = 24 * 60
MINUTES = timedelta(minutes=1)


def measured(book: Book, now: float = DAY, attributions: Mapping[str, str] | None = None) -> Delivery:
    return measure(book.history, PRODUCTION, at(0), at(DAY), at(now), attributions)


def test_without_data_every_n_is_0_and_every_value_none(book: Book) -> None:
    nothing = measured(book)
    assert nothing.change_lead_time == Durations(0, None, None)
    assert nothing.deployment_frequency == Frequency(0, None, 0)
    assert nothing.failed_deployment_recovery_time == (Durations(0, None, None), 0)
    assert nothing.change_fail_rate == Rate(0, 0, None)
    assert nothing.deployment_rework_rate == Rate(0, 0, None)


def test_lead_time_is_from_the_push_of_each_commit_to_the_end_of_its_first_deployment(book: Book) -> None:
    book.release(3, 1, [book.commit(0, "a1"), book.commit(1, "a2")])
    book.deploy(10, 1, 1)
    book.deploy(100, 2, 1, before=1)  # the same again
    lead = measured(book).change_lead_time
    assert lead == Durations(2, 14 * MINUTES, 15 * MINUTES)


def test_a_commit_that_was_deployed_before_the_period_does_not_count_again(book: Book) -> None:
    book.release(-99, 1, [book.commit(-100, "a1")])
    book.deploy(-60, 1, 1)
    book.deploy(100, 2, 1, before=1)
    assert measured(book).change_lead_time.n == 0
    assert measured(book).deployment_frequency.n == 1


def test_a_lead_time_below_zero_counts_as_none(book: Book) -> None:
    book.release(3, 1, [book.commit(50, "a1")])
    book.deploy(10, 1, 1)
    assert measured(book).change_lead_time.median == timedelta(0)


def test_quantiles_are_of_the_nearest_rank() -> None:
    assert durations(MINUTES * n for n in range(1, 11)) == Durations(10, 5 * MINUTES, 9 * MINUTES)
    assert durations([MINUTES]) == Durations(1, MINUTES, MINUTES)


def test_frequency_counts_what_succeeded_and_was_no_rollback(book: Book) -> None:
    book.deploy(10, 1, 1)
    book.deploy(20, 2, 2, before=1)
    book.deploy(30, 3, 1, before=2, rollback=True)
    book.deploy(40, 4, 3, before=1, outcome="failure")
    book.deploy(50, 5, 3, before=1, outcome="error")
    book.deploy(60, 6, 1, environment="staging")
    assert measured(book).deployment_frequency == Frequency(2, 2.0, 1)


def test_a_rollback_makes_its_deployment_fail_and_ends_the_failure(book: Book) -> None:
    book.deploy(10, 1, 1)
    book.deploy(20, 2, 2, before=1)
    book.deploy(30, 3, 1, before=2, rollback=True)
    delivery = measured(book)
    assert delivery.change_fail_rate == Rate(2, 1, 0.5)
    assert delivery.failed_deployment_recovery_time.durations == Durations(1, 5 * MINUTES, 5 * MINUTES)
    assert delivery.deployment_rework_rate == Rate(3, 1, 1 / 3)


def test_a_deployment_with_three_incidents_fails_once_and_recovers_with_the_last(book: Book) -> None:
    book.deploy(10, 1, 1)
    for number in (1, 2, 3):
        book.incident(20 + number, number)
        book.resolve(60 * number, number)
    told = {f"incident:{number}": "deployment:1" for number in (1, 2, 3)}
    delivery = measured(book, attributions=told)
    assert delivery.change_fail_rate == Rate(1, 1, 1.0)
    assert delivery.failed_deployment_recovery_time.durations == Durations(1, 157 * MINUTES, 157 * MINUTES)


def test_what_has_not_recovered_yet_is_counted_and_has_no_duration(book: Book) -> None:
    book.deploy(10, 1, 1)
    book.incident(20, 1)
    book.resolve(90, 1)
    recovery = measured(book, now=60, attributions={"incident:1": "deployment:1"}).failed_deployment_recovery_time
    assert recovery == (Durations(0, None, None), 1)


def test_a_canary_that_was_taken_back_fails_and_what_never_served_does_not_count(book: Book) -> None:
    book.deploy(10, 1, 1, outcome="failure")
    book.deploy(20, 2, 1, outcome="error")
    assert measured(book).change_fail_rate == Rate(1, 1, 1.0)


def test_a_deployment_that_fixed_an_incident_is_rework_by_itself_or_by_its_change_request(book: Book) -> None:
    fix = book.commit(30, "f1")
    book.tell(31, "change.merged", "change:acme/shop#9", {}, Link("change:acme/shop#9", "contains", fix))
    book.release(32, 2, [fix])
    book.deploy(10, 1, 1)
    book.deploy(40, 2, 2, before=1)
    book.incident(20, 1)
    assert measured(book).deployment_rework_rate == Rate(2, 0, 0.0)
    book.resolve(50, 1, "change:acme/shop#9")
    assert measured(book).deployment_rework_rate == Rate(2, 1, 0.5)


def test_people_who_know_the_reason_overrule_the_suspects(book: Book) -> None:
    book.deploy(10, 1, 1)
    book.deploy(60, 2, 2, before=1)
    incident = book.incident(66, 1)
    suspected = attribute(book.history, at(0), at(DAY), at(DAY))
    assert suspected == {incident: "deployment:2"}
    book.tell(200, "ticket.updated", "issue:acme/shop#1", {"uri": "/"}, Link("deployment:1", "caused", incident))
    assert attribute(book.history, at(0), at(DAY), at(DAY)) == {incident: "deployment:1"}
    assert attribute(book.history, at(0), at(DAY), at(199)) == suspected
