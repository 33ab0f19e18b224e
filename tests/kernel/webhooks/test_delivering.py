from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import update
from standardwebhooks import Webhook as Verifier

from headway.kernel.ledger.sealing import seal_all
from headway.kernel.ledger.subscriptions import Subscription
from headway.kernel.webhooks.tables import delivery
from tests.receiver import Receiver, receiving
from tests.serving import Person, Served, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def anna(served: Served) -> Person:
    # Deliveries are made by hand, so that a test knows when.
    served.headway.controllers.stop()
    anna = served.person(admin=True)
    served.project(anna)
    send(served)
    return anna


def send(served: Served) -> None:
    platform = served.headway.platform
    seal_all(platform.database)
    Subscription(platform.database, "webhooks", platform.delivering.take, from_now=True).catch_up()
    platform.delivering.send_due()


def hook(served: Served, person: Person, url: str, path: str = "/projects/anna/shop", **more: Any) -> dict[str, Any]:
    with served.client(person) as client:
        answer = client.post(f"/api/v1{path}/webhooks", json={"url": url, **more})
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


def deliveries(served: Served, person: Person, made: dict[str, Any]) -> list[dict[str, Any]]:
    with served.client(person) as client:
        answer = client.get(f"/api/v1/projects/anna/shop/webhooks/{made['id']}/deliveries")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def archive(served: Served, person: Person, value: bool = True, name: str = "shop") -> None:
    with served.client(person) as client:
        client.patch(f"/api/v1/projects/anna/{name}", json={"archived": value})


def test_events_arrive_as_signed_cdevents(served: Served, anna: Person, receiver: Receiver) -> None:
    made = hook(served, anna, receiver.url, events=["dev.cdeventsx.headway-project.*"])
    archive(served, anna)
    send(served)
    (got,) = receiver.received
    Verifier(made["secret"]).verify(got.body, got.headers)
    assert got.headers["content-type"] == "application/cloudevents+json"
    event = json.loads(got.body)
    assert event["type"] == "dev.cdeventsx.headway-project.archived.0.1.0"
    assert event["id"] == got.headers["webhook-id"]
    assert event["data"]["subject"]["id"] == "project:anna/shop"
    (delivered,) = deliveries(served, anna, made)
    assert (delivered["state"], delivered["status"], delivered["attempts"]) == ("delivered", 204, 1)


def test_a_project_hears_of_itself_only_and_the_installation_of_all(
    served: Served, anna: Person, receiver: Receiver
) -> None:
    served.project(anna, "other")
    send(served)
    hook(served, anna, f"{receiver.url}/project", events=["*.archived"])
    hook(served, anna, f"{receiver.url}/all", path="", events=["*.archived"])
    archive(served, anna, name="other")
    archive(served, anna)
    send(served)
    found = sorted((got.path, json.loads(got.body)["subject"]) for got in receiver.received)
    assert found == [
        ("/hook/all", "project:anna/other"),
        ("/hook/all", "project:anna/shop"),
        ("/hook/project", "project:anna/shop"),
    ]


def test_a_receiver_that_fails_is_tried_again_later(served: Served, anna: Person, receiver: Receiver) -> None:
    receiver.statuses = [500, 503]
    receiver.text = "<p>broken</p>"
    made = hook(served, anna, receiver.url, events=["*.archived"])
    archive(served, anna)
    send(served)
    (waiting,) = deliveries(served, anna, made)
    assert (waiting["state"], waiting["status"], waiting["answer"]) == ("pending", 500, "<p>broken</p>")
    send(served)
    assert len(receiver.received) == 1
    for attempt in (2, 3):
        come_due(served)
        send(served)
        assert len(receiver.received) == attempt
    assert deliveries(served, anna, made)[0]["state"] == "delivered"
    assert len({got.headers["webhook-id"] for got in receiver.received}) == 1


