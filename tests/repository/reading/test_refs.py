from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.repository.reading import open_repository, refs, resolve
from headway.repository.reading.errors import CursorError, RefAmbiguousError, RefMissingError
from tests.repository.reading.building import Bare

if TYPE_CHECKING:
    from pathlib import Path


def test_branches_are_filtered_sorted_and_paged(bare: Bare) -> None:
    for number in (3, 1, 2, 5, 4):
        bare.commit({"a": str(number)}, branch=f"topic/{number}")
    bare.commit({"a": "main"})
    repository = open_repository(bare.build().path)
    assert [ref.name for ref in refs.branches(repository).items] == ["main", *(f"topic/{n}" for n in range(1, 6))]
    first = refs.branches(repository, "TOPIC", "newest", limit=2)
    assert [ref.name for ref in first.items] == ["topic/4", "topic/5"]
    second = refs.branches(repository, "TOPIC", "newest", first.following, limit=2)
    assert [ref.name for ref in second.items] == ["topic/2", "topic/1"]
    third = refs.branches(repository, "TOPIC", "newest", second.following, limit=2)
    assert ([ref.name for ref in third.items], third.following) == (["topic/3"], "")
    with pytest.raises(CursorError):
        refs.branches(repository, cursor="nonsense")


def test_tags_come_to_their_commits(bare: Bare) -> None:
    bare.commit({"a": "1"})
    bare.build()
    bare.git("tag", "light", "main")
    bare.git("tag", "-am", "Say it", "heavy", "main")
    bare.git("tag", "-am", "Twice", "nested", "heavy")
    bare.git("tag", "blob", "main:a")
    repository = open_repository(bare.path)
    by_name = {ref.name: ref for ref in refs.tags(repository).items}
    assert by_name["light"].commit == by_name["heavy"].commit == bare.ids[1]
    assert by_name["blob"].commit is None
    assert [by_name[name].annotated for name in ("light", "heavy")] == [False, True]
    assert resolve(repository, "nested").commit == bare.ids[1]
    assert refs.tag(repository, "light") is None
    heavy = refs.tag(repository, "heavy")
    assert heavy is not None
    assert (heavy.message, heavy.tagger and heavy.tagger.name) == ("Say it\n", "Ada")
    with pytest.raises(RefMissingError):
        refs.tag(repository, "missing")
    with pytest.raises(RefMissingError):
        resolve(repository, "blob")


def test_the_longest_ref_wins_and_the_rest_is_the_path(bare: Bare) -> None:
    one = bare.commit({"login/a": "1"}, branch="feature")
    bare.build()
    two = bare.commit({"a": "1"}, branch="other")
    bare.build()
    bare.git("tag", "feature/login", bare.ids[two])
    repository = open_repository(bare.path)
    assert resolve(repository, "feature/a/b.py") == ("refs/heads/feature", "feature", bare.ids[one], "a/b.py")
    assert resolve(repository, "feature/login/a") == ("refs/tags/feature/login", "feature/login", bare.ids[two], "a")
    assert resolve(repository, "/feature//login/").path == ""
    assert resolve(repository, "refs/heads/feature/login/a").path == "login/a"


def test_of_a_branch_and_a_tag_of_one_name_the_branch_wins(bare: Bare) -> None:
    one, two = bare.commit({"a": "1"}, branch="v1"), bare.commit({"a": "2"})
    bare.build()
    bare.git("tag", "v1", bare.ids[two])
    repository = open_repository(bare.path)
    assert resolve(repository, "v1").commit == bare.ids[one]
    assert resolve(repository, "refs/tags/v1").commit == bare.ids[two]


def test_a_sha_stands_for_its_commit_in_full_or_shortened(bare: Bare) -> None:
    mark = bare.commit({"a/b": "1"})
    repository = open_repository(bare.build().path)
    oid = bare.ids[mark]
    for text in (oid, oid[:7], oid[:10].upper()):
        assert resolve(repository, f"{text}/a/b")[::2] == (None, oid)
    tree = bare.git("rev-parse", "main^{tree}")
    for missing in (tree, tree[:9], "0" * 40, "0000000"):
        with pytest.raises(RefMissingError):
            resolve(repository, missing)


