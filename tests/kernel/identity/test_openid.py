from __future__ import annotations

import base64
import json
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from headway.kernel.errors import NotFoundError
from headway.kernel.identity.actors import ANONYMOUS, SYSTEM, Actor
from headway.kernel.identity.errors import MissingScopeError, ProviderError, SignInError, TakenError
from headway.kernel.identity.names import checked_handle
from headway.kernel.identity.openid.records import Arrival, Return
from headway.kernel.identity.openid.service import OpenId, handles_for
from headway.kernel.identity.service import Browser
from headway.kernel.identity.store import person_by_login, set_email
from tests.kernel.house import PASSWORD, House, house_on
from tests.providers import OwnProvider, RealProvider, own_provider, real_provider

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.kernel.database import Database
    from tests.databases import Times

HERE = Browser("192.0.2.1", "a browser")


@pytest.fixture(scope="module")
def real() -> Iterator[RealProvider]:
    with real_provider() as provider:
        yield provider


@pytest.fixture
def own() -> Iterator[OwnProvider]:
    with own_provider() as provider:
        yield provider


@contextmanager
def house_with(database: Database, clock: Times, issuer: str, **more: Any) -> Iterator[House]:
    provider = {"name": "work", "label": "Work", "issuer": issuer, "client_id": "headway", "client_secret": "s", **more}
    # What the provider signs is dated by the real time.
    clock.now = datetime.now(UTC)
    with house_on(database, clock, openid=[provider]) as house:
        yield house
        openid(house).close()


@pytest.fixture
def known(database: Database, clock: Times, own: OwnProvider) -> Iterator[House]:
    """Return the parts of the kernel, with our own provider, where people cannot sign up."""
    with house_with(database, clock, own.issuer) as house:
        yield house


@pytest.fixture
def open_house(database: Database, clock: Times, own: OwnProvider) -> Iterator[House]:
    """Return the parts of the kernel, with our own provider, where people can sign up."""
    with house_with(database, clock, own.issuer, allow_sign_up=True) as house:
        yield house


def openid(house: House) -> OpenId:
    assert house.platform.openid is not None
    return house.platform.openid


def come_back(
    house: House, own: OwnProvider, actor: Actor = ANONYMOUS, *, linking: bool = False, **changes: str
) -> Arrival:
    departure = openid(house).depart("work", "/acme/shop", actor if linking else None)
    answer = own.answer(departure.address)
    values = {"state": answer["state"], "code": answer["code"], "browser": departure.browser, **changes}
    return openid(house).arrive("work", Return(**values), actor, HERE)


def who(house: House, arrival: Arrival) -> str:
    assert arrival.session is not None
    return house.platform.authentication.by_session(arrival.session.secret).handle


def verify_email(house: House, handle: str, email: str) -> None:
    def work(connection: Any) -> None:
        found = person_by_login(connection, handle)
        assert found is not None
        set_email(connection, found.account.id, email, house.clock())

    house.platform.database.write(work)


def test_somebody_new_signs_up_and_later_in_at_a_real_provider(
    database: Database, clock: Times, real: RealProvider
) -> None:
    real.know("u-1", email="Ben@example.com", email_verified=True, preferred_username="ben", name="Ben Berg")
    with house_with(database, clock, real.issuer, allow_sign_up=True) as house:
        for _ in range(2):
            departure = openid(house).depart("work", "/acme/shop")
            answer = real.answer(departure.address, "u-1")
            back = Return(answer["state"], answer["code"], departure.browser)
            arrival = openid(house).arrive("work", back, ANONYMOUS, HERE)
            assert (who(house, arrival), arrival.next_path) == ("ben", "/acme/shop")
        found = house.platform.database.read(lambda connection: person_by_login(connection, "ben@example.com"))
        assert found is not None
        assert (found.account.name, found.email_verified is not None, found.password_hash) == ("Ben Berg", True, None)
        assert len(house.events("person.created")) == 1
        with pytest.raises(SignInError):
            openid(house).arrive("work", back, ANONYMOUS, HERE)


def test_nobody_gets_an_account_where_that_is_not_allowed(known: House, own: OwnProvider) -> None:
    own.claims = {"email": "ben@example.com", "email_verified": True}
    with pytest.raises(SignInError, match="ask for an invitation"):
        come_back(known, own)


