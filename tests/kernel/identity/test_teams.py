from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from headway.kernel.errors import InputError, NotFoundError, UnauthenticatedError
from headway.kernel.gate import DeniedError
from headway.kernel.identity.actors import ANONYMOUS
from headway.kernel.identity.errors import (
    InvalidNameError,
    MissingScopeError,
    NotEmptyError,
    RankError,
    TakenError,
)

if TYPE_CHECKING:
    from headway.kernel.identity.teams import Teams
    from tests.kernel.house import House


@pytest.fixture
def teams(house: House) -> Teams:
    anna = house.person("anna")
    house.person("ben")
    house.person("cleo")
    house.platform.teams.create(anna, "acme", "Acme & Sons")
    return house.platform.teams


def test_whoever_makes_a_team_owns_it(house: House, teams: Teams) -> None:
    assert [(team.handle, team.name, team.role) for team in teams.mine(house.actor("anna"))] == [
        ("acme", "Acme & Sons", "owner")
    ]
    assert teams.mine(house.actor("ben")) == []
    assert [(event.subject, event.actor) for event in house.events("team.created")] == [("team:acme", "person:anna")]


def test_a_team_has_a_handle_that_nobody_else_has(house: House, teams: Teams) -> None:
    anna = house.actor("anna")
    for taken in ("acme", "ACME", "Ben"):
        with pytest.raises(TakenError):
            teams.create(anna, taken)
    for odd in ("", "-x", "admin", "a/b", "x" * 40, "~1"):
        with pytest.raises(InvalidNameError):
            teams.create(anna, odd)
    with pytest.raises(InvalidNameError):
        teams.create(anna, "fine", "bell\a")


def test_a_team_is_not_there_for_those_who_do_not_belong_to_it(house: House, teams: Teams) -> None:
    for handle in ("acme", "nothing", "ben"):
        with pytest.raises(NotFoundError, match="there is no such team, or you do not belong to it"):
            teams.open(house.actor("ben"), handle)
    with pytest.raises(UnauthenticatedError):
        teams.open(ANONYMOUS, "acme")
    assert teams.open(house.person("root-of-all", admin=True), "acme").role == "owner"


def test_nobody_gives_or_takes_more_than_they_have(house: House, teams: Teams) -> None:
    teams.set_member(house.actor("anna"), "acme", "ben", "maintainer")
    ben = house.actor("ben")
    with pytest.raises(RankError):
        teams.set_member(ben, "acme", "cleo", "owner")
    with pytest.raises(RankError):
        teams.set_member(ben, "acme", "ben", "owner")
    with pytest.raises(RankError):
        teams.set_member(ben, "acme", "anna", "guest")
    teams.set_member(ben, "acme", "cleo", "developer")
    with pytest.raises(DeniedError, match="takes the role maintainer in the team; yours: developer"):
        teams.set_member(house.actor("cleo"), "acme", "ben", None)
    assert [(each.handle, each.role) for each in teams.members(teams.open(ben, "acme"))] == [
        ("anna", "owner"),
        ("ben", "maintainer"),
        ("cleo", "developer"),
    ]


def test_a_team_keeps_an_owner_who_can_sign_in(house: House, teams: Teams) -> None:
    anna = house.actor("anna")
    with pytest.raises(RankError, match="keeps at least one owner"):
        teams.set_member(anna, "acme", "anna", None)
    with pytest.raises(RankError, match="keeps at least one owner"):
        teams.set_member(anna, "acme", "anna", "developer")
    teams.set_member(anna, "acme", "ben", "owner")
    teams.set_member(anna, "acme", "anna", None)
    with pytest.raises(NotFoundError):
        teams.open(house.actor("anna"), "acme")


def test_two_owners_who_leave_at_once_do_not_leave_a_team_to_nobody(house: House, teams: Teams) -> None:
    teams.set_member(house.actor("anna"), "acme", "ben", "owner")
    barrier, refused = threading.Barrier(2), []

    def leave(handle: str) -> None:
        actor = house.actor(handle)
        barrier.wait()
        try:
            teams.set_member(actor, "acme", handle, None)
        except RankError:
            refused.append(handle)

    threads = [threading.Thread(target=leave, args=(handle,)) for handle in ("anna", "ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 1


def test_everybody_may_leave(house: House, teams: Teams) -> None:
    teams.set_member(house.actor("anna"), "acme", "ben", "guest")
    teams.set_member(house.actor("ben"), "acme", "BEN", None)
    assert teams.mine(house.actor("ben")) == []
    told = [
        (event.data["member"], event.data["role"], event.data["before"]) for event in house.events("member.changed")
    ]
    assert told == [("person:ben", "guest", ""), ("person:ben", "", "guest")]


def test_a_team_is_no_member_of_a_team_and_a_role_is_one_of_five(house: House, teams: Teams) -> None:
    anna = house.actor("anna")
    teams.create(anna, "other")
    for whom in ("other", "nobody"):
        with pytest.raises(NotFoundError):
            teams.set_member(anna, "acme", whom, "guest")
    with pytest.raises(InputError):
        teams.set_member(anna, "acme", "ben", "king")  # type: ignore[arg-type]


def test_a_role_in_a_team_is_the_role_in_its_projects(house: House, teams: Teams) -> None:
    house.project("acme", "shop")
    teams.set_member(house.actor("anna"), "acme", "ben", "developer")
    opened = house.platform.projects.open(house.actor("ben"), "acme", "shop", "code.push")
    assert opened.role == "developer"
    with pytest.raises(NotFoundError):
        house.platform.projects.open(house.actor("cleo"), "acme", "shop", "project.read")


def test_a_team_with_projects_cannot_be_deleted(house: House, teams: Teams) -> None:
    house.project("acme", "shop")
    with pytest.raises(NotEmptyError):
        teams.delete(house.actor("anna"), "acme")


def test_a_deleted_team_gives_its_handle_back(house: House, teams: Teams) -> None:
    anna = house.actor("anna")
    teams.set_member(anna, "acme", "ben", "maintainer")
    with pytest.raises(DeniedError):
        teams.delete(house.actor("ben"), "acme")
    teams.delete(anna, "acme")
    assert teams.mine(house.actor("ben")) == []
    with pytest.raises(NotFoundError):
        teams.open(anna, "acme")
    assert teams.create(house.actor("ben"), "acme").role == "owner"


def test_a_token_changes_teams_only_with_the_scope_for_it(house: House, teams: Teams) -> None:
    reading = house.actor("anna")._replace(scopes=frozenset({"read:user"}))
    assert teams.open(reading, "acme").role == "owner"
    with pytest.raises(MissingScopeError):
        teams.create(reading, "more")
    with pytest.raises(DeniedError, match="write:user"):
        teams.rename(reading, "acme", "Acme")
    with pytest.raises(MissingScopeError):
        teams.mine(reading._replace(scopes=frozenset({"read:code"})))
    assert teams.rename(house.actor("anna"), "acme", "  Acme   Ltd ").name == "Acme Ltd"
