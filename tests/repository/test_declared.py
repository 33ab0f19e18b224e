"""Branch rules in ``headway.yaml``: real pushes, judged by the file as it stands on the branch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.serving import commit, git, must, working_copy

if TYPE_CHECKING:
    from pathlib import Path

    from tests.serving import Person, Served

STRICT = "branches:\n  main: {push_role: owner}\n  release/**: {push_role: null}\n"
LOOSE = "branches:\n  main: {push_role: developer, force_role: developer, delete_role: developer}\n"


@pytest.fixture
def house(served: Served, tmp_path: Path) -> dict[str, Any]:
    """Return a project, its owner, a developer, and a working copy that has been pushed."""
    owner, developer = served.person("acme"), served.person("dora")
    served.project(owner)
    with served.client(owner) as client:
        client.put("/api/v1/projects/acme/shop/members/dora", json={"role": "developer"}).raise_for_status()
    copy = working_copy(tmp_path / "copy")
    must(git("push", served.address(owner, "acme/shop"), "main", at=copy))
    return {"served": served, "owner": owner, "developer": developer, "copy": copy}


def push(house: dict[str, Any], who: str, *refs: str) -> Any:
    person: Person = house[who]
    return git("push", house["served"].address(person, "acme/shop"), *refs, at=house["copy"])


def change(house: dict[str, Any], text: str | bytes) -> str:
    """Commit a headway.yaml."""
    data = text.encode() if isinstance(text, str) else text
    (house["copy"] / "headway.yaml").write_bytes(data)
    return commit(house["copy"], "Say what holds")


def test_the_file_protects_a_branch_once_it_is_there(house: dict[str, Any]) -> None:
    change(house, STRICT)
    must(push(house, "developer", "main"))  # what was there before says nothing yet
    change(house, STRICT + "# more\n")
    refused = push(house, "developer", "main")
    assert refused.code != 0
    assert "the rule 'main' of headway.yaml protects the branch 'main'" in refused.said
    assert "takes the role owner; yours: developer" in refused.said
    must(push(house, "owner", "main"))


def test_nobody_loosens_a_rule_with_the_push_that_breaks_it(house: dict[str, Any]) -> None:
    change(house, STRICT)
    must(push(house, "owner", "main"))
    change(house, LOOSE)
    assert "takes the role owner" in push(house, "developer", "main").said
    must(push(house, "owner", "main"))
    commit(house["copy"], "Now it is loose")
    must(push(house, "developer", "main"))


def test_a_new_branch_is_judged_by_the_file_of_the_default_branch(house: dict[str, Any]) -> None:
    change(house, STRICT)
    must(push(house, "owner", "main"))
    (house["copy"] / "headway.yaml").unlink()
    commit(house["copy"], "Without it")
    assert "the rule 'release/**' of headway.yaml" in push(house, "developer", "main:refs/heads/release/1").said
    must(push(house, "developer", "main:refs/heads/topic"))
    commit(house["copy"], "The topic has no file of its own")
    must(push(house, "developer", "main:refs/heads/topic"))


def test_deleting_and_forcing_are_judged_by_the_branch_as_it_was(house: dict[str, Any]) -> None:
    change(house, "branches: {next: {push_role: developer}}\n")
    must(push(house, "developer", "main:refs/heads/next"))
    assert "from being forced to another history" in push(house, "developer", "+main~1:refs/heads/next").said
    assert "from being deleted" in push(house, "developer", ":refs/heads/next").said


def test_the_rule_kept_in_headway_and_the_one_in_the_file_both_hold(house: dict[str, Any]) -> None:
    served, owner = house["served"], house["owner"]
    change(house, LOOSE)
    must(push(house, "owner", "main"))
    with served.client(owner) as client:
        rule = {"pattern": "main", "push_role": "developer", "required_checks": ["build"]}
        client.put("/api/v1/projects/acme/shop/branch-rules", json=rule).raise_for_status()
    commit(house["copy"], "Not built")
    refused = push(house, "developer", "main")
    assert "the rule 'main' protects the branch 'main': the new commit has not passed build" in refused.said


def test_required_checks_of_the_file_are_looked_up(house: dict[str, Any]) -> None:
    change(house, "branches: {main: {push_role: developer, required_checks: [build]}}\n")
    must(push(house, "developer", "main"))
    sha = commit(house["copy"], "Next")
    assert "has not passed build" in push(house, "developer", "main").said
    must(push(house, "developer", "main:refs/heads/topic"))
    with house["served"].client(house["developer"]) as client:
        status = {"state": "success", "context": "build"}
        client.post(f"/api/v1/projects/acme/shop/statuses/{sha}", json=status).raise_for_status()
    must(push(house, "developer", "main"))


def test_a_wrong_file_is_told_to_the_one_who_pushes_it_and_only_maintainers_mend_it(house: dict[str, Any]) -> None:
    change(house, "branches:\n  main: {push_rol: owner}\n")
    told = push(house, "developer", "main")
    assert told.code == 0
    assert "warning: headway.yaml is wrong on 'main'" in told.said
    assert "headway.yaml:2:10: error: 'push_rol' is not known here" in told.said
    assert "did you mean 'push_role'?" in told.said
    change(house, LOOSE)
    refused = push(house, "developer", "main")
    assert refused.code != 0
    assert "the rules of 'main' cannot be read: headway.yaml:2:10" in refused.said
    assert "takes the role maintainer (yours: developer)" in refused.said
    must(push(house, "owner", "main"))
    commit(house["copy"], "Mended")
    must(push(house, "developer", "main"))


def test_another_section_that_is_wrong_leaves_the_rules_alone(house: dict[str, Any]) -> None:
    change(house, LOOSE + "nothing: 1\n")
    assert "there is no section 'nothing'" in push(house, "developer", "main").said
    commit(house["copy"], "Next")
    must(push(house, "developer", "main"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (b"\xff\xfe\x00", "headway.yaml"),
        (b"a: " + b"x" * 300_000, "the file has 300003 bytes, more than the 262144 that are read"),
        (b"a: &a [*a]", "headway.yaml:1:"),
        (b"[" * 5000, "headway.yaml"),
        (b"branches: {'\x1b[31mx': {push_rol: 1}}", "headway.yaml"),
    ],
)
def test_an_attack_by_the_file_is_a_warning_and_shows_no_control_characters(
    house: dict[str, Any], text: bytes, said: str
) -> None:
    change(house, text)
    told = push(house, "developer", "main")
    assert told.code == 0
    assert said in told.said
    assert "\x1b[31m" not in told.said


def test_a_folder_or_link_of_that_name_is_no_file(house: dict[str, Any]) -> None:
    (house["copy"] / "headway.yaml").mkdir()
    (house["copy"] / "headway.yaml" / "x").write_text("branches: 1")
    commit(house["copy"], "A folder")
    assert "warning" not in must(push(house, "developer", "main"))
    must(git("rm", "-rq", "headway.yaml", at=house["copy"]))
    (house["copy"] / "headway.yaml").symlink_to("/etc/passwd")
    commit(house["copy"], "A link")
    assert "warning" not in must(push(house, "developer", "main"))


def test_the_api_says_what_holds_and_what_is_wrong(house: dict[str, Any]) -> None:
    change(house, STRICT + "nothing: 1\n")
    must(push(house, "owner", "main", "main:refs/heads/next"))
    with house["served"].client(house["developer"]) as client:
        for branch in ("", "main", "next", "not-there", "../x", "a b"):
            found = client.get("/api/v1/projects/acme/shop/headway-yaml", params={"branch": branch}).json()
            assert found["sections"]["branches"]["main"]["push_role"] == "owner"
            (problem,) = found["problems"]
            assert (problem["line"], problem["message"]) == (4, "there is no section 'nothing'")


def test_the_api_knows_of_an_empty_project_without_a_file(served: Served) -> None:
    owner = served.person("acme")
    served.project(owner)
    with served.client(owner) as client:
        found = client.get("/api/v1/projects/acme/shop/headway-yaml").json()
    assert found == {"sections": {}, "problems": []}