def test_an_account_is_found_by_an_address_that_both_sides_have_verified(known: House, own: OwnProvider) -> None:
    known.person("anna", email="anna@example.com", password=PASSWORD)
    own.claims = {"email": "Anna@example.com", "email_verified": True}
    with pytest.raises(SignInError):
        come_back(known, own)
    verify_email(known, "anna", "anna@example.com")
    for doubtful in (False, None, "true", 1):
        own.claims = {"email": "Anna@example.com", "email_verified": doubtful}
        with pytest.raises(SignInError):
            come_back(known, own)
    own.claims = {"email": "Anna@example.com", "email_verified": True}
    assert who(known, come_back(known, own)) == "anna"
    # Another person of the same address at the provider does not get in as well.
    own.claims |= {"sub": "2"}
    with pytest.raises(SignInError):
        come_back(known, own)


def test_an_address_that_somebody_took_without_reading_it_is_no_trap(open_house: House, own: OwnProvider) -> None:
    open_house.person("eve", email="ben@example.com", password=PASSWORD)
    own.claims = {"email": "ben@example.com", "email_verified": True, "preferred_username": "ben"}
    assert who(open_house, come_back(open_house, own)) == "ben"


def test_who_is_signed_in_links_an_identity_and_takes_it_away_again(known: House, own: OwnProvider) -> None:
    anna = known.person("anna", password=PASSWORD)
    assert come_back(known, own, anna, linking=True).session is None
    assert who(known, come_back(known, own)) == "anna"
    with pytest.raises(TakenError):
        come_back(known, own, known.person("ben"), linking=True)
    (linked,) = openid(known).identities(anna)
    with pytest.raises(NotFoundError):
        openid(known).unlink(known.actor("ben"), linked.id)
    openid(known).unlink(anna, linked.id)
    with pytest.raises(SignInError):
        come_back(known, own)
    with pytest.raises(MissingScopeError):
        openid(known).depart("work", "/", anna._replace(scopes=frozenset({"read:user"})))


def test_the_last_way_in_stays(open_house: House, own: OwnProvider) -> None:
    own.claims = {"preferred_username": "ben"}
    come_back(open_house, own)
    ben = open_house.actor("ben")
    with pytest.raises(TakenError, match="the only way"):
        openid(open_house).unlink(ben, openid(open_house).identities(ben)[0].id)


def test_a_suspended_person_does_not_get_in(open_house: House, own: OwnProvider) -> None:
    own.claims = {"preferred_username": "ben"}
    come_back(open_house, own)
    from headway.kernel.identity.team_store import change_account

    account_id = open_house.actor("ben").account_id or 0
    open_house.platform.database.write(
        lambda connection: change_account(connection, account_id, suspended=open_house.clock())
    )
    with pytest.raises(SignInError):
        come_back(open_house, own)


@pytest.mark.parametrize("change", ["another browser", "no browser", "another state", "used", "late", "another person"])
def test_only_the_browser_that_left_comes_back_once_and_soon(known: House, own: OwnProvider, change: str) -> None:
    anna = known.person("anna")
    departure = openid(known).depart("work", "/", anna if change == "another person" else None)
    answer = own.answer(departure.address)
    back = Return(answer["state"], answer["code"], departure.browser, answer["iss"])
    if change == "another browser":
        back = back._replace(browser=openid(known).depart("work", "/").browser)
    elif change == "no browser":
        back = back._replace(browser="")
    elif change == "another state":
        back = back._replace(state=own.answer(openid(known).depart("work", "/").address)["state"])
    elif change == "used":
        with pytest.raises(SignInError):
            openid(known).arrive("work", back._replace(code=""), ANONYMOUS, HERE)
    elif change == "late":
        known.clock.pass_by(minutes=11)
    actor = known.person("eve") if change == "another person" else ANONYMOUS
    with pytest.raises(SignInError, match="begin again"):
        openid(known).arrive("work", back, actor, HERE)


def test_a_code_of_another_attempt_is_refused_by_its_verifier_and_nonce(known: House, own: OwnProvider) -> None:
    mine, stolen = openid(known).depart("work", "/"), openid(known).depart("work", "/")
    code, state = own.answer(stolen.address)["code"], own.answer(mine.address)["state"]
    with pytest.raises(ProviderError, match="invalid_grant"):
        openid(known).arrive("work", Return(state, code, mine.browser), ANONYMOUS, HERE)
    own.claims = {"nonce": "of-another-attempt"}
    with pytest.raises(ProviderError, match="another attempt"):
        come_back(known, own)


