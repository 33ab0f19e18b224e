from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from headway.kernel.errors import InputError, LimitError, NotFoundError, UnauthenticatedError
from headway.kernel.gate import DeniedError
from headway.kernel.identity.actors import ANONYMOUS
from headway.kernel.identity.errors import ExpiredLinkError, InvalidNameError, RankError, TakenError
from headway.kernel.identity.roles import ROLES, rank
from headway.kernel.identity.service import Browser
from headway.kernel.identity.store import person_by_login
from headway.kernel.invitations import service
from headway.kernel.invitations.records import project_target, team_target
from tests.kernel.house import PASSWORD, House, house_on
from tests.mailbox import Mailbox, link_in, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.kernel.database import Database
    from headway.kernel.identity.roles import Role
    from headway.kernel.invitations.records import Invited, Target
    from tests.databases import Times

HERE = Browser("192.0.2.1", "a browser")


@pytest.fixture
def mailing(database: Database, clock: Times, mailbox: Mailbox) -> Iterator[House]:
    """Return the parts of the kernel, with a mail server."""
    with house_on(database, clock, mail={"server": mailbox.address}) as house:
        yield house


def shop(house: House, handle: str = "anna") -> Target:
    """Return a project of anna's as somebody may invite to it."""
    return project_target(house.platform.projects.open(house.actor(handle), "anna", "shop", "member.write"))


def a_project(house: House) -> Target:
    house.person("anna")
    house.project("anna", "shop")
    return shop(house)


def secret_of(invited: Invited) -> str:
    return invited.link.rpartition("/")[2]


def role_in_shop(house: House, handle: str) -> Role | None:
    try:
        return house.platform.projects.open(house.actor(handle), "anna", "shop", "project.read").role
    except NotFoundError:
        return None


def test_who_accepts_gets_an_account_and_the_role(house: House) -> None:
    invited = house.platform.invitations.invite(house.person("anna"), a_team(house, "anna"), "", "developer")
    secret = secret_of(invited)
    offer = house.platform.invitations.offer(secret)
    assert (offer.kind, offer.place, offer.role, offer.inviter) == ("team", "acme", "developer", "Anna")
    session = house.platform.invitations.accept_new(secret, "ben", "Ben", PASSWORD, HERE)
    assert house.platform.authentication.by_session(session.secret).handle == "ben"
    assert [team.role for team in house.platform.teams.mine(house.actor("ben"))] == ["developer"]
    told = [event.type.rpartition("headway-")[2] for event in house.events()]
    assert [each for each in told if each.startswith(("invitation", "member"))] == [
        "invitation.created",
        "invitation.accepted",
        "member.changed",
    ]


def a_team(house: House, owner: str) -> Target:
    return team_target(house.platform.teams.create(house.actor(owner), "acme"))


def test_an_invitation_to_the_installation_is_an_administrators_to_give(house: House) -> None:
    invitations = house.platform.invitations
    for actor, error in ((house.person("anna"), DeniedError), (ANONYMOUS, UnauthenticatedError)):
        with pytest.raises(error):
            invitations.to_installation(actor)
    root = house.person("root-of-all", admin=True)
    with pytest.raises(DeniedError, match="scope 'admin'"):
        invitations.to_installation(root._replace(scopes=frozenset({"write:user"})))
    target = invitations.to_installation(root)
    with pytest.raises(InputError):
        invitations.invite(root, target, "", "owner")
    session = invitations.accept_new(secret_of(invitations.invite(root, target, "")), "ben", "", PASSWORD, HERE)
    assert not house.platform.authentication.by_session(session.secret).is_administrator


def test_nobody_invites_to_more_than_they_have(house: House) -> None:
    a_project(house)
    invitations, ben = house.platform.invitations, house.person("ben")
    joining = secret_of(invitations.invite(house.actor("anna"), shop(house), "", "maintainer"))
    invitations.accept_as(ben, joining)
    with pytest.raises(RankError):
        invitations.invite(ben, shop(house, "ben"), "", "owner")
    higher = invitations.invite(house.actor("anna"), shop(house), "", "owner")
    for change in (invitations.resend, invitations.revoke):
        with pytest.raises(RankError):
            change(ben, shop(house, "ben"), higher.invitation.id)
    with pytest.raises(InputError):
        invitations.invite(ben, shop(house, "ben"), "", "king")  # type: ignore[arg-type]


