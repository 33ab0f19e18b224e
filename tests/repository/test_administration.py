from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.repository.administration import Administration
from tests.serving import Person, Served, git, must, working_copy

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def anna(served: Served) -> Person:
    return served.person()


def test_a_renamed_project_is_still_found_at_its_old_address(served: Served, anna: Person, tmp_path: Path) -> None:
    served.project(anna)
    source = working_copy(tmp_path / "source")
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    with served.client(anna) as client:
        answer = client.post("/api/v1/projects/anna/shop/move", json={"name": "store"})
        assert answer.json()["full_name"] == "anna/store"
        moved = client.get("/api/v1/projects/anna/shop/branches", params={"filter": "m"})
        assert (moved.status_code, moved.headers["location"]) == (301, "/api/v1/projects/anna/store/branches?filter=m")
        assert client.get("/anna/shop/tree/main").headers["location"] == "/anna/store/tree/main"
    must(git("clone", "--quiet", served.address(anna, "anna/shop.git"), str(tmp_path / "clone")))
    must(git("push", served.address(anna, "anna/shop"), "main:next", at=source))


def test_the_ledger_calls_a_renamed_project_by_its_first_name(served: Served, anna: Person) -> None:
    served.project(anna)
    with served.client(anna) as client:
        client.post("/api/v1/projects/anna/shop/move", json={"name": "store"})
        again = client.post("/api/v1/projects", json={"name": "shop"})
        assert (again.status_code, again.json()["ledger_name"]) == (201, "anna/shop~2")
        assert client.get("/api/v1/projects/anna/store").json()["ledger_name"] == "anna/shop"
        assert client.get("/api/v1/projects/anna/shop").json()["ledger_name"] == "anna/shop~2"


def test_a_transfer_takes_somebody_who_may_create_projects_there(served: Served, anna: Person) -> None:
    served.project(anna)
    served.person("ben")
    with served.client(anna) as client:
        answer = client.post("/api/v1/projects/anna/shop/move", json={"owner": "ben"})
        assert answer.status_code == 403
        assert client.post("/api/v1/projects/anna/shop/move", json={"owner": "nobody"}).status_code == 404
    with served.client(served.person("root-of-all", admin=True)) as client:
        moved = client.post("/api/v1/projects/anna/shop/move", json={"owner": "ben"})
        assert moved.json()["full_name"] == "ben/shop"


def test_a_deleted_project_is_gone_and_can_be_brought_back(served: Served, anna: Person, tmp_path: Path) -> None:
    served.project(anna)
    source = working_copy(tmp_path / "source")
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    with served.client(anna) as client:
        assert client.delete("/api/v1/projects/anna/shop").status_code == 204
        assert client.get("/api/v1/projects/anna/shop").status_code == 404
        assert client.get("/api/v1/projects").json()["items"] == []
        (gone,) = client.get("/api/v1/deleted-projects").json()["items"]
        client.post("/api/v1/projects", json={"name": "shop"})
        taken = client.post(f"/api/v1/deleted-projects/{gone['id']}/restore", json={})
        assert (taken.status_code, "under another name" in taken.text) == (409, True)
        back = client.post(f"/api/v1/deleted-projects/{gone['id']}/restore", json={"name": "shop-2"})
        assert back.json()["full_name"] == "anna/shop-2"
        assert client.get("/api/v1/projects/anna/shop-2/branches").json()["items"][0]["name"] == "main"


def test_a_deleted_project_is_nobody_elses_to_bring_back(served: Served, anna: Person) -> None:
    project = served.project(anna)
    with served.client(anna) as client:
        client.delete("/api/v1/projects/anna/shop")
    with served.client(served.person("eve")) as client:
        assert client.get("/api/v1/deleted-projects").json()["items"] == []
        assert client.post(f"/api/v1/deleted-projects/{project.id}/restore", json={}).status_code == 404


def test_the_repository_is_erased_when_the_time_is_over(served: Served, anna: Person) -> None:
    headway = served.headway
    project = served.project(anna)
    with served.client(anna) as client:
        client.delete("/api/v1/projects/anna/shop")
    administration = Administration(headway.platform, headway.hosting, headway.repositories)
    assert administration.purge() == 0
    assert headway.hosting.path(project.id).exists()
    settings = headway.platform.settings.model_copy(update={"deletion_days": 0})
    administration = Administration(headway.platform._replace(settings=settings), headway.hosting, headway.repositories)
    assert (administration.purge(), administration.purge()) == (1, 0)
    assert not headway.hosting.path(project.id).exists()
    assert served.events(type="dev.cdeventsx.headway-repository.purged")[0].subject == "project:anna/shop"
    assert administration.deleted(anna.actor) == []


def test_an_archived_project_can_be_read_only(served: Served, anna: Person, tmp_path: Path) -> None:
    served.project(anna)
    source = working_copy(tmp_path / "source")
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    with served.client(anna) as client:
        assert client.patch("/api/v1/projects/anna/shop", json={"archived": True}).json()["archived"] is True
        must(git("clone", "--quiet", served.address(anna, "anna/shop"), str(tmp_path / "clone")))
        done = git("push", served.address(anna, "anna/shop"), "main:next", at=source)
        assert "the project is archived" in done.said
        assert client.patch("/api/v1/projects/anna/shop", json={"description": "x"}).status_code == 403
        assert client.patch("/api/v1/projects/anna/shop", json={"archived": False}).json()["archived"] is False
    must(git("push", served.address(anna, "anna/shop"), "main:next", at=source))


