from __future__ import annotations

import base64
import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.integration.results.tokens import ADDRESS_SECONDS, TOKEN_SECONDS, Grant, Signer, UnauthenticatedError

KEY = b"k" * 32
GRANT = Grant("42", "build (1, a:b)")


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


def parts(token: str) -> list[dict[str, object]]:
    return [json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2]]


def signed(header: dict[str, object], claims: object, key: bytes = KEY) -> str:
    body = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)
    )
    signature = base64.urlsafe_b64encode(hmac.digest(key, body.encode(), hashlib.sha256)).rstrip(b"=").decode()
    return f"{body}.{signature}"


def test_a_token_is_a_web_token_from_which_clients_read_run_and_job() -> None:
    header, claims = parts(Signer(KEY, Clock()).token(GRANT, ["refs/heads/dev", "refs/heads/main"]))
    assert header == {"alg": "HS256", "typ": "JWT"}
    assert claims["scp"] == "Actions.Results:42:build%20%281%2C%20a%3Ab%29"
    assert json.loads(str(claims["ac"])) == [
        {"Scope": "refs/heads/dev", "Permission": 3},
        {"Scope": "refs/heads/main", "Permission": 1},
    ]


@given(st.text(max_size=30), st.text(max_size=30))
def test_any_run_and_job_come_back_from_their_token(run: str, job: str) -> None:
    signer = Signer(KEY)
    assert signer.grant(signer.token(Grant(run, job))) == (run, job)


def test_a_token_holds_until_it_expires() -> None:
    clock = Clock()
    signer = Signer(KEY, clock)
    token = signer.token(GRANT)
    clock.now += TOKEN_SECONDS - 1
    assert signer.grant(token) == GRANT
    clock.now += 1
    with pytest.raises(UnauthenticatedError, match="expired"):
        signer.grant(token)


def test_a_token_of_another_key_is_refused() -> None:
    with pytest.raises(UnauthenticatedError):
        Signer(KEY).grant(Signer(b"other").token(GRANT))


@given(st.data())
def test_a_token_that_was_changed_anywhere_is_refused(data: st.DataObject) -> None:
    signer = Signer(KEY, Clock())
    token = signer.token(GRANT)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters(exclude_characters=token[at]))
    with pytest.raises(UnauthenticatedError):
        signer.grant(token[:at] + other + token[at + 1 :])


def test_half_a_character_in_a_signature_is_refused_like_any_other() -> None:
    half = "\ud800"
    signer = Signer(KEY, Clock())
    with pytest.raises(UnauthenticatedError):
        signer.grant(signer.token(GRANT)[:-1] + half)
    path, _, query = signer.address("/blob", "r").partition("?")
    with pytest.raises(UnauthenticatedError):
        signer.check_address(path, query[:-1] + half, "r")


@given(st.text())
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(UnauthenticatedError):
        Signer(KEY).grant(text)


@pytest.mark.parametrize("algorithm", ["none", "HS512", "RS256", None])
def test_no_other_algorithm_is_believed_even_under_the_right_key(algorithm: str | None) -> None:
    claims = {"scp": "Actions.Results:42:job", "exp": 9_999_999_999}
    with pytest.raises(UnauthenticatedError, match="kind"):
        Signer(KEY).grant(signed({"alg": algorithm, "typ": "JWT"}, claims))


def test_a_token_without_a_signature_is_refused() -> None:
    body = signed({"alg": "none"}, {"scp": "Actions.Results:42:job", "exp": 9_999_999_999}).rpartition(".")[0]
    for token in (body, f"{body}."):
        with pytest.raises(UnauthenticatedError):
            Signer(KEY).grant(token)


@pytest.mark.parametrize(
    "claims",
    [{}, [], "text", {"scp": "Actions.Results:42:job"}, {"exp": "9999999999", "scp": "Actions.Results:42:job"}]
    + [
        {"exp": 9_999_999_999, "scp": scope}
        for scope in ("", "Actions.Results", "Actions.Results:1:2:3", "Other:1:2", None)
    ],
)
def test_claims_that_this_service_does_not_make_allow_nothing(claims: object) -> None:
    with pytest.raises(UnauthenticatedError):
        Signer(KEY).grant(signed({"alg": "HS256", "typ": "JWT"}, claims))


# Addresses


def test_an_address_allows_one_thing_with_one_path_until_it_expires() -> None:
    clock = Clock()
    signer = Signer(KEY, clock)
    path, _, query = signer.address("/blobs/1/caches/2", "r").partition("?")
    signer.check_address(path, query, "r")
    for wrong in (("/blobs/1/caches/3", query, "r"), (path, query, "w"), (path + "/", query, "r"), (path, "", "r")):
        with pytest.raises(UnauthenticatedError):
            signer.check_address(*wrong)
    with pytest.raises(UnauthenticatedError):
        Signer(b"other", clock).check_address(path, query, "r")
    clock.now += ADDRESS_SECONDS
    with pytest.raises(UnauthenticatedError, match="expired"):
        signer.check_address(path, query, "r")


def test_what_clients_add_to_the_query_does_not_matter_what_they_change_does() -> None:
    signer = Signer(KEY)
    path, _, query = signer.address("/blobs/1/uploads/2", "w").partition("?")
    signer.check_address(path, f"{query}&comp=block&blockid=AAA%3D", "w")
    for changed in (query.replace("se=", "se=9"), query.replace("sig=", "sig=A"), query + "&sig=x", query + "&se=1"):
        with pytest.raises(UnauthenticatedError):
            signer.check_address(path, changed, "w")


@given(st.text(max_size=200))
def test_a_query_that_is_none_is_refused(query: str) -> None:
    with pytest.raises(UnauthenticatedError):
        Signer(KEY).check_address("/blobs/1/uploads/2", query, "w")


def test_a_token_is_no_signature_of_an_address() -> None:
    signer = Signer(KEY)
    signature = signer.token(GRANT).rpartition(".")[2]
    with pytest.raises(UnauthenticatedError):
        signer.check_address("/blobs/1/uploads/2", f"sp=w&se=9999999999&sig={signature}", "w")
