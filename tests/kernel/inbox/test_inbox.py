from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from headway.kernel.errors import NotFoundError, UnauthenticatedError
from headway.kernel.identity.actors import ANONYMOUS
from headway.kernel.identity.errors import MissingScopeError
from headway.kernel.identity.service import Browser
from headway.kernel.identity.store import person_by_login, set_email
from headway.kernel.invitations.records import team_target
from headway.kernel.ledger.reading import sealed_after
from headway.kernel.ledger.records import Link, MalformedSubjectError
from headway.kernel.ledger.sealing import seal_all
from headway.kernel.ledger.types import own_event
from headway.kernel.projects.members import Members
from tests.kernel.house import PASSWORD, House, house_on
from tests.mailbox import Mailbox, text_of

if TYPE_CHECKING:
    from headway.kernel.database import Database
    from headway.kernel.identity.roles import Role
    from tests.databases import Times

COMMIT = f"commit:anna/shop@{'a' * 40}"


@pytest.fixture
def shop(house: House) -> House:
    """Return the parts of the kernel with a private project of anna's, in which ben is a developer."""
    house.person("anna")
    house.person("ben")
    house.person("eve")
    house.project("anna", "shop")
    give(house, "ben", "developer")
    inboxes(house)
    for handle in ("anna", "ben"):
        house.platform.inbox.mark(house.actor(handle), None, read=True)
    return house


def give(house: House, handle: str, role: Role | None) -> None:
    access = house.platform.projects.open(house.actor("anna"), "anna", "shop", "member.write")
    Members(house.platform.database, house.platform.ledger).give(house.actor("anna"), access, handle, role)


def tell(house: House, predicate: str, subject: str, actor: str, project: str = "anna/shop", **more: Any) -> None:
    links = more.pop("links", ())
    house.platform.database.write(
        lambda connection: house.platform.ledger.append(
            connection, own_event(predicate), subject, actor=actor, project=project, data=more, links=links
        )
    )


def push(house: House, actor: str = "person:ben") -> None:
    tell(house, "push.received", "push:1", actor, updates=[{"ref": "refs/heads/main"}])


def inboxes(house: House, *handles: str) -> list[list[tuple[str, str]]]:
    """Return reason and words of what these people have not read, oldest first."""
    seal_all(house.platform.database)
    house.platform.inbox.subscription.catch_up()
    found = []
    for handle in handles:
        page = house.platform.inbox.notifications(house.actor(handle), unread_only=True)
        found.append([(str(each.reason), each.summary) for each in reversed(page.items)])
    return found


def test_who_owns_a_project_hears_of_pushes_by_others(shop: House) -> None:
    push(shop)
    push(shop, "person:anna")
    anna, ben, eve = inboxes(shop, "anna", "ben", "eve")
    assert (anna, ben, eve) == ([("owner", "ben pushed to main of anna/shop")], [], [])


def test_who_watches_hears_and_who_ignores_does_not(shop: House) -> None:
    inbox, project = shop.platform.inbox, "project:anna/shop"
    inbox.watch(shop.actor("ben"), project, "watch")
    inbox.watch(shop.actor("anna"), project, "ignore")
    push(shop, "token:service:robot")
    assert inboxes(shop, "anna", "ben") == [[], [("watching", "robot pushed to main of anna/shop")]]
    inbox.watch(shop.actor("ben"), project, None)
    inbox.watch(shop.actor("anna"), project, "watch")
    inbox.watch(shop.actor("anna"), "push:1", "ignore")
    push(shop, "system")
    assert inboxes(shop, "anna", "ben")[0] == []
    assert [(each.subject, each.level, each.project_path) for each in inbox.watched(shop.actor("anna"))] == [
        (project, "watch", "anna/shop"),
        ("push:1", "ignore", ""),
    ]
    with pytest.raises(MalformedSubjectError):
        inbox.watch(shop.actor("ben"), "nonsense", "watch")


