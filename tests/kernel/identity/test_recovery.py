from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from headway.kernel.identity.actors import ANONYMOUS
from headway.kernel.identity.errors import (
    ExpiredLinkError,
    InvalidNameError,
    MissingScopeError,
    SignInError,
    TakenError,
    ThrottledError,
)
from headway.kernel.identity.service import Browser
from headway.kernel.identity.store import person_by_login
from headway.kernel.mail.tables import outgoing_mail
from tests.kernel.house import PASSWORD, House, house_on
from tests.mailbox import Mailbox, link_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.kernel.database import Database
    from tests.databases import Times

HERE = Browser("192.0.2.1", "a browser")
ANOTHER = "eleven blue buttons"


@pytest.fixture
def mailing(database: Database, clock: Times, mailbox: Mailbox) -> Iterator[House]:
    """Return the parts of the kernel, with a mail server."""
    with house_on(database, clock, mail={"server": mailbox.address}) as house:
        house.person("anna", email="Anna@example.com", password=PASSWORD)
        yield house


def secret_of(house: House, mailbox: Mailbox, number: int = 1) -> str:
    house.platform.outbox.send_due()
    return link_in(mailbox.wait(number)).rpartition("/")[2]


def email_of(house: House, login: str) -> tuple[str | None, bool]:
    found = house.platform.database.read(lambda connection: person_by_login(connection, login))
    assert found is not None
    return found.email, found.email_verified is not None


def test_a_forgotten_password_is_replaced_by_a_link_in_a_message(mailing: House, mailbox: Mailbox) -> None:
    identity, recovery = mailing.platform.identity, mailing.platform.recovery
    before = identity.sign_in("anna", PASSWORD, HERE)
    recovery.request("ANNA@example.com", HERE)
    secret = secret_of(mailing, mailbox)
    session = recovery.reset(secret, ANOTHER, HERE)
    by_session = mailing.platform.authentication.by_session
    assert (by_session(before.secret), by_session(session.secret).handle) == (ANONYMOUS, "anna")
    with pytest.raises(SignInError):
        identity.sign_in("anna", PASSWORD, HERE)
    assert identity.sign_in("anna", ANOTHER, HERE).account_id == session.account_id
    assert email_of(mailing, "anna") == ("Anna@example.com", True)
    mailing.platform.outbox.send_due()
    assert "was changed" in mailbox.wait(2)["Subject"]


def test_a_link_is_good_once_for_an_hour_and_not_beside_a_newer_password(mailing: House, mailbox: Mailbox) -> None:
    recovery = mailing.platform.recovery
    for _ in range(3):
        recovery.request("anna", HERE)
        mailing.clock.pass_by(minutes=1)
    first, second, third = (secret_of(mailing, mailbox, number) for number in (1, 2, 3))
    with pytest.raises(InvalidNameError):
        recovery.reset(first, "short", HERE)
    recovery.reset(first, ANOTHER, HERE)
    for used in (first, second, "hwl_" + "x" * 43, ""):
        with pytest.raises(ExpiredLinkError):
            recovery.reset(used, PASSWORD, HERE)
    assert not recovery.can_reset(third)
    mailing.clock.pass_by(hours=2)
    recovery.request("anna", HERE)
    late = secret_of(mailing, mailbox, 5)
    mailing.clock.pass_by(hours=1, seconds=1)
    with pytest.raises(ExpiredLinkError):
        recovery.reset(late, PASSWORD, HERE)


def test_nobody_learns_whether_there_is_such_a_person(mailing: House) -> None:
    recovery = mailing.platform.recovery
    outcomes: dict[str, list[str]] = {}
    for login in ("anna", "nobody", "nobody@example.com", "x" * 5000):
        told: list[str] = []
        for number in range(6):
            try:
                recovery.request(login, Browser(f"192.0.2.{len(outcomes)}", ""))
                told.append("sent")
            except ThrottledError:
                told.append("wait")
            assert number < 6
        outcomes[login] = told
    assert len({tuple(told) for told in outcomes.values()}) == 1
    assert outcomes["anna"][-1] == "wait"


