from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.kernel.errors import NotFoundError, UnauthenticatedError
from headway.kernel.gate import DeniedError
from headway.kernel.identity.actors import ANONYMOUS
from headway.kernel.identity.errors import MissingScopeError, SignInError, TakenError
from headway.kernel.identity.service import Browser
from headway.kernel.identity.tokens import Wanted

if TYPE_CHECKING:
    from headway.kernel.identity.service_accounts import ServiceAccounts
    from tests.kernel.house import House

CODE = Wanted("deploys", ("write:code",))


@pytest.fixture
def services(house: House) -> ServiceAccounts:
    anna = house.person("anna")
    house.person("ben")
    house.person("root-of-all", admin=True)
    house.platform.teams.create(anna, "acme")
    house.platform.teams.set_member(anna, "acme", "ben", "maintainer")
    return house.platform.service_accounts


def test_an_owner_makes_an_account_for_a_program_of_the_team(house: House, services: ServiceAccounts) -> None:
    anna = house.actor("anna")
    made = services.create(anna, "robot", "The Robot", "acme")
    token = services.create_token(anna, "robot", CODE)
    actor = house.platform.authentication.by_token(token.secret)
    assert (actor.subject, actor.handle, actor.scopes) == ("token:service:robot", "robot", frozenset({"write:code"}))
    assert services.of(anna, "acme") == [made._replace(created=services.of(anna, "acme")[0].created)]
    house.platform.teams.set_member(anna, "acme", "robot", "developer")
    house.project("acme", "shop")
    actor = house.platform.authentication.by_token(token.secret)
    assert house.platform.projects.open(actor, "acme", "shop", "code.push").role == "developer"


def test_others_do_not_learn_of_it(house: House, services: ServiceAccounts) -> None:
    services.create(house.actor("anna"), "robot", "", "acme")
    services.create(house.actor("root-of-all"), "house-robot")
    house.person("eve")
    for handle in ("anna", "eve"):
        for name in ("house-robot", "nothing"):
            with pytest.raises(NotFoundError):
                services.open(house.actor(handle), name)
    with pytest.raises(NotFoundError):
        services.open(house.actor("eve"), "robot")
    with pytest.raises(DeniedError):
        services.create_token(house.actor("ben"), "robot", CODE)
    with pytest.raises(DeniedError):
        services.create(house.actor("ben"), "another", "", "acme")
    for actor, error in ((house.actor("anna"), DeniedError), (ANONYMOUS, UnauthenticatedError)):
        with pytest.raises(error):
            services.create(actor, "another")
        with pytest.raises(error):
            services.of(actor)
    assert {each.handle for each in services.of(house.actor("root-of-all"))} == {"robot", "house-robot"}


def test_it_never_signs_in_with_a_password(house: House, services: ServiceAccounts) -> None:
    services.create(house.actor("anna"), "robot", "", "acme")
    for password in ("", "robot", "None"):
        with pytest.raises(SignInError):
            house.platform.identity.sign_in("robot", password, Browser("192.0.2.1", ""))
    house.platform.recovery.request("robot", Browser("192.0.2.1", ""))


def test_a_token_makes_no_token_that_is_good_for_more(house: House, services: ServiceAccounts) -> None:
    services.create(house.actor("anna"), "robot", "", "acme")
    narrow = house.actor("anna")._replace(scopes=frozenset({"write:user", "read:code"}))
    assert services.create_token(narrow, "robot", Wanted("reads", ("read:code",)))
    for scope in ("write:code", "admin", "write:project"):
        with pytest.raises(MissingScopeError):
            services.create_token(narrow, "robot", Wanted("more", (scope,)))
    own = house.platform.authentication.by_token(
        services.create_token(narrow, "robot", Wanted("x", ("read:code",))).secret
    )
    with pytest.raises(MissingScopeError):
        house.platform.tokens.create_personal(own, CODE)


def test_the_scope_admin_makes_no_administrator_of_a_program(house: House, services: ServiceAccounts) -> None:
    services.create(house.actor("anna"), "robot", "", "acme")
    token = services.create_token(house.actor("anna"), "robot", Wanted("all", ("admin", "write:user")))
    assert not house.platform.authentication.by_token(token.secret).administers


def test_a_suspended_one_does_nothing_until_it_is_reinstated(house: House, services: ServiceAccounts) -> None:
    anna = house.actor("anna")
    services.create(anna, "robot", "", "acme")
    secret = services.create_token(anna, "robot", CODE).secret
    by_token = house.platform.authentication.by_token
    services.set_suspended(anna, "robot", suspended=True)
    services.set_suspended(anna, "robot", suspended=True)
    assert by_token(secret) == ANONYMOUS
    services.set_suspended(anna, "robot", suspended=False)
    assert by_token(secret).handle == "robot"
    services.revoke_token(anna, "robot", services.tokens(anna, "robot")[0].id)
    assert by_token(secret) == ANONYMOUS
    assert len(house.events("service-account.suspended")) == 1


def test_tokens_of_another_account_cannot_be_revoked_through_it(house: House, services: ServiceAccounts) -> None:
    anna, root = house.actor("anna"), house.actor("root-of-all")
    services.create(anna, "robot", "", "acme")
    services.create(root, "house-robot")
    foreign = services.create_token(root, "house-robot", CODE).token
    own = house.platform.tokens.create_personal(house.actor("ben"), CODE).token
    for token in (foreign, own):
        with pytest.raises(NotFoundError):
            services.revoke_token(anna, "robot", token.id)


def test_programs_of_a_deleted_team_do_nothing_more(house: House, services: ServiceAccounts) -> None:
    anna = house.actor("anna")
    services.create(anna, "robot", "", "acme")
    secret = services.create_token(anna, "robot", CODE).secret
    house.platform.teams.delete(anna, "acme")
    assert house.platform.authentication.by_token(secret) == ANONYMOUS
    house.platform.teams.create(house.actor("ben"), "acme")
    with pytest.raises(NotFoundError):
        services.open(house.actor("ben"), "robot")


def test_a_handle_is_of_one_namespace(house: House, services: ServiceAccounts) -> None:
    for taken in ("anna", "ACME"):
        with pytest.raises(TakenError):
            services.create(house.actor("anna"), taken, "", "acme")