def test_watching_shows_nothing_of_what_one_may_not_see(shop: House) -> None:
    for subject in ("project:anna/shop", "push:1", "team:acme", "person:ben"):
        shop.platform.inbox.watch(shop.actor("eve"), subject, "watch")
    shop.platform.inbox.watch(shop.actor("ben"), "project:anna/shop", "watch")
    push(shop, "system")
    tell(shop, "member.changed", "team:acme", "system", "", member="person:ben", role="owner")
    assert inboxes(shop, "eve") == [[]]
    shop.platform.inbox.mark(shop.actor("ben"), None, read=True)
    give(shop, "ben", None)
    push(shop, "system")
    assert inboxes(shop, "ben") == [[("addressed", "anna took your role in anna/shop")]]


def test_who_wrote_a_commit_hears_that_a_check_failed(shop: House) -> None:
    tell(shop, "commit.recorded", "push:1", "person:ben", links=[Link(COMMIT, "requested-by", "person:ben")])
    for state in ("pending", "success", "failure"):
        tell(shop, "commit.status-reported", COMMIT, "token:service:robot", state=state, context="build")
    assert inboxes(shop, "anna", "ben") == [[], [("author", "build failed for your commit aaaaaaaaaa in anna/shop")]]


def test_who_is_given_a_role_or_joins_a_team_hears_of_it_and_who_invited_too(shop: House) -> None:
    anna = shop.actor("anna")
    give(shop, "ben", "maintainer")
    team = shop.platform.teams.create(anna, "acme")
    shop.platform.teams.set_member(anna, "acme", "ben", "guest")
    invited = shop.platform.invitations.invite(anna, team_target(team), "", "reporter")
    secret = invited.link.rpartition("/")[2]
    shop.platform.invitations.accept_new(secret, "cleo", "", PASSWORD, Browser("192.0.2.1", ""))
    told = inboxes(shop, "anna", "ben", "cleo")
    assert told == [
        [("invited", "cleo joined acme as reporter")],
        [
            ("addressed", "anna gave you the role maintainer in anna/shop"),
            ("addressed", "anna added you as guest in the team acme"),
        ],
        [],
    ]


def test_owners_of_a_team_hear_of_its_projects(house: House) -> None:
    anna, ben = house.person("anna"), house.person("ben")
    house.platform.teams.create(anna, "acme")
    house.platform.teams.set_member(anna, "acme", "ben", "developer")
    house.project("acme", "shop")
    tell(house, "push.received", "push:1", "system", "acme/shop", updates=[{"ref": "refs/heads/main"}])
    told = inboxes(house, "anna", "ben")
    assert ([reason for reason, _ in told[0]], [reason for reason, _ in told[1]]) == (["owner"], ["addressed"])
    assert ben.handle == "ben"


def test_events_that_come_again_are_told_once(shop: House) -> None:
    push(shop)
    inboxes(shop)
    events = shop.platform.database.read(lambda connection: sealed_after(connection, 0, 1000))
    for _ in range(2):
        shop.platform.database.write(lambda connection: shop.platform.inbox.take(connection, events))
    assert len(inboxes(shop, "anna")[0]) == 1


def test_notifications_are_read_marked_and_paged_by_their_owner_only(shop: House) -> None:
    inbox, anna, ben = shop.platform.inbox, shop.actor("anna"), shop.actor("ben")
    for _ in range(5):
        push(shop)
    inboxes(shop)
    assert (inbox.count_unread(anna), inbox.count_unread(ben), inbox.count_unread(ANONYMOUS)) == (5, 0, 0)
    first = inbox.notifications(anna, unread_only=True, limit=3)
    second = inbox.notifications(anna, unread_only=True, after=first.following, limit=3)
    ids = [each.id for each in (*first.items, *second.items)]
    assert (len(first.items), len(second.items), second.following, sorted(ids, reverse=True)) == (3, 2, "", ids)
    assert inbox.open(anna, ids[0]).project_path == "anna/shop"
    with pytest.raises(NotFoundError):
        inbox.open(ben, ids[1])
    assert inbox.mark(ben, ids, read=True) == 0
    assert (inbox.mark(anna, ids[:2], read=True), inbox.count_unread(anna)) == (1, 3)
    assert (inbox.mark(anna, [ids[0]], read=False), inbox.count_unread(anna)) == (1, 4)
    assert (inbox.mark(anna, None, read=True), inbox.count_unread(anna)) == (4, 0)


