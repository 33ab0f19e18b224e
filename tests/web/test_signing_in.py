"""Attacks on the pages for those who come and go, beside what they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.mailbox import Mailbox, link_in
from tests.providers import OwnProvider, own_provider
from tests.serving import Served, serving
from tests.web.browsing import PASSWORD, Visitor, visitor

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

ELSEWHERE = "https://evil.example.com"


def test_signing_in_begins_a_session_that_nobody_could_have_prepared(served: Served) -> None:
    anna = visitor(served, "anna")
    fixed = "hws_" + "x" * 43
    ben = visitor(served)
    ben.client.cookies.set("headway", fixed)
    assert ben.sign_in("anna").status_code == 303
    sessions = [each.value for each in ben.client.cookies.jar if each.name == "headway"]
    assert fixed not in sessions[-1:]
    eve = visitor(served)
    eve.client.cookies.set("headway", fixed)
    assert eve.see("/-/account").headers["location"] == "/-/sign-in?next=/-/account"
    assert anna.session not in sessions
    cookie = visitor(served).sign_in("anna").headers["set-cookie"]
    assert [part in cookie for part in ("HttpOnly", "SameSite=lax", "Path=/")] == [True, True, True]


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example.com",
        "//evil.example.com",
        "/\\evil.example.com",
        "javascript:alert(1)",
        "/\t/evil",
        "",
        "x",
    ],
)
def test_nobody_is_led_to_another_site_after_signing_in(served: Served, wanted: str) -> None:
    visitor(served, "anna")
    answer = visitor(served).send("/-/sign-in", login="anna", password=PASSWORD, next=wanted)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = visitor(served).see("/-/sign-in", next=wanted)
    assert 'name="next" value="/"' in page.text
    kept = visitor(served).send("/-/sign-in", login="anna", password=PASSWORD, next="/acme/shop?x=1")
    assert kept.headers["location"] == "/acme/shop?x=1"


def test_the_answer_to_a_wrong_name_is_that_to_a_wrong_password(served: Served) -> None:
    visitor(served, "anna", email="anna@example.com")
    answers = {
        visitor(served).sign_in(login, "wrong password").text.replace(login, "")
        for login in ("anna", "nobody", "anna@example.com", "nobody@example.com")
    }
    assert len(answers) == 1


def test_who_guesses_has_to_wait_and_is_told_how_long(served: Served) -> None:
    visitor(served, "anna")
    guessing = visitor(served)
    answers = [guessing.sign_in("anna", f"guess number {number}").status_code for number in range(7)]
    assert (answers[0], answers[-1]) == (401, 429)
    waits = guessing.sign_in("anna")
    assert (waits.status_code, "try again in" in waits.text) == (429, True)


FORMS = [
    "/-/sign-in",
    "/-/password",
    f"/-/password/hwl_{'x' * 43}",
    f"/-/invitations/hwi_{'x' * 43}",
    "/-/sign-out",
    "/-/account",
    "/-/account/tokens",
    "/-/account/ssh-keys",
    "/-/account/sign-in",
    "/-/account/sessions/end-others",
    "/-/teams",
    "/-/teams/acme/members",
    "/-/teams/acme/delete",
    "/-/people/anna/administrator",
    "/-/people/anna/sign-in-link",
    "/-/programs",
    "/-/inbox/read-all",
]


@pytest.mark.parametrize("path", FORMS)
def test_a_form_of_another_site_does_nothing(served: Served, path: str) -> None:
    anna = visitor(served, "anna", admin=True)
    before = len(served.events())
    fields = {"handle": "x", "login": "anna", "password": PASSWORD, "name": "x", "scopes": "admin", "key": "x"}
    for origin in (ELSEWHERE, "null", f"http://evil.{served.url.partition('//')[2]}"):
        answer = anna.send(path, origin, **fields)
        assert (answer.status_code, "sent from another site" in answer.text.lower()) == (403, True)
    assert anna.client.post(path, data=fields, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert anna.client.post(path, data=fields).status_code == 403
    assert len(served.events()) == before


def test_what_people_are_called_is_text_and_nothing_else(served: Served) -> None:
    anna = visitor(served, "anna", admin=True)
    odd = "<script>alert(1)</script>\"'&{{7*7}}"
    anna.send("/-/account", name=odd, email="")
    anna.send("/-/teams", handle="acme", name=odd)
    anna.send("/-/account/tokens", name=odd, scopes=["read:user"], days="7")
    for path in ("/-/account", "/-/people", "/-/teams", "/-/teams/acme", "/-/account/tokens", "/-/account/sessions"):
        page = anna.see(path)
        assert (page.status_code, "<script>alert" in page.text, "49" in page.text.partition("{{")[0][-5:]) == (
            200,
            False,
            False,
        )
    assert "&lt;script&gt;" in anna.see("/-/people").text
    policy = anna.see("/-/people").headers["content-security-policy"]
    assert "script-src 'self'" in policy


def test_a_page_says_nothing_that_its_address_says(served: Served) -> None:
    anna = visitor(served, "anna")
    page = anna.see("/-/account", done="<b>Your account is locked, call 555</b>")
    assert "555" not in page.text
    assert "Saved." in anna.see("/-/account", done="saved").text


def test_a_forgotten_password_is_replaced_in_the_browser(
    tmp_path: Path, sqlite_template: Path, mailbox: Mailbox
) -> None:
    with serving(tmp_path / "server", sqlite_template, mail={"server": mailbox.address}) as served:
        signed_in = visitor(served, "anna", email="anna@example.com")
        forgetful = visitor(served)
        assert "/-/password" in forgetful.see("/-/sign-in").text
        answers = {forgetful.send("/-/password", login=login).text for login in ("anna", "nobody")}
        assert len(answers) == 1
        path = link_in(mailbox.wait())
        page = forgetful.see(path)
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
        assert forgetful.send(path, password="short").status_code == 422
        answer = forgetful.send(path, password="eleven blue buttons")
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        assert forgetful.see("/-/account").status_code == 200
        assert signed_in.see("/-/account").status_code == 303
        assert forgetful.see(path).status_code == 410
        assert "was changed" in mailbox.wait(2)["Subject"]


def test_an_address_is_confirmed_in_the_browser(tmp_path: Path, sqlite_template: Path, mailbox: Mailbox) -> None:
    with serving(tmp_path / "server", sqlite_template, mail={"server": mailbox.address}) as served:
        anna = visitor(served, "anna", email="anna@example.com")
        assert anna.send("/-/account/confirm").headers["location"] == "/-/account?done=mailed"
        path = link_in(mailbox.wait())
        assert visitor(served).see(path).headers["location"].startswith("/-/sign-in?next=/-/email/")
        assert visitor(served, "eve").send(path).status_code == 410
        assert "Confirm" in anna.see(path).text
        assert anna.send(path).headers["location"] == "/-/account?done=confirmed"
        assert "confirmed" in anna.see("/-/account").text


def test_people_sign_in_and_link_at_a_provider_in_the_browser(tmp_path: Path, sqlite_template: Path) -> None:
    with own_provider() as provider:
        settings = {
            "name": "work",
            "label": "Work",
            "issuer": provider.issuer,
            "client_id": "headway",
            "allow_sign_up": True,
        }
        with serving(tmp_path / "server", sqlite_template, openid=[settings]) as served:
            ben = visitor(served)
            assert "Sign in with Work" in ben.see("/-/sign-in").text
            provider.claims = {"preferred_username": "ben"}
            assert through(ben, provider, next="/-/teams").headers["location"] == "/-/teams"
            assert ">ben<" in ben.see("/-/account").text
            assert through(visitor(served), provider, next=ELSEWHERE).headers["location"] == "/"
            anna = visitor(served, "anna")
            provider.claims = {"sub": "2"}
            assert through(anna, provider, link=True).headers["location"] == "/-/account/sign-in?done=linked"
            assert through(visitor(served), provider).status_code == 303
            foreign = anna.client.get("/-/openid/work?link=true", headers={"Sec-Fetch-Site": "cross-site"})
            assert foreign.status_code == 403
            answer = provider.answer(ben.see("/-/openid/work").headers["location"])
            stolen = visitor(served).see("/-/openid/work/callback", **answer)
            assert (stolen.status_code, "begin again" in stolen.text) == (401, True)
            assert visitor(served).see("/-/openid/home").status_code == 404


def through(somebody: Visitor, provider: OwnProvider, **query: Any) -> httpx.Response:
    """Go to the provider and come back."""
    left = somebody.see("/-/openid/work", **query)
    assert left.status_code == 303, left.text
    back = provider.answer(left.headers["location"])
    return somebody.see("/-/openid/work/callback", **back)
