"""Whom an SSH key and a token for a transfer act as, on both databases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest
from sqlalchemy import func, select, update

from headway.kernel.identity.actors import ANONYMOUS, SYSTEM, Actor
from headway.kernel.identity.authentication import Authentication, actor_of
from headway.kernel.identity.ssh_keys import SshKeys, deploy_keys, own_keys
from headway.kernel.identity.store import account_by_id
from headway.kernel.identity.tables import account, token
from headway.kernel.platform import make_platform
from headway.kernel.projects import store as projects
from headway.kernel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy.engine import Connection

    from headway.kernel.database import Database
    from headway.kernel.identity.tokens import Tokens
    from headway.kernel.projects.records import Project
    from tests.databases import Times

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB8Ht8Z3j6yDWPBHQtOp/R9rjWvfMYo3MSA/K6q8D86r anna@laptop"


class House(NamedTuple):
    database: Database
    clock: Times
    keys: SshKeys
    tokens: Tokens
    authentication: Authentication
    anna: Actor
    shop: Project


@pytest.fixture
def house(database: Database, clock: Times, tmp_path: Path) -> Iterator[House]:
    address = database.engine.url.render_as_string(hide_password=False)
    platform = make_platform(Settings(data=tmp_path, database=address), clock)
    owner = platform.identity.create_person(SYSTEM, "anna", "Anna Berg", admin=True)

    def work(connection: Connection) -> tuple[Actor, Project]:
        found = account_by_id(connection, owner)
        assert found is not None
        shop = projects.add_project(connection, owner, "anna", "shop", clock(), visibility="private")
        project = projects.by_id(connection, shop)
        assert project is not None
        return actor_of(connection, found), project

    anna, shop = platform.database.write(work)
    yield House(platform.database, clock, platform.ssh_keys, platform.tokens, platform.authentication, anna, shop)
    platform.database.close()


def fingerprint(house: House) -> str:
    return house.keys.of(own_keys(house.anna))[0].fingerprint


def test_a_persons_key_acts_as_the_person_and_does_not_administer(house: House) -> None:
    house.keys.add(house.anna, own_keys(house.anna), KEY)
    actor = house.authentication.by_ssh_key(fingerprint(house))
    assert actor.subject == house.anna.subject
    assert (house.anna.administers, actor.administers) == (True, False)
    assert actor.scopes == frozenset({"write:code", "write:project"})


def test_when_a_key_was_used_is_noted_within_ten_minutes(house: House) -> None:
    house.keys.add(house.anna, own_keys(house.anna), KEY)
    used = []
    for minutes in (0, 5, 6):
        house.clock.pass_by(minutes=minutes)
        house.authentication.by_ssh_key(fingerprint(house))
        used.append(house.keys.of(own_keys(house.anna))[0].used)
    assert None not in used
    assert used[0] == used[1] != used[2]


@pytest.mark.parametrize(
    ("may_write", "role", "scope"), [(True, "developer", "write:code"), (False, "reporter", "read:code")]
)
def test_a_deploy_key_is_confined_to_its_project(house: House, may_write: bool, role: str, scope: str) -> None:
    made = house.keys.add(house.anna, deploy_keys(house.shop), KEY, may_write=may_write)
    actor = house.authentication.by_ssh_key(made.fingerprint)
    assert actor.subject == f"token:deploy-key:{made.id}"
    assert (actor.project_id, actor.confined_role, actor.scopes) == (house.shop.id, role, frozenset({scope}))
    assert actor.account_id is None


def test_an_unknown_key_and_one_of_a_suspended_account_are_nobodys(house: House) -> None:
    assert house.authentication.by_ssh_key("SHA256:nothing") == ANONYMOUS
    house.keys.add(house.anna, own_keys(house.anna), KEY)
    now = house.clock()
    mine = account.c.id == house.anna.account_id
    house.database.write(lambda connection: connection.execute(update(account).where(mine).values(suspended=now)))
    assert house.authentication.by_ssh_key(fingerprint(house)) == ANONYMOUS


def test_a_token_for_a_transfer_ends_by_itself_and_is_not_listed(house: House) -> None:
    secret = house.tokens.create_for_transfer(house.anna, ("read:code",), timedelta(minutes=30))
    actor = house.authentication.by_token(secret)
    assert (actor.subject, actor.scopes) == (house.anna.subject, frozenset({"read:code"}))
    assert house.tokens.own(house.anna) == []
    house.clock.pass_by(minutes=31)
    assert house.authentication.by_token(secret) == ANONYMOUS
    house.tokens.create_for_transfer(house.anna, ("read:code",), timedelta(minutes=30))
    count = house.database.read(
        lambda connection: connection.execute(select(func.count()).select_from(token)).scalar_one()
    )
    assert count == 1


def test_a_deploy_keys_token_for_a_transfer_is_confined_too(house: House) -> None:
    made = house.keys.add(house.anna, deploy_keys(house.shop), KEY)
    actor = house.authentication.by_ssh_key(made.fingerprint)
    secret = house.tokens.create_for_transfer(actor, ("read:code",), timedelta(minutes=30))
    found = house.authentication.by_token(secret)
    assert (found.project_id, found.confined_role, found.account_id) == (house.shop.id, "reporter", None)
    assert house.tokens.of_project(house.shop.id) == []