def test_an_invitation_is_good_once_also_for_two_at_once(house: House) -> None:
    secret = secret_of(house.platform.invitations.invite(house.person("anna"), a_team(house, "anna"), "", "guest"))
    people = [house.person(handle) for handle in ("ben", "cleo", "dora")]
    barrier, refused = threading.Barrier(3), []

    def accept(number: int) -> None:
        barrier.wait()
        try:
            house.platform.invitations.accept_as(people[number], secret)
        except ExpiredLinkError:
            refused.append(number)

    threads = [threading.Thread(target=accept, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 2


def test_an_invitation_ends_by_time_by_being_taken_back_and_by_being_sent_again(house: House) -> None:
    target, invitations, anna = a_project(house), house.platform.invitations, house.actor("anna")
    ben = house.person("ben")
    taken_back, again, late = (invitations.invite(anna, target, "", "guest") for _ in range(3))
    invitations.revoke(anna, target, taken_back.invitation.id)
    newer = invitations.resend(anna, target, again.invitation.id)
    for void in (secret_of(taken_back), secret_of(again), "hwi_" + "x" * 43, ""):
        with pytest.raises(ExpiredLinkError):
            invitations.accept_as(ben, void)
    with pytest.raises(NotFoundError):
        invitations.revoke(anna, target, taken_back.invitation.id)
    house.clock.pass_by(days=6)
    invitations.accept_as(ben, secret_of(newer))
    house.clock.pass_by(days=2)
    with pytest.raises(ExpiredLinkError):
        invitations.offer(secret_of(late))
    assert [each.id for each in invitations.waiting(target)] == [late.invitation.id]


def test_an_invitation_of_somebody_who_may_invite_no_longer_is_void(house: House) -> None:
    a_project(house)
    invitations, ben = house.platform.invitations, house.person("ben")
    invitations.accept_as(ben, secret_of(invitations.invite(house.actor("anna"), shop(house), "", "maintainer")))
    back_door = secret_of(invitations.invite(ben, shop(house, "ben"), "", "maintainer"))
    from headway.kernel.projects.members import Members

    access = house.platform.projects.open(house.actor("anna"), "anna", "shop", "member.write")
    Members(house.platform.database, house.platform.ledger).give(house.actor("anna"), access, "ben", None)
    with pytest.raises(ExpiredLinkError):
        invitations.accept_as(ben, back_door)
    assert role_in_shop(house, "ben") is None


def test_an_invitation_of_another_project_cannot_be_reached_through_ones_own(house: House) -> None:
    target, eve = a_project(house), house.person("eve")
    invited = house.platform.invitations.invite(house.actor("anna"), target, "", "owner")
    house.project("eve", "own")
    own = project_target(house.platform.projects.open(eve, "eve", "own", "member.write"))
    for change in (house.platform.invitations.resend, house.platform.invitations.revoke):
        with pytest.raises(NotFoundError):
            change(eve, own, invited.invitation.id)


@pytest.mark.parametrize("before", ROLES)
def test_accepting_never_takes_a_role_away(house: House, before: Role) -> None:
    target, invitations = a_project(house), house.platform.invitations
    ben, anna = house.person("ben"), house.actor("anna")
    for role in (before, "developer"):
        invitations.accept_as(ben, secret_of(invitations.invite(anna, target, "", role)))
    assert rank(role_in_shop(house, "ben")) == max(rank(before), rank("developer"))


def test_a_link_by_mail_goes_there_only_and_shows_that_the_address_is_ones_own(
    mailing: House, mailbox: Mailbox
) -> None:
    anna = mailing.person("anna")
    invited = mailing.platform.invitations.invite(anna, a_team(mailing, "anna"), "Ben@example.com", "developer")
    assert (invited.link, mailing.platform.outbox.send_due()) == ("", 1)
    got = mailbox.wait()
    assert (got["To"], got["Subject"]) == ("Ben@example.com", "Anna invites you to acme on Headway")
    assert "as developer" in text_of(got)
    mailing.platform.invitations.accept_new(link_in(got).rpartition("/")[2], "ben", "", PASSWORD, HERE)
    found = mailing.platform.database.read(lambda connection: person_by_login(connection, "ben@example.com"))
    assert found is not None
    assert (found.account.handle, found.email_verified is not None) == ("ben", True)


def test_a_link_that_was_passed_on_gives_nobody_the_address_that_was_meant(house: House) -> None:
    invited = house.platform.invitations.invite(house.person("anna"), a_team(house, "anna"), "ceo@example.com", "guest")
    house.platform.invitations.accept_new(secret_of(invited), "eve", "", PASSWORD, HERE)
    assert house.platform.database.read(lambda connection: person_by_login(connection, "ceo@example.com")) is None


def test_inviting_does_not_tell_whether_somebody_has_an_account(mailing: House) -> None:
    anna = mailing.person("anna", email="anna@example.com")
    target = a_team(mailing, "anna")
    known, unknown = (
        mailing.platform.invitations.invite(anna, target, email, "guest")
        for email in ("anna@example.com", "nobody@example.com")
    )
    assert (known.link, known.invitation._replace(id=0, email="")._fields) == ("", unknown.invitation._fields)
    with pytest.raises(TakenError, match="was invited already"):
        mailing.platform.invitations.invite(anna, target, "NOBODY@example.com", "guest")


def test_what_is_refused_uses_the_invitation_up_no_more_than_it_makes_an_account(house: House) -> None:
    secret = secret_of(house.platform.invitations.invite(house.person("anna"), a_team(house, "anna"), "", "guest"))
    accept = house.platform.invitations.accept_new
    for handle, password, error in (
        ("anna", PASSWORD, TakenError),
        ("acme", PASSWORD, TakenError),
        ("a/b", PASSWORD, InvalidNameError),
        ("ben", "short", InvalidNameError),
    ):
        with pytest.raises(error):
            accept(secret, handle, "", password, HERE)
    accept(secret, "ben", "", PASSWORD, HERE)


def test_nobody_can_have_mail_sent_without_end(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "MOST_OPEN", 3)
    anna = house.person("anna")
    target = a_team(house, "anna")
    for number in range(3):
        house.platform.invitations.invite(anna, target, f"x{number}@example.com", "guest")
    with pytest.raises(LimitError):
        house.platform.invitations.invite(anna, target, "more@example.com", "guest")


def test_no_link_and_no_address_is_in_the_ledger(house: House) -> None:
    invited = house.platform.invitations.invite(house.person("anna"), a_team(house, "anna"), "b@example.com", "guest")
    house.platform.invitations.accept_new(secret_of(invited), "ben", "", PASSWORD, HERE)
    told = "".join(f"{event}" for event in house.events())
    assert [word for word in ("hwi_", "hws_", "example.com", PASSWORD) if word in told] == []
