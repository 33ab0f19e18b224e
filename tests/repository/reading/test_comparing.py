from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.kernel.errors import DeadlineError
from headway.repository.reading import commits, comparing
from headway.repository.reading.errors import CommandError, CursorError
from tests.repository.reading.test_history import both_ways

if TYPE_CHECKING:
    from tests.repository.reading.building import Bare


def test_two_commits_are_compared_since_they_parted(bare: Bare) -> None:
    root = bare.commit({"a": "1"})
    main = [bare.commit({"a": str(number)}, parents=[root] if not number else None) for number in range(3)]
    side = [
        bare.commit({f"side{number}": "x"}, branch="side", parents=None if number else [root]) for number in range(4)
    ]
    alone = bare.commit({"z": "1"}, branch="alone", parents=())
    ids = bare.build().ids
    for repository in both_ways(bare):
        found = comparing.compare(repository, ids[main[-1]], ids[side[-1]])
        assert (found.merge_base, found.distance) == (ids[root], (4, 3))
        assert [one.path for one in found.diff.files] == ["side0", "side1", "side2", "side3"]
        two = comparing.compare(repository, ids[main[-1]], ids[side[-1]], dots=2)
        assert [one.path for one in two.diff.files] == ["a", "side0", "side1", "side2", "side3"]
        first = comparing.ahead(repository, ids[main[-1]], ids[side[-1]], limit=3)
        rest = comparing.ahead(repository, ids[main[-1]], ids[side[-1]], first.following, limit=3)
        assert [one.oid for one in (*first.items, *rest.items)] == [ids[mark] for mark in reversed(side)]
        assert rest.following == ""
        apart = comparing.compare(repository, ids[main[-1]], ids[alone])
        assert (apart.merge_base, apart.distance) == (None, (1, 4))
        assert {one.path for one in apart.diff.files} == {"a", "z"}
        same = comparing.compare(repository, ids[root], ids[root])
        assert (same.distance, same.diff.files) == ((0, 0), ())
        assert comparing.can_fast_forward(repository, ids[root], ids[side[-1]])
        assert not comparing.can_fast_forward(repository, ids[main[-1]], ids[side[-1]])
        assert comparing.can_fast_forward(repository, commits.NOTHING, ids[side[-1]])
        with pytest.raises(CursorError):
            comparing.ahead(repository, ids[root], ids[root], cursor="?")
        with pytest.raises(CommandError):
            comparing.compare(repository, ids[root], "1" * 40)
        with pytest.raises(DeadlineError):
            comparing.compare(repository, ids[root], ids[alone], seconds=0)
