from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.kernel.errors import DeadlineError
from headway.repository.reading import commits, open_repository
from headway.repository.reading.errors import CommandError, ObjectMissingError, RefMissingError

if TYPE_CHECKING:
    from tests.repository.reading.building import Bare


def test_a_commit_is_read_by_its_sha(bare: Bare) -> None:
    bare.commit({"a": "1"}, b"caf\xe9: fix\n\nBody\n\nSigned-off-by: A <a@b>", author=b"J\xe9r\xf4me <j@e>")
    repository = open_repository(bare.build().path)
    commit = commits.commit(repository, bare.ids[1])
    assert (commit.subject, commit.author.name, commit.author.offset) == ("caf\ufffd: fix", "J\ufffdr\ufffdme", 120)
    assert commit.trailers == (("Signed-off-by", "A <a@b>"),)
    with pytest.raises(ObjectMissingError):
        commits.commit(repository, "1" * 40)


def test_what_a_push_brings_comes_newest_first_and_in_chunks(bare: Bare) -> None:
    marks = [bare.commit({"a": str(number)}) for number in range(5)]
    side = bare.commit({"b": "1"}, branch="side", parents=[marks[2]])
    repository = open_repository(bare.build().path)
    ids = bare.ids
    chunks = list(commits.brought(repository, [ids[marks[4]]], [ids[marks[1]], commits.NOTHING, "1" * 40], chunk=2))
    assert [[one.oid for one in chunk] for chunk in chunks] == [[ids[5], ids[4]], [ids[3]]]
    assert [len(chunk) for chunk in commits.brought(repository, [ids[5]], [], limit=3)] == [3]
    assert list(commits.brought(repository, [commits.NOTHING], None)) == []
    assert list(commits.brought(repository, [ids[side]], None)) == []
    bare.git("update-ref", "-d", "refs/heads/side")
    assert [one.oid for chunk in commits.brought(repository, [ids[side]], None) for one in chunk] == [ids[side]]
    with pytest.raises(RefMissingError):
        list(commits.brought(repository, ["1" * 40]))
    assert commits.count_brought(repository, [ids[5]], [ids[1]]) == 4
    assert commits.count_brought(repository, [ids[5]], [ids[1]], limit=2) == 2


def test_ancestors_are_found_across_merges(bare: Bare) -> None:
    root = bare.commit({"a": "1"})
    left, right = bare.commit({"b": "1"}, parents=[root]), bare.commit({"c": "1"}, branch="side", parents=[root])
    octopus = bare.commit({"d": "1"}, parents=[left, right, root])
    alone = bare.commit({"z": "1"}, branch="alone", parents=())
    repository = open_repository(bare.build().path)
    ids = bare.ids
    assert commits.merge_base(repository, ids[left], ids[right]) == ids[root]
    assert commits.merge_base(repository, ids[left], ids[alone]) is None
    assert commits.is_ancestor(repository, ids[right], ids[octopus])
    assert not commits.is_ancestor(repository, ids[octopus], ids[right])
    assert len(commits.commit(repository, ids[octopus]).parents) == 3
    with pytest.raises(CommandError):
        commits.is_ancestor(repository, "1" * 40, ids[root])
    with pytest.raises(DeadlineError):
        commits.merge_base(repository, ids[left], ids[right], seconds=0)
