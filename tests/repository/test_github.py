from __future__ import annotations

import base64
from typing import TYPE_CHECKING

import pytest

from tests.serving import Person, Served, commit, git, must, working_copy

if TYPE_CHECKING:
    from pathlib import Path

REPOSITORY = "/api/v3/repos/anna/shop"


@pytest.fixture
def anna(served: Served, tmp_path: Path) -> Person:
    anna = served.person()
    served.project(anna, description="Sells things")
    source = working_copy(tmp_path / "source", commits=3)
    (source / "src").mkdir()
    (source / "src/shop.py").write_text("print('hi')\n")
    commit(source, "Greet\n\nPolitely.")
    must(git("push", served.address(anna, "anna/shop"), "main", "main~1:refs/heads/feature/login", at=source))
    return anna


def test_a_repository_is_told_in_githubs_words(served: Served, anna: Person) -> None:
    with served.client(anna) as client:
        found = client.get(REPOSITORY).json()
        assert (found["full_name"], found["private"], found["default_branch"]) == ("anna/shop", True, "main")
        assert found["permissions"] == {"pull": True, "push": True, "maintain": True, "admin": True}
        assert [each["full_name"] for each in client.get("/api/v3/user/repos").json()] == ["anna/shop"]
        assert client.get("/api/v3/user").json()["login"] == "anna"


def test_github_tokens_scheme_is_understood(served: Served, anna: Person) -> None:
    with served.client() as client:
        headers = {"Authorization": f"token {anna.token}"}
        assert client.get(REPOSITORY, headers=headers).status_code == 200
        missing = client.get(REPOSITORY)
        assert (missing.status_code, "message" in missing.json()) == (404, True)


def test_branches_with_slashes_and_commits_are_found(served: Served, anna: Person) -> None:
    with served.client(anna) as client:
        names = [each["name"] for each in client.get(f"{REPOSITORY}/branches").json()]
        assert names == ["feature/login", "main"]
        branch = client.get(f"{REPOSITORY}/branches/feature/login").json()
        assert branch["commit"]["commit"]["message"] == "Revision 2"
        assert client.get(f"{REPOSITORY}/branches/nothing").status_code == 404
        found = client.get(f"{REPOSITORY}/commits/main").json()
        assert found["commit"]["message"] == "Greet\n\nPolitely."
        assert [each["filename"] for each in found["files"]] == ["src/shop.py"]
        assert found["stats"] == {"additions": 1, "deletions": 0, "total": 1}


def test_lists_are_followed_by_their_link_header(served: Served, anna: Person) -> None:
    found: list[str] = []
    with served.client(anna) as client:
        answer = client.get(f"{REPOSITORY}/commits", params={"sha": "main", "per_page": 2})
        while True:
            found += [each["commit"]["message"].split("\n")[0] for each in answer.json()]
            if "next" not in answer.links:
                break
            answer = client.get(answer.links["next"]["url"])
        of_path = client.get(f"{REPOSITORY}/commits", params={"path": "src"}).json()
    assert found == ["Greet", "Revision 2", "Revision 1", "Revision 0"]
    assert len(of_path) == 1


def test_contents_are_files_in_base64_or_entries_of_folders(served: Served, anna: Person) -> None:
    with served.client(anna) as client:
        file = client.get(f"{REPOSITORY}/contents/src/shop.py").json()
        assert base64.b64decode(file["content"]) == b"print('hi')\n"
        root = client.get(f"{REPOSITORY}/contents").json()
        assert [(each["name"], each["type"]) for each in root] == [("src", "dir"), ("README.md", "file")]
        assert client.get(f"{REPOSITORY}/readme").json()["path"] == "README.md"
        assert client.get(f"{REPOSITORY}/contents/nothing").status_code == 404
        assert client.get(f"{REPOSITORY}/contents/src", params={"ref": "feature/login"}).status_code == 404


def test_statuses_are_reported_and_combined(served: Served, anna: Person) -> None:
    with served.client(anna) as client:
        sha = client.get(f"{REPOSITORY}/commits/main").json()["sha"]
        made = client.post(
            f"{REPOSITORY}/statuses/{sha}", json={"state": "success", "context": "ci", "description": None}
        )
        assert made.status_code == 201
        combined = client.get(f"{REPOSITORY}/commits/main/status").json()
        assert (combined["state"], combined["total_count"]) == ("success", 1)
        assert client.get(f"{REPOSITORY}/commits/{sha}/statuses").json()[0]["creator"]["login"] == "anna"


def test_archives_are_led_to(served: Served, anna: Person) -> None:
    with served.client(anna, follow_redirects=True) as client:
        assert client.get(f"{REPOSITORY}/tarball/main").content[:2] == b"\x1f\x8b"
        assert client.get(f"{REPOSITORY}/zipball/main").content[:2] == b"PK"