def test_an_inbox_takes_an_account_and_the_scope_for_it(shop: House) -> None:
    inbox = shop.platform.inbox
    with pytest.raises(UnauthenticatedError):
        inbox.notifications(ANONYMOUS)
    reading = shop.actor("anna")._replace(scopes=frozenset({"read:user"}))
    assert inbox.notifications(reading).items == () or inbox.count_unread(reading) == 0
    for scopes, change in (
        ("read:user", lambda actor: inbox.mark(actor, None, read=True)),
        ("read:code", inbox.watched),
    ):
        with pytest.raises(MissingScopeError):
            change(reading._replace(scopes=frozenset({scopes})))


def test_who_wants_it_gets_it_by_mail_too_at_an_address_that_is_theirs(
    database: Database, clock: Times, mailbox: Mailbox
) -> None:
    with house_on(database, clock, mail={"server": mailbox.address}) as house:
        for handle in ("anna", "ben", "cleo"):
            house.person(handle, email=f"{handle}@example.com")
            house.project(handle, "shop")
        for handle in ("anna", "ben"):
            house.platform.inbox.set_wants_mail(house.actor(handle), by_mail=True)
        for handle in ("anna", "cleo"):
            verify(house, handle)
        for handle in ("anna", "ben", "cleo"):
            updates = [{"ref": "refs/heads/x\r\nBcc: eve@example.com"}]
            tell(house, "push.received", f"push:{handle}", "system", f"{handle}/shop", updates=updates)
        inboxes(house)
        assert (house.platform.outbox.send_due(), house.platform.outbox.send_due()) == (1, 0)
        got = mailbox.wait()
        assert (got["To"], got["Bcc"]) == ("anna@example.com", None)
        assert "you own the project" in text_of(got)


def test_old_notifications_go_once_they_were_read_and_unread_ones_later(shop: House, clock: Times) -> None:
    inbox, anna = shop.platform.inbox, shop.actor("anna")

    def left() -> int:
        clock.pass_by(hours=2)
        inbox.forget_old()
        return len(inbox.notifications(anna, limit=100).items)

    inbox.mark(anna, None, read=True)
    clock.pass_by(days=200)
    assert left() == 0
    push(shop)
    push(shop)
    inboxes(shop)
    assert left() == 2
    clock.pass_by(days=179)
    newest = inbox.notifications(anna).items[0]
    inbox.open(anna, newest.id)
    clock.pass_by(days=2)
    assert left() == 2  # read just now, or not at all
    clock.pass_by(days=177)
    assert left() == 2
    clock.pass_by(days=4)
    assert left() == 0


def test_old_notifications_go_some_at_a_time_until_none_is_left(
    shop: House, clock: Times, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headway.kernel.inbox.service.FORGOTTEN_AT_ONCE", 2)
    inbox = shop.platform.inbox
    for _ in range(5):
        push(shop)
    inboxes(shop)
    before = sum(len(inbox.notifications(shop.actor(handle)).items) for handle in ("anna", "ben"))
    assert before >= 5
    clock.pass_by(days=361)
    assert inbox.forget_old() == before
    assert inbox.forget_old() == 0  # looks again in an hour


def test_how_long_notifications_are_kept_is_a_setting(database: Database, clock: Times) -> None:
    with house_on(database, clock, inbox_days=3) as house:
        house.person("anna")
        house.project("anna", "shop")
        tell(house, "push.received", "push:1", "system", updates=[{"ref": "refs/heads/main"}])
        inboxes(house)
        anna = house.actor("anna")
        assert house.platform.inbox.count_unread(anna) == 1
        clock.pass_by(days=5)
        house.platform.inbox.forget_old()
        assert house.platform.inbox.count_unread(anna) == 1
        clock.pass_by(days=2)
        house.platform.inbox.forget_old()
        assert house.platform.inbox.notifications(anna).items == ()


def verify(house: House, handle: str) -> None:
    def work(connection: Any) -> None:
        found = person_by_login(connection, handle)
        assert found is not None
        set_email(connection, found.account.id, found.email, house.clock())

    house.platform.database.write(work)
