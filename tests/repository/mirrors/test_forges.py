from __future__ import annotations

import hashlib
import hmac
import json
import time
import tomllib
from pathlib import Path

import pytest

from headway.kernel.webhooks.signing import headers as standard_headers
from headway.kernel.webhooks.signing import new_secret
from headway.repository.mirrors.forges import Forge, Status, is_signed, status_request
from headway.repository.mirrors.service import pause

PAYLOADS = tomllib.loads((Path(__file__).parent / "payloads.toml").read_text())["payload"]
SECRET = "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"
SHA = "a" * 40
STATUS = Status("failure", "ci / test", "2 of 14 failed", "https://dev.example.com/run/1")


def headers_of(payload: dict[str, object], secret: str = SECRET) -> dict[str, str]:
    body = str(payload["body"]).encode()
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    known = payload["headers"]
    assert isinstance(known, dict)
    return {name.lower(): str(value).format(hex=digest, secret=secret) for name, value in known.items()}


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: payload["forge"])
def test_a_webhook_of_each_forge_is_recognised_by_its_signature(payload: dict[str, object]) -> None:
    body = str(payload["body"]).encode()
    assert is_signed(headers_of(payload), body, SECRET, 0)
    assert not is_signed(headers_of(payload, "another"), body, SECRET, 0)
    unsigned = {
        name: value for name, value in headers_of(payload).items() if "signature" not in name and "token" not in name
    }
    assert not is_signed(unsigned, body, SECRET, 0)
    if payload["forge"] != "GitLab":
        assert not is_signed(headers_of(payload), body + b" ", SECRET, 0)


def test_a_webhook_of_another_headway_is_recognised_while_it_is_fresh() -> None:
    secret, now = new_secret(), int(time.time())
    headers = {name.lower(): value for name, value in standard_headers(secret, "id", now, b"{}").items()}
    assert is_signed(headers, b"{}", secret, now)
    assert not is_signed(headers, b"{}", secret, now + 301)
    assert not is_signed(headers, b"{ }", secret, now)
    assert not is_signed(headers | {"webhook-timestamp": "²"}, b"{}", secret, now)
    assert not is_signed(headers, b"{}", "whsec_not base64", now)


@pytest.mark.parametrize(
    ("forge", "origin", "url", "authorisation"),
    [
        (
            "github",
            "https://github.com/acme/shop.git",
            f"https://api.github.com/repos/acme/shop/statuses/{SHA}",
            "Bearer T",
        ),
        (
            "github",
            "https://github.example/acme/shop",
            f"https://github.example/api/v3/repos/acme/shop/statuses/{SHA}",
            "Bearer T",
        ),
        (
            "gitea",
            "https://forge.example:3000/acme/shop",
            f"https://forge.example:3000/api/v1/repos/acme/shop/statuses/{SHA}",
            "token T",
        ),
        (
            "headway",
            "http://127.0.0.1:8420/acme/shop.git",
            f"http://127.0.0.1:8420/api/v1/projects/acme/shop/statuses/{SHA}",
            "Bearer T",
        ),
    ],
)
def test_a_status_is_told_in_the_forges_own_words(forge: Forge, origin: str, url: str, authorisation: str) -> None:
    request = status_request(forge, origin, "T", SHA, STATUS)
    assert request is not None
    assert (request.url, request.headers["Authorization"]) == (url, authorisation)
    assert json.loads(request.body)["state"] == "failure"


def test_gitlab_has_other_words_for_states() -> None:
    request = status_request("gitlab", "https://gitlab.com/group/sub/shop.git", "T", SHA, STATUS)
    assert request is not None
    assert request.url == f"https://gitlab.com/api/v4/projects/group%2Fsub%2Fshop/statuses/{SHA}"
    assert request.headers["PRIVATE-TOKEN"] == "T"
    assert json.loads(request.body) == {
        "state": "failed",
        "name": "ci / test",
        "description": "2 of 14 failed",
        "target_url": "https://dev.example.com/run/1",
    }
    assert status_request("other", "https://x.example/y", "T", SHA, STATUS) is None


def test_a_mirror_that_fails_looks_less_often_up_to_half_a_day() -> None:
    found = [pause(15, failures).total_seconds() / 60 for failures in range(12)]
    assert found[0] == 15
    assert found == sorted(found)
    assert found[-1] == 12 * 60
