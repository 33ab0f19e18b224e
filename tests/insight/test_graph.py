"""What led to a subject, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.insight.graph import Dependencies, walk
from headway.kernel.ledger.records import Link
from tests.insight.book import at

if TYPE_CHECKING:
    from tests.insight.book import Book


def test_from_a_deployment_back_to_its_commits_and_their_issues(book: Book) -> None:
    commit = book.commit(0, "a1")
    book.tell(1, "ticket.closed", "issue:acme/shop#1", {}, Link(commit, "resolves", "issue:acme/shop#1"))
    book.release(2, 1, [commit])
    book.deploy(10, 1, 1)
    reached = {node.subject: node.distance for node in walk(book.history, "deployment:1", "origins").nodes}
    assert reached["deployment:1"] == 0
    assert reached["release:acme/shop/1"] == 1
    assert reached[commit] == 2
    assert "issue:acme/shop#1" in {node.subject for node in walk(book.history, commit, "origins").nodes}
    assert "deployment:1" in {node.subject for node in walk(book.history, commit, "effects").nodes}


def test_people_are_shown_and_not_walked_through(book: Book) -> None:
    first, second = book.commit(0, "a1"), book.commit(1, "a2")
    reached = {node.subject for node in walk(book.history, first, "origins").nodes}
    assert "person:ada" in reached
    assert second not in reached


def test_what_superseded_something_is_not_its_origin(book: Book) -> None:
    book.release(1, 1, [])
    book.release(2, 2, [])
    assert len(walk(book.history, "release:acme/shop/2", "origins").nodes) == 2  # its artifact, not the one before


def test_a_walk_stops_at_the_most_nodes_and_says_so(book: Book) -> None:
    commits = [f"commit:acme/shop@{number}" for number in range(20)]
    book.tell(1, "push.received", "push:1", {}, *(Link("push:1", "contains", name) for name in commits))
    book.release(2, 1, commits)
    cut = walk(book.history, "release:acme/shop/1", "origins", most=10)
    assert (len(cut.nodes), cut.complete) == (10, False)
    assert walk(book.history, "release:acme/shop/1", "origins").complete


def test_circles_end(book: Book) -> None:
    book.tell(
        1, "alert.fired", "alert:1", {}, Link("alert:1", "caused", "alert:2"), Link("alert:2", "caused", "alert:1")
    )
    assert len(walk(book.history, "alert:1", "effects").nodes) == 2


def test_dependencies_have_distances_and_are_as_old_as_their_events(book: Book) -> None:
    book.tell(1, "repository.created", "project:a", {}, Link("service:a", "depends-on", "service:b"))
    book.tell(5, "repository.created", "project:b", {}, Link("service:b", "depends-on", "infrastructure:network"))
    now, before = Dependencies(book.history), Dependencies(book.history.until(at(3)))
    assert [now.distance("service:a", name) for name in ("service:a", "service:b", "infrastructure:network")] == [
        0,
        1,
        2,
    ]
    assert now.distance("service:b", "service:a") is None
    assert before.distance("service:a", "infrastructure:network") is None
    assert now.dependents("service:b") == 1
