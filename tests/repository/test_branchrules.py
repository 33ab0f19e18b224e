from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.kernel.identity.roles import ROLES, rank
from headway.repository.branchrules import BranchRule, BranchUpdate, matches, objections, rule_for
from headway.repository.signatures.records import Unverified, Verdict
from tests.serving import Served, commit, git, must, working_copy

if TYPE_CHECKING:
    from pathlib import Path


def rule(pattern: str = "main", number: int = 1, **more: Any) -> BranchRule:
    return BranchRule(number, pattern, "maintainer", None, None)._replace(**more)


@pytest.mark.parametrize(
    ("pattern", "branch", "fits"),
    [
        ("main", "main", True),
        ("main", "maintenance", False),
        ("release/*", "release/1.0", True),
        ("release/*", "release/1.0/fix", False),
        ("release/**", "release/1.0/fix", True),
        ("**", "anything/at/all", True),
        ("v?", "v1", True),
        ("v?", "v/", False),
        ("a.b", "axb", False),
        ("[ab]", "a", False),
    ],
)
def test_patterns_fit_branches(pattern: str, branch: str, fits: bool) -> None:
    assert matches(pattern, branch) is fits


def test_the_most_exact_rule_counts() -> None:
    rules = [rule("**", 1), rule("release/*", 2), rule("release/1", 3)]
    chosen = [rule_for(rules, branch) for branch in ("release/1", "release/2", "main")]
    assert [each.id for each in chosen if each] == [3, 2, 1]
    assert rule_for([], "main") is None


@given(st.sampled_from([None, *ROLES]), st.sampled_from([None, *ROLES]), st.booleans(), st.booleans())
def test_nobody_gets_by_whose_role_is_too_low(needed: object, held: object, forces: bool, deletes: bool) -> None:
    protecting = rule(push_role=needed, force_role=needed, delete_role=needed)
    update = BranchUpdate("main", forces=forces, deletes=deletes)
    allowed = needed is not None and rank(held) >= rank(needed)  # type: ignore[arg-type]
    assert bool(objections(protecting, held, update)) is not allowed  # type: ignore[arg-type]


def test_every_objection_is_told_at_once() -> None:
    protecting = rule(signed=True, required_checks=("build", "lint"))
    update = BranchUpdate(
        "main",
        forces=True,
        unverified=(Unverified("a" * 40, "", Verdict("unsigned")),),
        passed_checks=frozenset({"lint"}),
    )
    said = objections(protecting, "developer", update)
    assert len(said) == 6
    assert "has not passed build" in said[2]
    assert said[3].endswith("its commits are signed, and 1 new commit is not verified:")
    assert said[4] == "  aaaaaaaaaaaa unsigned: it carries no signature"
    assert said[5].startswith("unsigned: `git config gpg.format ssh`")


def set_rule(served: Served, person: object, **values: object) -> None:
    with served.client(person) as client:  # type: ignore[arg-type]
        answer = client.put("/api/v1/projects/anna/shop/branch-rules", json={"pattern": "main", **values})
        assert answer.status_code == 200, answer.text


def test_a_protected_branch_takes_pushes_of_those_who_may(served: Served, tmp_path: Path) -> None:
    anna, ben = served.person("anna"), served.person("ben")
    served.project(anna)
    source = working_copy(tmp_path / "source", commits=2)
    with served.client(anna) as client:
        client.put("/api/v1/projects/anna/shop/members/ben", json={"role": "developer"})
    must(git("push", served.address(ben, "anna/shop"), "main", at=source))
    set_rule(served, anna)
    commit(source)
    done = git("push", served.address(ben, "anna/shop"), "main", "main:next", at=source)
    assert "the rule 'main' protects the branch 'main': push to another branch" in done.said
    assert "takes the role maintainer; yours: developer" in done.said
    must(git("push", served.address(ben, "anna/shop"), "main:next", at=source))
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))
    for refspec, reason in (("+main~2:main", "being forced"), (":main", "being deleted")):
        assert reason in git("push", served.address(anna, "anna/shop"), refspec, at=source).said
    set_rule(served, anna, force_role="owner")
    must(git("push", served.address(anna, "anna/shop"), "+main~2:main", at=source))


def test_commits_must_be_signed_where_the_rule_says_so(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    served.project(anna)
    set_rule(served, anna, signed=True)
    source = working_copy(tmp_path / "source")
    done = git("push", served.address(anna, "anna/shop"), "main", at=source)
    assert "its commits are signed, and" in done.said
    must(git("push", served.address(anna, "anna/shop"), "main:free", at=source))


def test_checks_must_have_passed_where_the_rule_says_so(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    served.project(anna)
    set_rule(served, anna, required_checks=["build"])
    source = working_copy(tmp_path / "source")
    sha = must(git("rev-parse", "HEAD", at=source))
    assert "has not passed build" in git("push", served.address(anna, "anna/shop"), "main", at=source).said
    with served.client(anna) as client:
        path = f"/api/v1/projects/anna/shop/statuses/{sha}"
        client.post(path, json={"state": "success", "context": "build"})
        must(git("push", served.address(anna, "anna/shop"), "main:next", at=source))
        client.post(path, json={"state": "failure", "context": "build"})
        assert git("push", served.address(anna, "anna/shop"), "main", at=source).code
        client.post(path, json={"state": "success", "context": "build"})
    must(git("push", served.address(anna, "anna/shop"), "main", at=source))


def test_rules_that_make_no_sense_are_refused_with_everything_that_is_wrong(served: Served) -> None:
    anna = served.person()
    served.project(anna)
    with served.client(anna) as client:
        path = "/api/v1/projects/anna/shop/branch-rules"
        answer = client.put(path, json={"pattern": "", "required_checks": [""]})
        assert [each["path"] for each in answer.json()["problems"]] == ["pattern", "required_checks"]
        assert client.delete(path, params={"pattern": "nothing"}).status_code == 404
        client.put(path, json={"pattern": "main"})
        assert client.delete(path, params={"pattern": "main"}).status_code == 204
        assert client.get(path).json()["items"] == []


def test_a_branch_can_be_protected_from_everybody(served: Served, tmp_path: Path) -> None:
    anna = served.person()
    served.project(anna)
    set_rule(served, anna, push_role=None)
    source = working_copy(tmp_path / "source")
    assert "(nobody may)" in git("push", served.address(anna, "anna/shop"), "main", at=source).said