def test_the_default_branch_can_be_changed_to_one_that_there_is(served: Served, anna: Person, tmp_path: Path) -> None:
    served.project(anna)
    source = working_copy(tmp_path / "source")
    must(git("push", served.address(anna, "anna/shop"), "main", "main:next", at=source))
    with served.client(anna) as client:
        wrong = client.patch("/api/v1/projects/anna/shop", json={"default_branch": "nothing"})
        assert (wrong.status_code, wrong.json()["problems"][0]["hint"]) == (422, "Push it first")
        for odd in ("../x", "a..b", "-x", "a\nb", "x" * 200):
            assert client.patch("/api/v1/projects/anna/shop", json={"default_branch": odd}).status_code in (400, 422)
        client.patch("/api/v1/projects/anna/shop", json={"default_branch": "next"})
        branches = client.get("/api/v1/projects/anna/shop/branches").json()["items"]
    assert [branch["name"] for branch in branches if branch["default"]] == ["next"]


@pytest.mark.parametrize("name", ["", "..", "a/b", "x.git", "-x", ".hidden", "a b", "ä", "x" * 101, "con\n"])
def test_a_name_that_cannot_be_one_is_refused_with_the_reason(served: Served, anna: Person, name: str) -> None:
    with served.client(anna) as client:
        answer = client.post("/api/v1/projects", json={"name": name})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_name_is_taken_whatever_the_case_of_its_letters(served: Served, anna: Person) -> None:
    served.project(anna)
    with served.client(anna) as client:
        answer = client.post("/api/v1/projects", json={"name": "SHOP"})
        assert (answer.status_code, "choose another name" in answer.text) == (409, True)
        assert client.get("/api/v1/projects/Anna/Shop").json()["full_name"] == "anna/shop"


def test_nobody_gives_more_than_they_have(served: Served, anna: Person) -> None:
    served.project(anna)
    ben, cleo = served.person("ben"), served.person("cleo")
    path = "/api/v1/projects/anna/shop/members"
    with served.client(anna) as client:
        client.put(f"{path}/ben", json={"role": "maintainer"})
    with served.client(ben) as client:
        assert client.put(f"{path}/cleo", json={"role": "owner"}).status_code == 403
        assert client.put(f"{path}/cleo", json={"role": "developer"}).status_code == 204
        assert client.put(f"{path}/nobody", json={"role": "developer"}).status_code == 404
    with served.client(anna) as client:
        client.put(f"{path}/cleo", json={"role": "owner"})
    with served.client(ben) as client:
        assert client.delete(f"{path}/cleo").status_code == 403
        assert [each["handle"] for each in client.get(path).json()["items"]] == ["cleo", "ben"]
    with served.client(cleo) as client:
        assert client.delete(f"{path}/ben").status_code == 204
    with served.client(ben) as client:
        assert client.get("/api/v1/projects/anna/shop").status_code == 404
    changes = [
        (event.subject, event.data["role"]) for event in served.events(type="dev.cdeventsx.headway-grant.changed")
    ]
    assert changes == [
        ("person:ben", "maintainer"),
        ("person:cleo", "developer"),
        ("person:cleo", "owner"),
        ("person:ben", ""),
    ]


def test_a_deploy_token_is_good_for_its_project_only(served: Served, anna: Person, tmp_path: Path) -> None:
    served.project(anna)
    served.project(anna, "other")
    source = working_copy(tmp_path / "source")
    with served.client(anna) as client:
        path = "/api/v1/projects/anna/shop/deploy-tokens"
        reading = client.post(path, json={"name": "reads"}).json()["secret"]
        writing = client.post(path, json={"name": "writes", "scopes": ["write:code"]}).json()["secret"]
        assert client.post(path, json={"name": "x", "scopes": ["admin"]}).status_code == 422
        must(git("push", f"http://x:{writing}@127.0.0.1:{served.port}/anna/shop", "main", at=source))
        assert git("push", f"http://x:{reading}@127.0.0.1:{served.port}/anna/shop", "main:next", at=source).code
        must(git("ls-remote", f"http://x:{reading}@127.0.0.1:{served.port}/anna/shop"))
        assert git("ls-remote", f"http://x:{writing}@127.0.0.1:{served.port}/anna/other").code
        tokens = client.get(path).json()["items"]
        assert [token["name"] for token in tokens] == ["writes", "reads"]
        assert "secret" not in tokens[0]
        client.delete(f"{path}/{tokens[0]['id']}")
    assert git("push", f"http://x:{writing}@127.0.0.1:{served.port}/anna/shop", "main:next", at=source).code
    pushed = served.events(type="dev.cdeventsx.headway-push.received")
    assert pushed[0].actor == f"token:deploy:{tokens[0]['id']}"


def test_statuses_amount_to_what_the_newest_of_each_check_says(served: Served, anna: Person) -> None:
    served.project(anna)
    sha = "a" * 40
    path = f"/api/v1/projects/anna/shop/statuses/{sha}"
    with served.client(anna) as client:
        assert client.get(path).json()["state"] == "pending"
        for context, state in (("build", "failure"), ("lint", "success"), ("build", "success")):
            assert client.post(path, json={"state": state, "context": context}).status_code == 201
        found = client.get(path).json()
        assert (found["state"], [each["context"] for each in found["statuses"]]) == ("success", ["build", "lint"])
        client.post(path, json={"state": "pending", "context": "test"})
        assert client.get(path).json()["state"] == "pending"
        client.post(path, json={"state": "error", "context": "test"})
        assert client.get(path).json()["state"] == "failure"
        assert client.post(path.replace(sha, "HEAD"), json={"state": "success"}).status_code == 422
        wrong = client.post(path, json={"state": "success", "target_url": "javascript:alert(1)"})
        assert wrong.status_code == 422
