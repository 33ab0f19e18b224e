from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from headway.kernel.errors import InputError
from headway.kernel.webhooks.delivering import Outcome, after_attempt
from headway.kernel.webhooks.records import Delivery, checked_patterns, wants
from headway.kernel.webhooks.signing import PAUSES, headers, new_secret, pause_after, signature

NOW = datetime.now(UTC)


@given(st.binary(max_size=200))
def test_the_official_library_takes_our_signature(body: bytes) -> None:
    secret = new_secret()
    text = base64.b64encode(body).decode()
    sent = headers(secret, "msg_1", int(datetime.now(UTC).timestamp()), f'"{text}"'.encode())
    assert Verifier(secret).verify(f'"{text}"', sent) == text


def test_the_official_library_refuses_a_body_that_was_changed() -> None:
    secret = new_secret()
    sent = headers(secret, "msg_1", int(datetime.now(UTC).timestamp()), b"{}")
    with pytest.raises(WebhookVerificationError):
        Verifier(secret).verify('{"x":1}', sent)


def test_the_example_of_the_specification_has_its_signature() -> None:
    body = b'{"test": 2432232314}'
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    assert (
        signature(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)
        == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    )


def test_pauses_grow_and_end() -> None:
    found = [pause_after(attempts) for attempts in range(1, len(PAUSES) + 2)]
    assert found[-1] is None
    assert found[:-1] == sorted(PAUSES)
    assert sum(PAUSES, timedelta()) > timedelta(days=2)


def delivery(attempts: int) -> Delivery:
    return Delivery(1, 1, UUID(int=1), "pending", attempts, NOW, None, "", None, NOW, None)


@given(st.integers(0, 20), st.sampled_from([None, 200, 204, 301, 400, 404, 410, 500, 503]))
def test_a_delivery_ends_when_it_was_taken_gone_or_tried_often_enough(attempts: int, status: int | None) -> None:
    values = after_attempt(delivery(attempts), Outcome(status, "", 1), NOW)
    state = values.get("state", "pending")
    if status in (200, 204):
        assert state == "delivered"
    elif status == 410 or attempts >= len(PAUSES):
        assert state == "failed"
    else:
        assert state == "pending"
        assert isinstance(values["next_attempt"], datetime)
        assert values["next_attempt"] > NOW
    assert values["attempts"] == attempts + 1


@pytest.mark.parametrize(
    ("patterns", "fits"),
    [(("*",), True), (("dev.cdevents.change.*",), True), (("dev.cdevents.branch.*", "*.merged"), True), ((), False)],
)
def test_patterns_choose_events(patterns: tuple[str, ...], fits: bool) -> None:
    assert wants(patterns, "dev.cdevents.change.merged") is fits


@pytest.mark.parametrize("patterns", [(), ("dev.cdevents.nothing.*",), ("*",) * 51])
def test_patterns_that_no_event_can_fit_are_refused(patterns: tuple[str, ...]) -> None:
    with pytest.raises(InputError):
        checked_patterns(patterns)