def come_due(served: Served) -> None:
    past = datetime(2020, 1, 1, tzinfo=UTC)
    served.headway.platform.database.write(
        lambda connection: connection.execute(update(delivery).values(next_attempt=past))
    )


def test_a_receiver_that_is_gone_is_left_alone(served: Served, anna: Person, receiver: Receiver) -> None:
    receiver.statuses = [410]
    made = hook(served, anna, receiver.url, events=["*archived"])
    archive(served, anna)
    send(served)
    assert deliveries(served, anna, made)[0]["state"] == "failed"
    with served.client(anna) as client:
        (found,) = client.get("/api/v1/projects/anna/shop/webhooks").json()["items"]
    assert (found["active"], "gone" in found["problem"]) == (False, True)
    archive(served, anna, False)
    send(served)
    assert len(receiver.received) == 1


def test_a_delivery_is_made_again_by_hand(served: Served, anna: Person, receiver: Receiver) -> None:
    made = hook(served, anna, receiver.url, events=["*.archived"])
    archive(served, anna)
    send(served)
    (first,) = deliveries(served, anna, made)
    archive(served, anna, False)
    path = f"/api/v1/projects/anna/shop/webhooks/{made['id']}/deliveries"
    with served.client(anna) as client:
        again = client.post(f"{path}/{first['id']}/redeliver").json()
        assert client.post(f"{path}/999/redeliver").status_code == 404
    assert (again["event"], again["state"]) == (first["event"], "pending")
    send(served)
    assert [got.headers["webhook-id"] for got in receiver.received] == [first["event"]] * 2


def test_nobody_at_home_is_told(served: Served, anna: Person) -> None:
    made = hook(served, anna, "http://127.0.0.1:9/x", events=["*.archived"])
    archive(served, anna)
    send(served)
    (waiting,) = deliveries(served, anna, made)
    assert (waiting["state"], waiting["status"], "ConnectError" in waiting["answer"]) == ("pending", None, True)


def test_redirects_are_not_followed(served: Served, anna: Person, receiver: Receiver) -> None:
    receiver.statuses, receiver.location = [302], f"{receiver.url}/elsewhere"
    made = hook(served, anna, receiver.url, events=["*.archived"])
    archive(served, anna)
    send(served)
    assert [got.path for got in receiver.received] == ["/hook"]
    assert deliveries(served, anna, made)[0]["status"] == 302


def test_addresses_of_this_machine_are_refused_and_not_called_even_if_a_name_changes(
    tmp_path: Path, sqlite_template: Path, receiver: Receiver
) -> None:
    with serving(tmp_path / "server", sqlite_template, outbound_private=False) as served:
        anna = served.person()
        served.project(anna)
        with served.client(anna) as client:
            for url in (receiver.url, "http://localhost/x", "http://169.254.169.254/latest", "file:///etc/passwd"):
                answer = client.post("/api/v1/projects/anna/shop/webhooks", json={"url": url})
                assert answer.status_code == 422, url
    assert receiver.received == []


def test_the_secret_is_shown_once_and_is_nowhere_else(served: Served, anna: Person, receiver: Receiver) -> None:
    made = hook(served, anna, f"{receiver.url}?token=in-the-address")
    with served.client(anna) as client:
        shown = client.get("/api/v1/projects/anna/shop/webhooks").text
    told = "".join(str(event) for event in served.events())
    kept = (served.headway.platform.settings.data / "headway.sqlite").read_bytes()
    assert made["secret"] not in shown + told
    assert made["secret"].encode() not in kept
    assert "in-the-address" not in told


def test_the_running_server_delivers_by_itself(served: Served, receiver: Receiver) -> None:
    anna = served.person()
    served.project(anna)
    deadline = time.monotonic() + 20
    hook(served, anna, receiver.url, events=["*"])
    value = True
    while not receiver.received and time.monotonic() < deadline:
        archive(served, anna, value)
        value = not value
        time.sleep(0.3)
    assert receiver.received
