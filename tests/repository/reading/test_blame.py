from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.repository.reading import blame, open_repository
from headway.repository.reading.errors import PathMissingError
from headway.repository.reading.index.building import update
from tests.repository.reading.building import Put
from tests.repository.reading.test_history import both_ways

if TYPE_CHECKING:
    from tests.repository.reading.building import Bare

TEN = [f"line {number}\n" for number in range(1, 11)]


def test_lines_of_one_commit_are_one_region(bare: Bare) -> None:
    bare.commit({"a": "".join(TEN)})
    bare.commit({"a": "".join([*TEN[:4], "new\n", "newer\n", *TEN[4:]])})
    bare.commit({"other": "x"})
    for repository in both_ways(bare.build()):
        for _ in range(2):
            found = blame.blame(repository, bare.ids[3], "a")
            assert [(one.first, one.lines, one.commit, one.original) for one in found.regions] == [
                (1, 4, bare.ids[1], 1), (5, 2, bare.ids[2], 5), (7, 6, bare.ids[1], 5),
            ]  # fmt: skip
            assert set(found.commits) == {bare.ids[1], bare.ids[2]}
            assert found.complete


def test_lines_are_followed_through_renames_whatever_the_name(bare: Bare) -> None:
    bare.commit({b'caf\xe9 "\n': "".join(TEN)})
    bare.commit({b'caf\xe9 "\n': None, "-b": "".join([*TEN, "more\n"])})
    for repository in both_ways(bare.build()):
        assert [(one.path, one.commit) for one in blame.blame(repository, bare.ids[2], "-b").regions] == [
            ('caf\uf7e9 "\n', bare.ids[1]),
            ("-b", bare.ids[2]),
        ]


def test_an_answer_that_is_kept_is_not_that_of_another_content(bare: Bare) -> None:
    root = bare.commit({"a": "".join(TEN)})
    left = bare.commit({"a": "left\n" + "".join(TEN)}, parents=[root])
    right = bare.commit({"a": "".join(TEN) + "right\n"}, branch="side", parents=[root])
    ours = bare.commit({}, parents=[left, right])
    repository = open_repository(bare.build().path)
    list(update(repository))
    for _ in range(2):
        assert {one.commit for one in blame.blame(repository, bare.ids[ours], "a").regions} == {
            bare.ids[left],
            bare.ids[root],
        }
        assert {one.commit for one in blame.blame(repository, bare.ids[right], "a").regions} == {
            bare.ids[right],
            bare.ids[root],
        }


def test_a_blame_ends_at_its_deadline_and_says_so(bare: Bare) -> None:
    bare.commit({"a": "x\n"})
    found = blame.blame(open_repository(bare.build().path), bare.ids[1], "a", seconds=0)
    assert (found.regions, found.complete) == ((), False)


def test_only_files_can_be_blamed(bare: Bare) -> None:
    bare.commit({"d/x": "1", "link": Put(b"d", "120000"), "empty": ""})
    repository = open_repository(bare.build().path)
    for path in ("d", "link", "missing"):
        with pytest.raises(PathMissingError):
            blame.blame(repository, bare.ids[1], path)
    assert blame.blame(repository, bare.ids[1], "empty").regions == ()
