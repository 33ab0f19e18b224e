from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from headway.kernel.errors import InputError, NotFoundError, UnauthenticatedError
from headway.kernel.gate import DeniedError
from headway.kernel.identity.actors import ANONYMOUS
from headway.kernel.identity.errors import ExpiredLinkError, MissingScopeError, RankError, SignInError
from headway.kernel.identity.service import Browser
from headway.kernel.identity.tokens import Wanted
from tests.kernel.house import PASSWORD, House

if TYPE_CHECKING:
    from headway.kernel.identity.people import People

HERE = Browser("192.0.2.1", "a browser")


@pytest.fixture
def people(house: House) -> People:
    house.person("root-of-all", admin=True)
    house.person("anna", email="anna@example.com", password=PASSWORD)
    return house.platform.people


def test_people_are_listed_in_pages_and_found_by_a_part_of_what_they_are_called(house: House, people: People) -> None:
    root = house.actor("root-of-all")
    for number in range(5):
        house.person(f"x{number}")
    found: list[str] = []
    after = ""
    while True:
        page = people.list(root, after=after, limit=2)
        found += [each.handle for each in page.items]
        if not (after := page.following):
            break
    assert found == ["anna", "root-of-all", "x0", "x1", "x2", "x3", "x4"]
    for text, handles in (("NNA", ["anna"]), ("anna@ex", ["anna"]), ("root-of", ["root-of-all"]), ("%", []), ("_", [])):
        assert [each.handle for each in people.list(root, text).items] == handles
    with pytest.raises(InputError):
        people.list(root, after="nonsense")


def test_people_are_for_administrators_only(house: House, people: People) -> None:
    admin_by_token = house.actor("root-of-all")._replace(scopes=frozenset({"read:user"}))
    for actor, error in (
        (house.actor("anna"), DeniedError),
        (ANONYMOUS, UnauthenticatedError),
        (admin_by_token, DeniedError),
    ):
        for change in (people.suspend, people.reinstate, people.sign_in_link, people.find):
            with pytest.raises(error):
                change(actor, "anna")
        with pytest.raises(error):
            people.list(actor)
        with pytest.raises(error):
            people.set_administrator(actor, "anna", administers=True)


def test_who_is_suspended_is_out_at_once(house: House, people: People) -> None:
    identity, authentication = house.platform.identity, house.platform.authentication
    session = identity.sign_in("anna", PASSWORD, HERE).secret
    token = house.platform.tokens.create_personal(house.actor("anna"), Wanted("t", ("read:user",))).secret
    root = house.actor("root-of-all")
    link = people.sign_in_link(root, "anna")
    people.suspend(root, "ANNA")
    assert (authentication.by_session(session), authentication.by_token(token)) == (ANONYMOUS, ANONYMOUS)
    with pytest.raises(SignInError):
        identity.sign_in("anna", PASSWORD, HERE)
    with pytest.raises(NotFoundError):
        people.sign_in_link(root, "anna")
    people.suspend(root, "anna")
    people.reinstate(root, "anna")
    assert authentication.by_session(session) == ANONYMOUS
    with pytest.raises(ExpiredLinkError):
        identity.sign_in_by_link(link, HERE)
    assert authentication.by_token(token).handle == "anna"
    assert identity.sign_in("anna", PASSWORD, HERE)
    told = [event.type.rpartition("headway-")[2] for event in house.events() if "person.s" in event.type]
    assert told == ["person.suspended"]


def test_somebody_always_administers(house: House, people: People) -> None:
    root = house.actor("root-of-all")
    with pytest.raises(RankError, match="has to administer"):
        people.set_administrator(root, "root-of-all", administers=False)
    with pytest.raises(RankError, match="nobody suspends themselves"):
        people.suspend(root, "root-of-all")
    people.set_administrator(root, "anna", administers=True)
    people.set_administrator(root, "root-of-all", administers=False)
    with pytest.raises(DeniedError):
        people.suspend(house.actor("root-of-all"), "anna")
    assert [event.data["administrator"] for event in house.events("administrator.changed")] == [True, False]


def test_a_suspended_administrator_does_not_count(house: House, people: People) -> None:
    root = house.actor("root-of-all")
    people.set_administrator(root, "anna", administers=True)
    people.suspend(root, "anna")
    with pytest.raises(RankError):
        people.set_administrator(root, "root-of-all", administers=False)


def test_two_administrators_who_unmake_each_other_leave_one(house: House, people: People) -> None:
    people.set_administrator(house.actor("root-of-all"), "anna", administers=True)
    barrier, refused = threading.Barrier(2), []

    def unmake(by: str, whom: str) -> None:
        actor = house.actor(by)
        barrier.wait()
        try:
            people.set_administrator(actor, whom, administers=False)
        except RankError:
            refused.append(whom)

    threads = [
        threading.Thread(target=unmake, args=pair) for pair in (("anna", "root-of-all"), ("root-of-all", "anna"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1


def test_a_link_of_an_administrator_signs_somebody_in_once_and_the_ledger_knows_who_made_it(
    house: House, people: People
) -> None:
    link = people.sign_in_link(house.actor("root-of-all"), "anna")
    assert house.platform.identity.sign_in_by_link(link, HERE)
    with pytest.raises(ExpiredLinkError):
        house.platform.identity.sign_in_by_link(link, HERE)
    (told,) = house.events("sign-in-link.created")
    assert (told.actor, told.subject, link in f"{told}") == ("person:root-of-all", "person:anna", False)


def test_everybody_ends_their_own_sessions_and_nobody_elses(house: House, people: People) -> None:
    identity, by_session = house.platform.identity, house.platform.authentication.by_session
    secrets = [
        identity.sign_in("anna", PASSWORD, Browser("192.0.2.1", f"browser {number}")).secret for number in range(3)
    ]
    anna = by_session(secrets[0])
    sessions = people.sessions(anna)
    assert {each.agent for each in sessions} == {"browser 0", "browser 1", "browser 2"}
    with pytest.raises(NotFoundError):
        people.end_session(house.actor("root-of-all"), sessions[0].id)
    people.end_session(anna, by_session(secrets[1]).session_id or 0)
    assert by_session(secrets[1]) == ANONYMOUS
    assert people.end_other_sessions(anna) == 1
    assert (by_session(secrets[2]), by_session(secrets[0]).handle) == (ANONYMOUS, "anna")
    with pytest.raises(MissingScopeError):
        people.end_other_sessions(anna._replace(scopes=frozenset({"read:user"})))
