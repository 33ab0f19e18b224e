"""The ledger in JSON and on pages: what happened, what led to what, and only to those who may know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.serving import commit, git, must, working_copy
from tests.web.browsing import visitor

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving import Served

LEDGER = "/api/v1/ledger"


@pytest.fixture
def house(served: Served, tmp_path: Path) -> dict[str, Any]:
    """Return a private project with two pushes that are in the ledger with their commits."""
    owner = served.person("acme")
    served.project(owner)
    copy = working_copy(tmp_path / "copy")
    first = must(git("rev-parse", "HEAD", at=copy))
    must(git("push", served.address(owner, "acme/shop"), "main", at=copy))
    second = commit(copy, "Sell things\n\nCloses #7")
    must(git("push", served.address(owner, "acme/shop"), "main", at=copy))
    served.headway.repository.recording.record_all()
    from headway.kernel.ledger.sealing import seal_all

    seal_all(served.headway.platform.database)
    return {"served": served, "owner": owner, "first": first, "second": second}


def ask(house: dict[str, Any], path: str, who: str = "owner", **query: Any) -> Any:
    person = house.get(who)
    with house["served"].client(person) as client:
        answer = client.get(f"{LEDGER}{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_events_are_filtered_by_what_they_are_about_and_by_whom(house: dict[str, Any]) -> None:
    pushes = ask(house, "/events", type="dev.cdeventsx.headway-push.received", project="acme/shop")["items"]
    assert [each["actor"] for each in pushes] == ["person:acme", "person:acme"]
    assert pushes[0]["position"] > pushes[1]["position"] > 0
    assert len(pushes[0]["hash"]) == 64
    about = ask(house, "/events", subject=pushes[0]["subject"])["items"]
    assert {each["type"].rpartition("-")[2] for each in about} == {"push.received", "commit.recorded"}
    assert ask(house, "/events", actor="person:nobody")["items"] == []
    one = ask(house, f"/events/{pushes[0]['id']}")
    assert one == pushes[0]


def test_a_time_narrows_to_what_happened_in_it(house: dict[str, Any]) -> None:
    newest, *_ = ask(house, "/events", project="acme/shop")["items"]
    later = ask(house, "/events", project="acme/shop", since=newest["time"])["items"]
    assert newest["id"] in [each["id"] for each in later]
    before = ask(house, "/events", project="acme/shop", until=newest["time"])["items"]
    assert newest["id"] not in [each["id"] for each in before]
    assert len(later) + len(before) == len(ask(house, "/events", project="acme/shop")["items"])


def test_pages_of_a_list_hold_each_event_once(house: dict[str, Any]) -> None:
    everything = [each["id"] for each in ask(house, "/events", project="acme/shop", limit=500)["items"]]
    found: list[str] = []
    after = ""
    while True:
        page = ask(house, "/events", project="acme/shop", limit=2, after=after)
        found += [each["id"] for each in page["items"]]
        after = page["following"]
        if not after:
            break
    assert found == everything
    assert len(found) > 4


def test_a_commit_leads_to_its_push_and_to_the_issue_that_it_settles(house: dict[str, Any]) -> None:
    subject = f"commit:acme/shop@{house['second']}"
    links = ask(house, "/links", subject=subject)["items"]
    assert {"resolves", "contains"} <= {each["kind"] for each in links}
    graph = ask(house, "/graph", subject=subject, direction="descendants")
    assert graph["complete"]
    assert any(each.startswith("push:") for each in graph["subjects"])
    path = ask(house, "/path", start="issue:acme/shop#7", end=subject)["items"]
    assert [each["kind"] for each in path] == ["resolves"]
    (push, *_) = ask(house, "/events", type="dev.cdeventsx.headway-push.received", project="acme/shop")["items"]
    assert "person:acme" in ask(house, "/graph", subject=push["subject"])["subjects"]


@pytest.mark.parametrize("who", ["stranger", "nobody"])
def test_those_who_may_not_see_the_project_see_nothing_of_it(house: dict[str, Any], who: str) -> None:
    house["stranger"] = house["served"].person("stranger")
    (event, *_) = ask(house, "/events", project="acme/shop")["items"]
    subject = f"commit:acme/shop@{house['second']}"
    assert ask(house, "/events", who, project="acme/shop")["items"] == []
    assert ask(house, "/events", who, subject=event["subject"])["items"] == []
    assert ask(house, "/events", who, actor="person:acme")["items"] == []
    assert ask(house, "/links", who, subject=subject)["items"] == []
    assert ask(house, "/graph", who, subject=subject)["subjects"] == [subject]
    with house["served"].client(house.get(who)) as client:
        assert client.get(f"{LEDGER}/events/{event['id']}").status_code == 404
        assert client.get(f"{LEDGER}/path", params={"start": "issue:acme/shop#7", "end": subject}).status_code == 404


@pytest.mark.parametrize(
    ("path", "query", "status", "said"),
    [
        ("/events", {"after": "zzz"}, 422, "not a cursor"),
        ("/events", {"limit": 0}, 422, "greater than or equal to 1"),
        ("/events", {"since": "yesterday"}, 422, "datetime"),
        ("/events/none", {}, 422, "not the id of an event"),
        ("/events/01920000-0000-7000-8000-000000000000", {}, 404, "no such event"),
        ("/links", {"subject": "nothing"}, 422, "subject"),
        ("/graph", {"subject": "run:1", "direction": "sideways"}, 422, "ancestors"),
        ("/path", {"start": "run:1", "end": "run:2"}, 404, "no links"),
        ("/links", {}, 422, "required"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_words(
    house: dict[str, Any], path: str, query: dict[str, Any], status: int, said: str
) -> None:
    with house["served"].client(house["owner"]) as client:
        answer = client.get(f"{LEDGER}{path}", params=query)
    assert answer.status_code == status
    assert said in answer.text


def test_pages_lead_from_an_event_to_what_it_is_about_and_on(house: dict[str, Any]) -> None:
    anna = visitor(house["served"], "anna", admin=True)
    page = anna.see("/-/ledger", project="acme/shop")
    assert page.status_code == 200
    assert "push.received" in page.text
    (event, *_) = ask(house, "/events", type="dev.cdeventsx.headway-push.received", project="acme/shop")["items"]
    assert f"/-/ledger/events/{event['id']}" in page.text
    shown = anna.see(f"/-/ledger/events/{event['id']}")
    assert event["subject"] in shown.text
    assert event["hash"] in shown.text
    about = anna.see(f"/-/ledger/subjects/commit:acme/shop@{house['second']}")
    assert "issue:acme/shop#7" in about.text
    assert anna.see("/-/ledger", project="acme/nothing").status_code == 200
    assert anna.see("/acme/shop/ledger").status_code == 200
    assert anna.see("/-/ledger/events/none").status_code == 422
