from __future__ import annotations

import random
import tempfile
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headway.repository.reading import history, open_repository, trees
from headway.repository.reading.errors import CursorError, ObjectMissingError
from headway.repository.reading.index import store
from headway.repository.reading.index.building import update
from tests.repository.reading.building import Bare, Put

if TYPE_CHECKING:
    import sqlite3

    from headway.repository.reading import Repository

PATHS = ["a", "b", "d/a", "d/b", "d/e/f", "g/h"]


def tangled(folder: Path, seed: int) -> Bare:
    """Return a repository with branches that part, merge and are left, merges of three, and merges that change files."""
    chance = random.Random(seed)
    bare = Bare(folder)
    marks: list[int] = []
    for number in range(chance.randint(1, 25)):
        branch = chance.choice(["main", "main", "main", "side", "topic/x"])
        parents = chance.sample(marks, min(len(marks), chance.choice([1, 1, 1, 1, 2, 2, 3])))
        if not marks or chance.random() < 0.05:
            parents = []
        count = chance.choice([0, 1, 1, 1, 2]) if len(parents) < 2 else chance.choice([0, 0, 1])
        files = {path: None if chance.random() < 0.2 else str(number) for path in chance.sample(PATHS, count)}
        marks.append(bare.commit(files, branch=branch, parents=tuple(parents)))
    bare.build()
    return bare


def indexed(bare: Bare, batch: int = 1000) -> Repository:
    repository = open_repository(bare.path)
    list(update(repository, batch))
    return repository


def whole(repository: Repository, commit: str, path: str, limit: int = 500) -> list[str]:
    oids: list[str] = []
    cursor = ""
    while True:
        page = history.of_path(repository, commit, path, cursor, limit)
        assert page.complete
        oids += [touch.commit.oid for touch in page.items]
        if not (cursor := page.following):
            return oids


def git_histories(bare: Bare, commit: str) -> dict[str, set[str]]:
    """Every commit that leads to this one, by the paths and folders that `git log -c` shows with it."""
    found: dict[str, set[str]] = {"": set()}
    for line in bare.git("log", "-c", "--name-only", "--format=>%H", "--no-renames", commit).splitlines():
        if line.startswith(">"):
            oid = line[1:]
            found[""].add(oid)
        elif line:
            for path in (line, *map(str, PurePath(line).parents)):
                found.setdefault(path, set()).add(oid)
    return found


