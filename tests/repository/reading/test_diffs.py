from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from headway.repository.reading import diffs, objects, open_repository, patches
from headway.repository.reading.errors import ObjectMissingError, RefMissingError
from tests.repository.reading.building import Bare, Put

if TYPE_CHECKING:
    from headway.repository.reading import Repository

LONG = "".join(f"  line {number}\n" for number in range(30))


def of_last(bare: Bare) -> tuple[Repository, diffs.Diff]:
    repository = open_repository(bare.build().path)
    return repository, diffs.of_commit(repository, bare.ids[max(bare.ids)])


def test_a_diff_lists_every_kind_of_change_with_its_statistics(bare: Bare) -> None:
    bare.commit(
        {"kept": "x", "gone": "five\nsix\n", "old name": LONG, "changed": "1\n2\n3\n", "run": "x", "picture.png": b"\0"}
    )
    bare.commit(
        {
            "gone": None,
            "old name": None,
            "new\nname": LONG + "more\n",
            "changed": "1\n2\nthree\n4\n",
            "run": Put(b"elsewhere", "120000"),
            "picture.png": b"\0\0",
            "added": "1\n",
            "library": Put(b"1" * 40, "160000"),
        }
    )
    _, diff = of_last(bare)
    assert {one.path: (one.status, one.additions, one.deletions) for one in diff.files} == {
        "added": ("added", 1, 0),
        "changed": ("modified", 2, 1),
        "gone": ("deleted", 0, 2),
        "library": ("added", 1, 0),
        "new\nname": ("renamed", 1, 0),
        "picture.png": ("modified", None, None),
        "run": ("retyped", 1, 1),
    }
    by_path = {one.path: one for one in diff.files}
    assert by_path["new\nname"].old_path == "old name"
    assert by_path["new\nname"].similarity > 90
    assert (by_path["picture.png"].binary, by_path["picture.png"].image) == (True, "image/png")
    assert by_path["library"].submodule
    assert (diff.additions, diff.deletions, diff.complete) == (6, 4, True)


def test_hunks_carry_the_numbers_of_their_lines(bare: Bare) -> None:
    bare.commit({"a.py": "def first():\n" + LONG + "end"})
    bare.commit({"a.py": "def first():\n" + LONG.replace("line 20\n", "line twenty\n  and more\n") + "end\n"})
    repository, diff = of_last(bare)
    patch = patches.of_file(repository, diff.files[0], context=1)
    first, second = patch.hunks
    assert first[:5] == (21, 3, 21, 4, "def first():")
    assert [line[:4] for line in first.lines] == [
        (" ", "  line 19", 21, 21),
        ("-", "  line 20", 22, None),
        ("+", "  line twenty", None, 22),
        ("+", "  and more", None, 23),
        (" ", "  line 21", 23, 24),
    ]
    assert [(line.sign, line.text, line.ended) for line in second.lines] == [
        (" ", "  line 29", True),
        ("-", "end", False),
        ("+", "end", True),
    ]
    assert patch.complete


def test_the_first_commit_is_compared_with_nothing(bare: Bare) -> None:
    bare.commit({"a": "1\n"})
    repository, diff = of_last(bare)
    assert [(one.status, one.additions) for one in diff.files] == [("added", 1)]
    assert patches.page(repository, diff).items[0].hunks[0].lines == (("+", "1", None, 1, True, False),)


def test_a_merge_is_compared_with_its_first_parent(bare: Bare) -> None:
    root = bare.commit({"a": "1"})
    left, right = bare.commit({"b": "1"}, parents=[root]), bare.commit({"c": "1"}, branch="side", parents=[root])
    bare.commit({"c": "1"}, parents=[left, right])
    _, diff = of_last(bare)
    assert [one.path for one in diff.files] == ["c"]


def test_a_comparison_with_three_dots_begins_where_they_parted(bare: Bare) -> None:
    root = bare.commit({"a": "1"})
    left, right = (
        bare.commit({"b": "bravo"}, parents=[root]),
        bare.commit({"c": "charlie"}, branch="side", parents=[root]),
    )
    alone = bare.commit({"z": "zulu"}, branch="alone", parents=())
    repository = open_repository(bare.build().path)
    three = diffs.comparison(repository, bare.ids[left], bare.ids[right])
    two = diffs.comparison(repository, bare.ids[left], bare.ids[right], dots=2)
    assert [(one.status, one.path) for one in three.files] == [("added", "c")]
    assert [(one.status, one.path) for one in two.files] == [("deleted", "b"), ("added", "c")]
    with pytest.raises(RefMissingError, match="no common ancestor"):
        diffs.comparison(repository, bare.ids[left], bare.ids[alone])
    assert len(diffs.comparison(repository, bare.ids[left], bare.ids[alone], dots=2).files) == 3


