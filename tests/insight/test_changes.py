"""What changed between two times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.insight.changes import between, by_service
from headway.kernel.ledger.records import Link
from tests.insight.book import PRODUCTION, at

if TYPE_CHECKING:
    from tests.insight.book import Book


def test_nothing_changed_in_an_empty_history(book: Book) -> None:
    assert between(book.history, at(0), at(60)) == ()


def test_all_kinds_of_changes_are_told_in_the_order_of_their_times(book: Book) -> None:
    book.deploy(10, 1, 1)
    place: dict[str, object] = {"environment": {"id": "production"}}
    book.tell(20, "configuration.applied", "configuration:1", {**place, "service": {"id": "shop"}, "changed": 2})
    book.tell(30, "infrastructure.applied", "plan:1", {**place, "stack": {"id": "network"}, "changed": 0})
    book.tell(40, "policy.changed", "policy:two-reviews", {"summary": "Two reviews"})
    book.tell(50, "secret.changed", "secret:acme/shop/TOKEN", {**place, "services": [{"id": "shop"}]})
    book.tell(55, "environment.modified", "environment:production", {"name": "production"})
    changes = between(book.history, at(0), at(60), PRODUCTION)
    kinds = ["deployment", "configuration", "infrastructure", "policy", "secret", "environment"]
    assert [change.kind for change in changes] == kinds
    assert [change.size for change in changes[:3]] == [1, 2, 0]
    assert changes[2].touched == ("infrastructure:network",)
    assert changes[4].names == ("TOKEN",)
    groups = by_service(changes)
    assert {service: len(group) for service, group in groups.items()} == {"": 3, "service:shop": 3}


def test_a_deployment_brings_the_commits_of_its_release_and_of_those_that_it_skipped(book: Book) -> None:
    for number in (1, 2, 3):
        book.release(number, number, [book.commit(number, f"a{number}"), book.commit(number, f"b{number}")])
    book.deploy(10, 1, 1)
    book.deploy(20, 2, 3, before=1)
    first, second = between(book.history, at(0), at(60))
    assert first.commits == ("commit:acme/shop@a1", "commit:acme/shop@b1")
    assert sorted(second.commits) == [f"commit:acme/shop@{name}" for name in ("a2", "a3", "b2", "b3")]
    assert (second.release, second.size, second.summary) == ("release:acme/shop/3", 4, "1.3.0")


def test_a_rollback_brings_no_commits(book: Book) -> None:
    for number in (1, 2):
        book.release(number, number, [book.commit(number, f"a{number}")])
    book.deploy(10, 1, 2, before=1)
    book.deploy(20, 2, 1, before=2, rollback=True)
    change = between(book.history, at(15), at(60))[0]
    assert (change.kind, change.commits, change.before) == ("rollback", (), "artifact:shop-2")


def test_without_a_release_the_commits_are_those_the_artifact_was_built_from(book: Book) -> None:
    link = Link("artifact:shop-1", "built-from", "commit:acme/shop@a1")
    book.tell(1, "artifact.packaged", "artifact:shop-1", {"change": {"id": "1"}}, link)
    book.deploy(10, 1, 1)
    assert between(book.history, at(0), at(60))[0].commits == ("commit:acme/shop@a1",)


def test_a_deployment_without_commits_is_a_change_too(book: Book) -> None:
    book.deploy(10, 1, 1)
    (change,) = between(book.history, at(0), at(60))
    assert (change.commits, change.size) == ((), 1)


def test_an_end_without_a_start_is_a_deployment_and_a_start_without_an_end_runs(book: Book) -> None:
    book.finish(10, 1, 1)
    book.start(20, 2, 2, before=1)
    changes = between(book.history, at(0), at(60))
    assert [(change.subject, change.outcome) for change in changes] == [
        ("deployment:1", "success"),
        ("deployment:2", "running"),
    ]


def test_a_start_before_the_interval_is_not_told_again_by_its_end(book: Book) -> None:
    book.deploy(10, 1, 1)
    assert between(book.history, at(12), at(60)) == ()


def test_a_change_of_staging_is_none_of_production(book: Book) -> None:
    book.deploy(10, 1, 1, environment="staging")
    assert between(book.history, at(0), at(60), PRODUCTION) == ()
    assert len(between(book.history, at(0), at(60))) == 1