def test_a_sha_that_is_too_short_names_the_commits_that_it_could_be(bare: Bare) -> None:
    for number in range(1500):
        bare.commit({"a": str(number)})
    bare.build()
    by_start: dict[str, list[str]] = {}
    for oid in bare.ids.values():
        by_start.setdefault(oid[:4], []).append(oid)
    start, several = next(item for item in by_start.items() if len(item[1]) > 1)
    with pytest.raises(RefAmbiguousError, match=f"2 commits begin with {start}") as caught:
        resolve(open_repository(bare.path), start)
    assert set(caught.value.suggestions) == set(several)


def test_a_name_that_is_missing_suggests_what_may_have_been_meant(bare: Bare) -> None:
    bare.commit({"a": "1"})
    bare.commit({"a": "1"}, branch="feature/login")
    repository = open_repository(bare.build().path)
    with pytest.raises(RefMissingError, match="Did you mean 'feature/login'") as caught:
        resolve(repository, "feature/lgoin")
    assert caught.value.suggestions == ("feature/login",)
    for strange in ("..", "a..b", "\0", "main~1", "main^{tree}", "@{u}", "refs/heads/", "-x", "a b", "*", "\udcff"):
        with pytest.raises(RefMissingError):
            resolve(repository, strange)


def test_an_empty_text_and_head_are_the_default_branch(bare: Bare) -> None:
    mark = bare.commit({"a": "1"})
    repository = open_repository(bare.build().path)
    assert resolve(repository, "") == ("refs/heads/main", "main", bare.ids[mark], "")
    assert resolve(repository, "HEAD/a") == ("refs/heads/main", "main", bare.ids[mark], "a")


def test_a_repository_without_commits_has_a_default_branch_without_commit(bare: Bare) -> None:
    repository = open_repository(bare.path)
    assert refs.default_branch(repository) == ("main", None)
    assert refs.branches(repository).items == ()
    with pytest.raises(RefMissingError, match="nothing has been pushed to the default branch 'main'"):
        resolve(repository, "")


def test_an_unborn_default_branch_beside_others_suggests_those(bare: Bare) -> None:
    bare.commit({"a": "1"}, branch="trunk")
    with pytest.raises(RefMissingError) as caught:
        resolve(open_repository(bare.build().path), "")
    assert caught.value.suggestions == ("trunk",)


def test_a_head_that_is_detached_leads_to_its_commit_and_a_wrong_one_to_none(bare: Bare) -> None:
    mark = bare.commit({"a": "1"})
    bare.build()
    (bare.path / "HEAD").write_text(bare.ids[mark] + "\n")
    repository = open_repository(bare.path)
    assert refs.default_branch(repository) == (None, bare.ids[mark])
    assert resolve(repository, "").ref is None
    (bare.path / "HEAD").write_text("1" * 40 + "\n")
    assert refs.default_branch(repository) == (None, None)
    (bare.path / "HEAD").write_text("nonsense")
    assert refs.default_branch(repository) == (None, None)


def test_a_ref_whose_name_is_no_text_is_listed_and_found(tmp_path: Path) -> None:
    bare = Bare(tmp_path)
    bare.commit({"a": "1"})
    bare.build()
    (bare.path / "packed-refs").write_bytes(
        b"# pack-refs with: peeled fully-peeled sorted \n%s refs/heads/caf\xe9\n" % bare.ids[1].encode()
    )
    repository = open_repository(bare.path)
    (odd,) = refs.branches(repository, "caf").items
    assert resolve(repository, f"{odd.name}/a/b") == ("refs/heads/" + odd.name, odd.name, bare.ids[1], "a/b")