def test_an_answer_of_another_provider_is_refused(known: House, own: OwnProvider) -> None:
    with pytest.raises(ProviderError, match="does not come from Work"):
        come_back(known, own, issuer="https://evil.example.com")


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example.com"},
        {"aud": "another-program"},
        {"aud": ["another-program"]},
        {"aud": ["headway", "another-program"]},
        {"aud": ["headway", "another-program"], "azp": "another-program"},
        {"azp": "another-program"},
        {"exp": 1},
        {"exp": None},
        {"exp": "never"},
        {"iat": None},
        {"nonce": None},
        {"nonce": ""},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"nbf": 4_000_000_000},
    ],
    ids=str,
)
def test_a_token_that_is_not_for_us_or_not_good_now_is_refused(
    open_house: House, own: OwnProvider, claims: dict[str, Any]
) -> None:
    own.claims = claims
    with pytest.raises(ProviderError):
        come_back(open_house, own)
    assert open_house.events("person.created") == []


@pytest.mark.parametrize(
    "forgery", ["unsigned", "secret as key", "public key as secret", "another key", "no token", "junk"]
)
def test_a_token_that_the_provider_did_not_sign_is_refused(open_house: House, own: OwnProvider, forgery: str) -> None:
    departure = openid(open_house).depart("work", "/")
    answer = own.answer(departure.address)
    now = int(time.time())
    nonce = own.asked[answer["code"]]["nonce"]
    claims = {"iss": own.issuer, "aud": "headway", "sub": "1", "iat": now, "exp": now + 60, "nonce": nonce}
    own.token = _forged(forgery, claims, own)
    with pytest.raises(ProviderError, match="not signed as it should be"):
        openid(open_house).arrive("work", Return(answer["state"], answer["code"], departure.browser), ANONYMOUS, HERE)


def _forged(forgery: str, claims: dict[str, Any], own: OwnProvider) -> str:
    if forgery == "unsigned":
        parts = (json.dumps(part).encode() for part in ({"alg": "none"}, claims))
        return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
    if forgery == "secret as key":
        return jwt.encode({"alg": "HS256"}, claims, OctKey.generate_key(256))
    if forgery == "public key as secret":
        return jwt.encode(
            {"alg": "HS256", "kid": "first"}, claims, OctKey.import_key(str(own.key.as_dict(private=False)["n"]))
        )
    if forgery == "another key":
        return jwt.encode({"alg": "RS256", "kid": "first"}, claims, RSAKey.generate_key(2048, {"kid": "first"}))
    return {"no token": " ", "junk": "a.b.c"}[forgery]


def test_new_keys_of_the_provider_are_read_when_they_are_needed_and_not_all_the_time(
    open_house: House, own: OwnProvider
) -> None:
    come_back(open_house, own)
    own.key = RSAKey.generate_key(2048, {"kid": "second"})
    own.published = [own.key]
    with pytest.raises(ProviderError):
        come_back(open_house, own)
    assert own.reads_of_keys == 1
    open_house.clock.pass_by(minutes=2)
    own.claims = {"exp": int(time.time()) + 3600}
    come_back(open_house, own)
    assert own.reads_of_keys == 2


def test_a_provider_that_is_away_or_calls_itself_something_else_is_told_apart(known: House, own: OwnProvider) -> None:
    own.document = {"issuer": "https://evil.example.com"}
    with pytest.raises(ProviderError, match="calls itself 'https://evil"):
        openid(known).depart("work", "/")
    own.document = {"authorization_endpoint": "javascript:alert(1)"}
    with pytest.raises(ProviderError, match="no usable"):
        openid(known).depart("work", "/")
    with pytest.raises(NotFoundError):
        openid(known).depart("home", "/")


def test_an_address_that_is_told_separately_is_of_the_same_person(open_house: House, own: OwnProvider) -> None:
    own.user_information = {"sub": "2", "email": "root@example.com", "email_verified": True}
    with pytest.raises(ProviderError, match="two different people"):
        come_back(open_house, own)
    own.user_information = {"sub": "1", "email": "ben@example.com", "email_verified": True, "nickname": "Ben B."}
    assert who(open_house, come_back(open_house, own)) == "ben-b"


def test_handles_that_are_taken_or_reserved_are_passed_over(open_house: House, own: OwnProvider) -> None:
    open_house.person("ben")
    for number, (name, handle) in enumerate(
        (("ben", "ben-2"), ("admin", "admin-2"), ("Ää", "person"), ("", "person-2"))
    ):
        own.claims = {"sub": f"s{number}", "preferred_username": name}
        assert who(open_house, come_back(open_house, own)) == handle


@given(st.text())
def test_whatever_somebody_is_called_there_is_a_handle(username: str) -> None:
    assert checked_handle(handles_for(username)[0])


def test_nothing_of_the_provider_is_loaded_when_there_is_none() -> None:
    heavy = "import sys, headway.app; print([name for name in ('joserfc', 'authlib') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", heavy], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert SYSTEM.administers