def test_what_cannot_be_shown_says_why(bare: Bare) -> None:
    bare.commit({"a": "x", "s": Put(b"1" * 40, "160000")})
    bare.commit(
        {
            "a": b"\0\1",
            "b.png": b"\0",
            "big": b"line\n" * 200_000,
            "s": Put(b"2" * 40, "160000"),
            "long": b"y" * 100_000,
        }
    )
    repository, diff = of_last(bare)
    by_path = {patch.change.path: patch for patch in patches.page(repository, diff).items}
    assert {path: patch.hidden for path, patch in by_path.items()} == {
        "a": "binary", "b.png": "image", "big": "large", "long": "", "s": "submodule",
    }  # fmt: skip
    assert [line.text for line in by_path["s"].hunks[0].lines] == [
        "Subproject commit " + "1" * 40,
        "Subproject commit " + "2" * 40,
    ]
    (line,) = by_path["long"].hunks[0].lines
    assert (len(line.text), line.cut, line.ended) == (patches.WIDTH, True, False)


def test_a_diff_of_many_files_comes_in_pages(bare: Bare) -> None:
    bare.commit({f"f{number:04}": LONG for number in range(100)})
    repository, diff = of_last(bare)
    paths: list[str] = []
    cursor = ""
    while True:
        page = patches.page(repository, diff, cursor, files=50, lines=1000)
        assert sum(len(hunk.lines) for patch in page.items for hunk in patch.hunks) <= 1000
        paths += [patch.change.path for patch in page.items]
        if not (cursor := page.following):
            break
    assert paths == [one.path for one in diff.files]


def test_a_file_with_more_lines_than_a_page_is_cut(bare: Bare) -> None:
    bare.commit({"a": LONG * 10, "b": "x"})
    repository, diff = of_last(bare)
    page = patches.page(repository, diff, lines=50)
    assert [(len(patch.hunks[0].lines), patch.complete) for patch in page.items] == [(50, False)]
    whole = patches.of_file(repository, diff.files[0])
    assert (len(whole.hunks[0].lines), whole.complete) == (300, True)
    exact = patches.of_file(repository, diff.files[0], lines=300)
    assert exact.complete


def test_statistics_that_take_too_long_leave_the_list_of_files() -> None:
    raw = b":100644 100644 %s %s M\0a\0" % (b"1" * 40, b"2" * 40) + b":100644 100644 %s %s R090\0b\0c\0" % (
        b"1" * 40,
        b"2" * 40,
    )
    data = raw + b"1\t2\ta\0" + b"3\t4\t\0b\0c\0"
    for end in range(len(data) + 1):
        parsed = diffs.parse("old", "new", data[:end], complete=False)
        assert [one.path for one in parsed.files] == ["a", "c"][: len(parsed.files)]
        assert {one.additions for one in parsed.files} <= {None, 1, 3}
    assert [(one.additions, one.deletions) for one in parsed.files] == [(1, 2), (3, 4)]


def test_a_diff_of_five_thousand_files_that_is_cut_off_lists_them_all(bare: Bare) -> None:
    bare.commit({f"d{number % 50}/f{number}": f"{number}\n" * 20 for number in range(5000)})
    repository = open_repository(bare.build().path)
    # Too short for the statistics of most machines; on a fast one it is simply complete.
    diff = diffs.between(repository, objects.EMPTY_TREE, bare.ids[1], seconds=0.02)
    assert len(diff.files) == 5000
    assert diff.complete == all(one.additions == 20 for one in diff.files)
    assert len(patches.page(repository, diff, files=25).items) == 25
    assert diffs.between(repository, objects.EMPTY_TREE, bare.ids[1]) is diff


def test_a_diff_of_a_commit_that_is_missing_says_so(bare: Bare) -> None:
    with pytest.raises(ObjectMissingError):
        diffs.of_commit(open_repository(bare.path), "1" * 40)
