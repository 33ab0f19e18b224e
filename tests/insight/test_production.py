"""What runs in an environment, and from which commits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.insight.production import rolling_out, running, runs_since
from tests.insight.book import PRODUCTION, at

if TYPE_CHECKING:
    from tests.insight.book import Book


def test_nothing_runs_where_nothing_was_deployed(book: Book) -> None:
    assert running(book.history, PRODUCTION, at(0)) == ()
    assert rolling_out(book.history, PRODUCTION, at(0)) == ()


def test_one_deployment_says_version_artifact_commit_release_and_since_when(book: Book) -> None:
    book.release(1, 1, [book.commit(0, "a1")])
    book.deploy(10, 1, 1)
    (shop,) = running(book.history, PRODUCTION, at(60))
    assert (shop.service, shop.version, shop.artifact) == ("service:shop", "1.1.0", "artifact:shop-1")
    assert (shop.commits, shop.release) == (("commit:acme/shop@a1",), "release:acme/shop/1")
    assert (shop.deployment, shop.since, shop.rolled_back) == ("deployment:1", at(15), False)


def test_at_any_time_what_ran_then_is_told(book: Book) -> None:
    book.deploy(10, 1, 1)
    book.deploy(20, 2, 2, before=1)
    versions = [[shop.version for shop in running(book.history, PRODUCTION, at(minute))] for minute in (12, 15, 24, 25)]
    assert versions == [[], ["1.1.0"], ["1.1.0"], ["1.2.0"]]


def test_a_rollback_says_that_the_earlier_version_runs_again(book: Book) -> None:
    book.deploy(10, 1, 1)
    book.deploy(20, 2, 2, before=1)
    book.deploy(30, 3, 1, before=2, rollback=True)
    (shop,) = running(book.history, PRODUCTION, at(60))
    assert (shop.version, shop.rolled_back) == ("1.1.0", True)
    earlier = [shop.version for shop in runs_since(book.history, "service:shop", PRODUCTION, at(60))]
    assert earlier == ["1.1.0", "1.2.0", "1.1.0"]


def test_a_deployment_that_failed_changes_nothing_of_what_runs(book: Book) -> None:
    book.deploy(10, 1, 1)
    book.deploy(20, 2, 2, before=1, outcome="failure")
    assert [shop.version for shop in running(book.history, PRODUCTION, at(60))] == ["1.1.0"]


def test_environments_are_apart_and_removed_services_are_gone(book: Book) -> None:
    book.deploy(10, 1, 1, environment="staging")
    book.deploy(20, 2, 1, service="api")
    book.tell(40, "service.removed", "service:api", {"environment": {"id": "production"}})
    assert [shop.service for shop in running(book.history, PRODUCTION, at(39))] == ["service:api"]
    assert running(book.history, PRODUCTION, at(40)) == ()


def test_what_has_begun_and_not_ended_is_being_rolled_out(book: Book) -> None:
    book.start(10, 1, 1)
    assert [change.outcome for change in rolling_out(book.history, PRODUCTION, at(12))] == ["running"]
    book.finish(20, 1, 1)
    assert [change.subject for change in rolling_out(book.history, PRODUCTION, at(12))] == ["deployment:1"]
    assert rolling_out(book.history, PRODUCTION, at(20)) == ()


def test_events_of_other_tools_that_name_no_deployment_are_enough(book: Book) -> None:
    data: dict[str, object] = {"environment": {"id": "production"}, "artifactId": "pkg:oci/shop@sha256%3Aab"}
    book.tell(10, "service.deployed", "service:shop", data)
    (shop,) = running(book.history, PRODUCTION, at(60))
    assert (shop.artifact, shop.deployment, shop.commits) == ("artifact:pkg:oci/shop@sha256%3Aab", "", ())
