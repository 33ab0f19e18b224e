"""Every route, asked by everybody: generated from the application's own table of routes."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from fastapi.routing import APIRoute

from headway.kernel.identity.roles import PERMISSIONS, ROLES, SCOPES, role_allows, scopes_allow
from tests.serving import Person, Served, must, serving, working_copy
from tests.serving import git as run_git

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = tomllib.loads((Path(__file__).parent / "authorisation.toml").read_text())
HIDDEN = "there is no such project, or you may not see it"


class Case(NamedTuple):
    method: str
    path: str
    action: str
    body: dict[str, Any] | None
    query: dict[str, Any]
    form: dict[str, Any] | None
    destroys: bool


def cases() -> list[Case]:
    return [
        Case(
            method,
            path,
            each["action"],
            each.get("body"),
            each.get("query", {}),
            each.get("form"),
            each.get("destroys", False),
        )
        for each in TABLE["routes"]
        for method, path in [each["route"].split(" ")]
    ]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[dict[str, Any]]:
    """Return a server with a private project, and people with each role in it."""
    folder = tmp_path_factory.mktemp("authorisation")
    with serving(folder / "server", sqlite_template) as served:
        owner = served.person("acme")
        served.project(owner)
        source = working_copy(folder / "source")
        must(run_git("push", served.address(owner, "acme/shop"), "main", "main:next", at=source))
        people: dict[str, Person | None] = {"anonymous": None, "stranger": served.person("stranger")}
        with served.client(owner) as client:
            for role in ROLES:
                people[role] = served.person(f"the-{role}")
                client.put(f"/api/v1/projects/acme/shop/members/the-{role}", json={"role": role})
            for scope in SCOPES:
                name = scope.replace(":", "-")
                people[scope] = served.person(f"with-{name}", scopes=(scope,))
                client.put(f"/api/v1/projects/acme/shop/members/with-{name}", json={"role": "owner"})
        people["nobody"] = served.person("nobody")
        people["root"] = served.person("root-of-all", admin=True)
        people["narrow"] = served.person("root-by-token", admin=True, scopes=("write:user",))
        yield {"served": served, "people": people, "sha": must(run_git("rev-parse", "HEAD", at=source))}


def test_every_route_is_in_the_table(served: Served) -> None:
    routes = {
        f"{method} {route.path}"
        for router in served.headway.routers
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in (route.methods or set()) - {"HEAD"}
    }
    listed = {each["route"] for each in TABLE["routes"]} | set(TABLE["elsewhere"])
    assert sorted(routes - listed) == []
    assert sorted(listed - routes) == []


def ask(house: dict[str, Any], case: Case, who: str) -> Any:
    served: Served = house["served"]
    places = {
        "owner": "acme",
        "name": "shop",
        "sha": house["sha"],
        "rest": "main",
        "ref": "main",
        "branch": "main",
        "path": "README.md",
        "handle": "nobody",
        "token_id": "999999",
        "webhook_id": "999999",
        "delivery_id": "999999",
        "key": "SOME_NAME",
        "team": "no-team",
        "key_id": "999999",
        "session_id": "999999",
        "identity_id": "999999",
        "invitation_id": "999999",
        "notification_id": "999999",
    }
    with served.client(house["people"][who]) as client:
        path = case.path.replace(":path}", "}").format(**places)
        headers = {"Accept": "application/json"}
        return client.request(case.method, path, json=case.body, params=case.query, data=case.form, headers=headers)


def may(who: str, case: Case) -> bool:
    """Whether one of the house's people may do it, by the tables of roles and scopes."""
    if who in ROLES:
        return role_allows(who, case.action)
    return who in SCOPES and scopes_allow(frozenset({who}), PERMISSIONS[case.action].scope)


@pytest.mark.parametrize(
    "case", [case for case in cases() if case.action in PERMISSIONS], ids=lambda case: f"{case.method} {case.path}"
)
def test_a_projects_route_answers_by_role_and_scope(house: dict[str, Any], case: Case) -> None:
    wrong = []
    for who in set(house["people"]) - {"nobody", "root", "narrow"}:
        if case.destroys and may(who, case):
            continue
        answer = ask(house, case, who)
        hidden = answer.status_code == 404 and HIDDEN in answer.text
        refused = answer.status_code in (401, 403)
        right = hidden if who in ("anonymous", "stranger") else not hidden and refused is not may(who, case)
        if not right or answer.status_code >= 500:
            wrong.append((who, answer.status_code, answer.text[:200]))
    assert wrong == []


@pytest.mark.parametrize(
    "case", [case for case in cases() if case.action == "signed-in"], ids=lambda case: f"{case.method} {case.path}"
)
def test_what_takes_an_account_is_refused_without_one(house: dict[str, Any], case: Case) -> None:
    answer = ask(house, case, "anonymous")
    assert answer.status_code == 401, answer.text[:200]
    assert ask(house, case, "stranger").status_code not in (401, 500)


@pytest.mark.parametrize(
    "case", [case for case in cases() if case.action == "administrator"], ids=lambda case: f"{case.method} {case.path}"
)
def test_what_takes_an_administrator_is_refused_to_all_others(house: dict[str, Any], case: Case) -> None:
    assert ask(house, case, "anonymous").status_code == 401
    for who in ("stranger", "owner", "admin", "narrow"):
        assert ask(house, case, who).status_code == 403, who
    assert ask(house, case, "root").status_code not in (401, 403, 500)


@pytest.mark.parametrize(
    "case", [case for case in cases() if case.action == "public"], ids=lambda case: f"{case.method} {case.path}"
)
def test_what_is_for_everybody_shows_nothing_of_a_private_project(house: dict[str, Any], case: Case) -> None:
    for who in ("anonymous", "stranger"):
        answer = ask(house, case, who)
        assert answer.status_code < 500
        assert "acme/shop" not in answer.text