@settings(max_examples=12)
@given(st.integers(0, 1 << 30), st.integers(1, 7))
def test_the_index_tells_what_git_tells_of_any_history(seed: int, batch: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bare = tangled(Path(folder), seed)
        repository = indexed(bare, batch)
        commits = list(bare.ids.values())
        known = bare.git("rev-list", "--all").split()
        for commit in known:
            histories = git_histories(bare, commit)
            listed = whole(repository, commit, "", limit=3)
            assert set(listed) == histories[""]
            assert len(listed) == len(set(listed))
            places = {oid: place for place, oid in enumerate(listed)}
            for child in history.of_commit(repository, commit).items:
                assert all(places[parent] > places[child.oid] for parent in child.parents)
            for path in ("a", "d", "d/e/f", "missing"):
                touched = whole(repository, commit, path, limit=2)
                assert set(touched) == histories.get(path, set())
                assert sorted(touched, key=lambda oid: places[oid]) == touched
        for one, other in zip(commits, reversed(commits), strict=True):
            if {one, other} <= set(known):
                behind, ahead = bare.git("rev-list", "--left-right", "--count", f"{one}...{other}").split()
                assert history.ahead_behind(repository, one, other) == (int(ahead), int(behind))


@settings(max_examples=8)
@given(st.integers(0, 1 << 30))
def test_an_index_that_followed_each_push_tells_the_same_as_one_made_at_once(seed: int) -> None:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        bare = tangled(Path(folder), seed)
        repository = open_repository(bare.path)
        reachable = bare.git("rev-list", "--all").split()
        heads = bare.git("for-each-ref", "--format=%(refname) %(objectname)").split("\n")
        for _ in range(4):
            # The default branch jumps about: forwards, backwards, to another side.
            bare.git("update-ref", "refs/heads/main", chance.choice(reachable))
            list(update(repository, chance.randint(1, 5)))
            check(bare, repository, chance.choice(reachable))
        for head in heads:
            bare.git("update-ref", *head.split())
        list(update(repository))
        for commit in reachable:
            check(bare, repository, commit)


def check(bare: Bare, repository: Repository, commit: str) -> None:
    histories = git_histories(bare, commit)
    for path in ("", "a", "d"):
        assert set(whole(repository, commit, path)) == histories.get(path, set())


def both_ways(bare: Bare) -> list[Repository]:
    """The same repository without an index, and with one."""
    other = Path(f"{bare.path}-indexed")
    bare.git("clone", "-q", "--mirror", str(bare.path), str(other))
    repository = open_repository(other)
    list(update(repository))
    return [open_repository(bare.path), repository]


def test_a_history_is_the_same_with_and_without_an_index(bare: Bare) -> None:
    for number in range(5):
        bare.commit({"d/a": str(number), b"caf\xe9": str(number), "*": str(number % 2)})
        bare.commit({"other": str(number)})
    for repository in both_ways(bare.build()):
        for path in ("d/a", "d", "caf\uf7e9", "/d//a/", "*"):
            first = history.of_path(repository, bare.ids[10], path, limit=3)
            second = history.of_path(repository, bare.ids[10], path, first.following, limit=3)
            listed = [touch.commit.oid for touch in (*first.items, *second.items)]
            assert listed == [bare.ids[number] for number in (9, 7, 5, 3, 1)]
            assert (second.following, second.complete) == ("", True)
        assert history.of_path(repository, bare.ids[10], "missing").items == ()
        assert history.of_path(repository, bare.ids[10], "../etc").items == ()
        assert [one.oid for one in history.of_commit(repository, bare.ids[10], limit=2).items] == [
            bare.ids[10],
            bare.ids[9],
        ]
        assert history.ahead_behind(repository, bare.ids[1], bare.ids[10]) == (9, 0)
        with pytest.raises(ObjectMissingError):
            history.of_path(repository, "1" * 40, "d")
        with pytest.raises(CursorError):
            history.of_path(repository, bare.ids[10], "d", "nonsense")


def test_the_last_commit_of_each_entry_is_the_same_with_and_without_an_index(bare: Bare) -> None:
    bare.commit({"one": "1", "two": "1", "d/x": "1", "d/y": "1", b"\x01\n": "1", "link": Put(b"one", "120000")})
    bare.commit({"two": "2"})
    bare.commit({"d/x": "2"})
    for repository in both_ways(bare.build()):
        for folder, expected in (("", {"one": 1, "two": 2, "d": 3, "\x01\n": 1, "link": 1}), ("d", {"x": 3, "y": 1})):
            entries = [entry.name for entry in trees.folder(repository, bare.ids[3], folder).items]
            last = history.last_commits(repository, bare.ids[3], folder, entries)
            assert {name: commit.oid for name, commit in last.commits.items()} == {
                name: bare.ids[mark] for name, mark in expected.items()
            }
            assert last.complete
        early = history.last_commits(repository, bare.ids[1], "", ["two", "d"])
        assert {commit.oid for commit in early.commits.values()} == {bare.ids[1]}


def test_the_last_commit_of_an_entry_is_found_among_many_that_are_gone(bare: Bare) -> None:
    gone = [f"d/{number:02}" for number in range(40)]
    bare.commit(dict.fromkeys([*gone, "d/00-stays", "d/39-stays"], "1"))
    bare.commit(dict.fromkeys(gone, None))
    bare.commit({"d/39-stays": "2"})
    repository = indexed(bare.build())
    last = history.last_commits(repository, bare.ids[3], "d", ["39-stays", "00-stays", "05"])
    found = {name: commit.oid for name, commit in last.commits.items()}
    assert found == {"39-stays": bare.ids[3], "00-stays": bare.ids[1], "05": bare.ids[2]}
    assert history.last_commits(repository, bare.ids[3], "d", []).commits == {}
    assert history.last_commits(repository, bare.ids[3], "nowhere", ["a"]).commits == {}


def test_a_history_follows_renames_when_it_is_asked_to(bare: Bare) -> None:
    text = "".join(f"line {number}\n" for number in range(40))
    bare.commit({"first": text})
    bare.commit({"first": text + "more\n"})
    bare.commit({"first": None, "d/second": text + "more\n"})
    bare.commit({"d/second": text + "still more\n"})
    bare.commit({"d/second": None, "third": text + "still more and more\n"})
    repository = indexed(bare.build())
    assert len(history.of_path(repository, bare.ids[5], "third").items) == 1
    for limit in (1, 2, 3, 50):
        listed: list[tuple[str, str]] = []
        cursor = ""
        while True:
            page = history.of_path(repository, bare.ids[5], "third", cursor, limit, follow=True)
            listed += [(touch.commit.oid, touch.path) for touch in page.items]
            if not (cursor := page.following):
                break
        assert listed == list(
            zip(
                [bare.ids[number] for number in (5, 4, 3, 2, 1)],
                ["third", "d/second", "d/second", "first", "first"],
                strict=True,
            )
        )
    assert [touch.path for touch in history.of_path(repository, bare.ids[5], "missing", follow=True).items] == []


def test_without_an_index_and_without_time_the_answer_says_that_it_is_not_complete(bare: Bare) -> None:
    bare.commit({"a": "1"})
    repository = open_repository(bare.build().path)
    assert not history.of_path(repository, bare.ids[1], "a", seconds=0).complete
    assert not history.last_commits(repository, bare.ids[1], "", ["a"], seconds=0).complete
    assert history.ahead_behind(repository, bare.ids[1], bare.ids[1], seconds=0) is None


def test_a_file_named_like_a_commit_does_not_confuse_the_index(bare: Bare) -> None:
    bare.commit({"a": "1"})
    oid = bare.build().ids[1]
    bare.commit({oid: "1", f":{oid}": "2", ":100644 100644": "3"})
    repository = indexed(bare.build())
    assert whole(repository, bare.ids[2], oid) == [bare.ids[2]]
    assert whole(repository, bare.ids[2], ":100644 100644") == [bare.ids[2]]
    assert whole(repository, bare.ids[2], "") == [bare.ids[2], bare.ids[1]]


def test_a_deadline_ends_what_the_index_is_asked(bare: Bare) -> None:
    bare.commit({"a": "1"})
    repository = indexed(bare.build())
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x+1 FROM n) SELECT count(*) FROM n"
    assert store.asked(repository, lambda connection: connection.execute(endless).fetchone(), seconds=0.05) is None
    assert store.asked(repository, lambda connection: connection.execute("SELECT 1").fetchone()) == (1,)

    def write(connection: sqlite3.Connection) -> None:
        connection.execute("DELETE FROM commits")

    assert store.asked(repository, write) is None
    assert whole(repository, bare.ids[1], "a") == [bare.ids[1]]
