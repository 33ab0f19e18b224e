"""Webhooks in JSON, from making one to sending an event again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.receiver import receiving

if TYPE_CHECKING:
    from tests.serving import Served

AT = "/api/v1/projects/acme/shop/webhooks"


def until_delivered(client: Any, webhook_id: int, count: int) -> list[dict[str, Any]]:
    for _ in range(400):
        items: list[dict[str, Any]] = client.get(f"{AT}/{webhook_id}/deliveries").json()["items"]
        if [each["state"] for each in items].count("delivered") >= count:
            return items
        time.sleep(0.02)
    raise AssertionError(f"{count} deliveries did not arrive: {items}")


def test_a_webhook_is_made_changed_used_and_deleted(served: Served) -> None:
    owner = served.person("acme")
    served.project(owner)
    with receiving() as receiver, served.client(owner) as client:
        made = client.post(AT, json={"url": receiver.url, "events": ["dev.cdeventsx.headway-*"]}).json()
        assert made["secret"].startswith("whsec_")
        listed = client.get(AT).json()["items"]
        assert [each["url"] for each in listed] == [receiver.url]
        assert "secret" not in listed[0]
        client.put("/api/v1/projects/acme/shop/members/acme", json={"role": "owner"})
        client.put("/api/v1/projects/acme/shop/branch-rules", json={"pattern": "main"})
        (delivery, *_) = until_delivered(client, made["id"], 1)
        assert (delivery["status"], delivery["attempts"]) == (204, 1)
        before = len(receiver.received)
        again = client.post(f"{AT}/{made['id']}/deliveries/{delivery['id']}/redeliver")
        assert again.status_code == 200
        until_delivered(client, made["id"], 1)
        while len(receiver.received) <= before:
            time.sleep(0.01)
        assert receiver.received[-1].headers["webhook-id"]
        off = client.put(f"{AT}/{made['id']}", json={"url": receiver.url, "active": False}).json()
        assert off["active"] is False
        assert client.delete(f"{AT}/{made['id']}").status_code == 204
        assert client.get(AT).json()["items"] == []
        assert client.get(f"{AT}/{made['id']}/deliveries").status_code == 404


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"url": "ftp://example.com"}, "http"),
        ({"url": "javascript:alert(1)"}, "http"),
        ({"url": "https://user:hush@127.0.0.1/"}, "no name and password"),
        ({"url": "https://127.0.0.1", "events": ["no.such.*"]}, "no.such"),
        ({"url": "x" * 3000}, "2000"),
        ({"events": ["*"]}, "url"),
        ({"url": "https://127.0.0.1", "events": ["*"] * 51}, "50"),
    ],
)
def test_a_webhook_that_makes_no_sense_is_refused_in_words(served: Served, body: dict[str, Any], said: str) -> None:
    owner = served.person("acme")
    served.project(owner)
    with served.client(owner) as client:
        answer = client.post(AT, json=body)
        assert answer.status_code == 422, answer.text
        assert client.get(AT).json()["items"] == []
    assert said in answer.text
    assert "hush" not in answer.text


def test_another_projects_webhook_is_nobodys_business(served: Served) -> None:
    owner = served.person("acme")
    served.project(owner)
    served.project(owner, "other")
    with receiving() as receiver, served.client(owner) as client:
        made = client.post(AT, json={"url": receiver.url}).json()
        elsewhere = f"/api/v1/projects/acme/other/webhooks/{made['id']}"
        answers = [
            client.get(f"{elsewhere}/deliveries"),
            client.delete(elsewhere),
            client.put(elsewhere, json={"url": receiver.url}),
        ]
        assert [answer.status_code for answer in answers] == [404, 404, 404]
        assert len(client.get(AT).json()["items"]) == 1


def test_those_of_the_installation_take_an_administrator(served: Served) -> None:
    root, anna = served.person("chief", admin=True), served.person("anna")
    with receiving() as receiver:
        with served.client(anna) as client:
            assert client.post("/api/v1/webhooks", json={"url": receiver.url}).status_code == 403
        with served.client(root) as client:
            made = client.post("/api/v1/webhooks", json={"url": receiver.url}).json()
            assert [each["id"] for each in client.get("/api/v1/webhooks").json()["items"]] == [made["id"]]
            assert client.get(f"/api/v1/webhooks/{made['id']}/deliveries").status_code == 200
            assert client.delete(f"/api/v1/webhooks/{made['id']}").status_code == 204