def test_nobody_gets_many_messages_that_somebody_else_asked_for(mailing: House) -> None:
    for number in range(12):
        try:
            mailing.platform.recovery.request("anna", Browser(f"192.0.2.{number}", ""))
        except ThrottledError:
            continue
    query = select(outgoing_mail.c.id)
    assert len(mailing.platform.database.read(lambda connection: connection.execute(query).all())) == 3


def test_no_message_goes_to_a_suspended_person_or_one_without_address(mailing: House, mailbox: Mailbox) -> None:
    mailing.person("ben")
    mailing.platform.recovery.request("ben", HERE)
    assert mailing.platform.outbox.send_due() == 0
    assert mailbox.messages == []


def test_a_new_address_counts_once_its_link_was_followed(mailing: House, mailbox: Mailbox) -> None:
    recovery, anna, ben = mailing.platform.recovery, mailing.actor("anna"), mailing.person("ben")
    assert recovery.change_email(anna, "anna@new.example.com")
    assert email_of(mailing, "anna") == ("Anna@example.com", False)
    secret = secret_of(mailing, mailbox)
    with pytest.raises(ExpiredLinkError):
        recovery.confirm_email(ben, secret)
    recovery.confirm_email(anna, secret)
    assert email_of(mailing, "anna") == ("anna@new.example.com", True)
    with pytest.raises(ExpiredLinkError):
        recovery.confirm_email(anna, secret)


def test_the_answer_does_not_tell_that_somebody_has_an_address(mailing: House, mailbox: Mailbox) -> None:
    assert mailing.platform.recovery.change_email(mailing.person("ben"), "anna@EXAMPLE.com")
    assert mailing.platform.outbox.send_due() == 0
    assert mailbox.messages == []


def test_without_a_mail_server_an_address_is_taken_as_it_is_and_not_believed(house: House) -> None:
    anna, ben = house.person("anna"), house.person("ben")
    assert not house.platform.recovery.change_email(anna, "a@example.com")
    assert email_of(house, "anna") == ("a@example.com", False)
    with pytest.raises(TakenError):
        house.platform.recovery.change_email(ben, "A@example.com")
    with pytest.raises(InvalidNameError):
        house.platform.recovery.change_email(ben, "x\r\nBcc: y@example.com")
    house.platform.recovery.change_email(anna, "")
    assert email_of(house, "anna") == (None, False)


def test_a_password_is_changed_by_who_knows_the_present_one(house: House) -> None:
    house.person("anna", password=PASSWORD)
    identity, by_session = house.platform.identity, house.platform.authentication.by_session
    other = identity.sign_in("anna", PASSWORD, HERE)
    actor = by_session(identity.sign_in("anna", PASSWORD, HERE).secret)
    for wrong in ("", ANOTHER):
        with pytest.raises(SignInError):
            identity.change_password(actor, wrong, ANOTHER, HERE)
    with pytest.raises(InvalidNameError):
        identity.change_password(actor, PASSWORD, "anna", HERE)
    identity.change_password(actor, PASSWORD, ANOTHER, HERE)
    assert by_session(other.secret) == ANONYMOUS
    with pytest.raises(SignInError):
        identity.change_password(house.actor("anna"), ANOTHER, PASSWORD, HERE)
    for _ in range(7):
        with pytest.raises((SignInError, ThrottledError)) as caught:
            identity.change_password(actor, "guessed", PASSWORD, HERE)
    assert isinstance(caught.value, ThrottledError)


def test_no_secret_and_no_address_is_in_the_ledger(mailing: House, mailbox: Mailbox) -> None:
    mailing.platform.recovery.request("anna", HERE)
    secret = secret_of(mailing, mailbox)
    mailing.platform.recovery.reset(secret, ANOTHER, HERE)
    mailing.platform.recovery.change_email(mailing.actor("anna"), "anna@new.example.com")
    told = "".join(f"{event}" for event in mailing.events())
    assert [word for word in (secret, ANOTHER, "example.com", "hwl_", "hws_") if word in told] == []


def test_a_token_changes_the_account_only_with_the_scope_for_it(house: House) -> None:
    reading = house.person("anna")._replace(scopes=frozenset({"read:user"}))
    for change in (house.platform.recovery.change_name, house.platform.recovery.change_email):
        with pytest.raises(MissingScopeError):
            change(reading, "anna@example.com")
