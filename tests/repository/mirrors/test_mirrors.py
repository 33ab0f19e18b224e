from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Any

import pytest

from headway.kernel.ledger.sealing import seal_all
from headway.kernel.ledger.subscriptions import Subscription
from tests.serving import Person, Served, commit, git, must, serving, working_copy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PATH = "/api/v1/projects/anna/shop/mirror"


@pytest.fixture
def origin(tmp_path: Path, sqlite_template: Path) -> Iterator[Served]:
    """Return a second Headway, with a project to follow."""
    with serving(tmp_path / "origin", sqlite_template) as elsewhere:
        yield elsewhere


@pytest.fixture
def ben(origin: Served, tmp_path: Path) -> Person:
    ben = origin.person("ben")
    origin.project(ben)
    source = working_copy(tmp_path / "source", commits=2)
    must(git("push", origin.address(ben, "ben/shop"), "main", "main~1:refs/heads/old", at=source))
    return ben


@pytest.fixture
def anna(served: Served) -> Person:
    served.headway.controllers.stop()
    anna = served.person()
    served.project(anna)
    return anna


def follow(served: Served, anna: Person, origin: Served, ben: Person, **more: Any) -> dict[str, Any]:
    body = {"url": f"{origin.url}/ben/shop", "username": "ben", "password": ben.token, **more}
    with served.client(anna) as client:
        answer = client.put(PATH, json=body)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
    served.headway.repository.mirrors.follow_due()
    return found


def state(served: Served, anna: Person) -> dict[str, Any]:
    with served.client(anna) as client:
        found: dict[str, Any] = client.get(PATH).json()
        return found


def branches(served: Served, anna: Person) -> list[str]:
    with served.client(anna) as client:
        return [each["name"] for each in client.get("/api/v1/projects/anna/shop/branches").json()["items"]]


def test_a_mirror_has_what_its_origin_has(
    served: Served, anna: Person, origin: Served, ben: Person, tmp_path: Path
) -> None:
    follow(served, anna, origin, ben)
    assert branches(served, anna) == ["main", "old"]
    must(git("push", origin.address(ben, "ben/shop"), ":old", "main:new", at=tmp_path / "source"))
    served.headway.repository.mirrors.look_now(1)
    assert served.headway.repository.mirrors.follow_due() == 1
    assert branches(served, anna) == ["main", "new"]
    pushes = served.events(type="dev.cdeventsx.headway-push.received")
    assert [(event.actor, event.data["transport"]) for event in pushes] == [("system", "mirror")] * 2
    found = state(served, anna)
    assert (found["problem"], found["succeeded"] is not None) == ("", True)
    assert served.headway.repository.mirrors.follow_due() == 0


def test_a_mirror_is_not_pushed_to_until_it_follows_nothing(
    served: Served, anna: Person, origin: Served, ben: Person, tmp_path: Path
) -> None:
    follow(served, anna, origin, ben)
    source = tmp_path / "source"
    commit(source)
    done = git("push", served.address(anna, "anna/shop"), "main", at=source)
    assert f"this project follows {origin.url}/ben/shop: push there" in done.said
    with served.client(anna) as client:
        assert client.delete(PATH).status_code == 204
        assert client.get(PATH).status_code == 404
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))


def test_an_origin_that_does_not_answer_is_told_and_asked_less_often(
    served: Served, anna: Person, origin: Served, ben: Person
) -> None:
    follow(served, anna, origin, ben._replace(token="hwp_" + "x" * 43))
    found = state(served, anna)
    assert "fetching failed" in found["problem"]
    assert "xxxxxxxx" not in found["problem"]
    assert found["succeeded"] is None
    follow(served, anna, origin, ben)
    assert state(served, anna)["problem"] == ""


def test_a_webhook_of_the_origin_makes_it_look_at_once(
    served: Served, anna: Person, origin: Served, ben: Person, tmp_path: Path
) -> None:
    made = follow(served, anna, origin, ben)
    body = b'{"ref":"refs/heads/main"}'
    digest = hmac.new(made["hook_secret"].encode(), body, hashlib.sha256).hexdigest()
    path = made["hook_url"].split("/", 3)[3]
    with served.client() as client:
        assert client.post(f"/{path}", content=body, headers={"X-Hub-Signature-256": "sha256=wrong"}).status_code == 403
        assert client.post("/-/mirrors/999/hook", content=body).status_code == 403
        assert served.headway.repository.mirrors.follow_due() == 0
        answer = client.post(f"/{path}", content=body, headers={"X-Hub-Signature-256": f"sha256={digest}"})
        assert answer.status_code == 202
    assert served.headway.repository.mirrors.follow_due() == 1


def test_statuses_are_posted_back_to_another_headway(
    served: Served, anna: Person, origin: Served, ben: Person, tmp_path: Path
) -> None:
    follow(served, anna, origin, ben, forge="headway", posts_statuses=True)
    repository, database = served.headway.repository, served.headway.platform.database
    statuses = Subscription(database, "mirror statuses", repository.posting.take, from_now=True)
    seal_all(database)
    statuses.catch_up()
    sha = must(git("rev-parse", "main", at=tmp_path / "source"))
    with served.client(anna) as client:
        body = {"state": "success", "context": "build", "description": "all well"}
        client.post(f"/api/v1/projects/anna/shop/statuses/{sha}", json=body)
    seal_all(database)
    statuses.catch_up()
    assert repository.posting.post_due() == 1
    assert repository.posting.post_due() == 0
    with origin.client(ben) as client:
        (found,) = client.get(f"/api/v1/projects/ben/shop/statuses/{sha}").json()["statuses"]
    assert (found["state"], found["context"], found["description"]) == ("success", "build", "all well")


def test_what_it_takes_to_read_the_origin_is_kept_secret(
    served: Served, anna: Person, origin: Served, ben: Person
) -> None:
    made = follow(served, anna, origin, ben)
    shown = str(state(served, anna)) + "".join(str(event) for event in served.events())
    kept = (served.headway.platform.settings.data / "headway.sqlite").read_bytes()
    for secret in (ben.token, made["hook_secret"]):
        assert secret not in shown
        assert secret.encode() not in kept


@pytest.mark.parametrize("url", ["file:///etc", "ssh://x/y", "ext::sh -c id"])
def test_only_http_addresses_are_followed(served: Served, anna: Person, url: str) -> None:
    with served.client(anna) as client:
        assert client.put(PATH, json={"url": url}).status_code == 422
        assert client.get(PATH).status_code == 404
