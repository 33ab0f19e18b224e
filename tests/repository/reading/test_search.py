from __future__ import annotations

import contextlib
import re
import time
from typing import TYPE_CHECKING

import pytest

from headway.repository.reading import listing, open_repository, search
from headway.repository.reading.errors import CursorError, SearchError
from headway.repository.reading.index.building import update
from tests.repository.reading.building import Put
from tests.repository.reading.test_history import both_ways

if TYPE_CHECKING:
    from headway.repository.reading import Repository
    from tests.repository.reading.building import Bare

FILES: dict[str | bytes, str | bytes | Put] = {
    "src/app.py": "import os\n\ndef main():\n    print('Hello')\n    return 0\n",
    "src/copy.py": "import os\n\ndef main():\n    print('Hello')\n    return 0\n",
    "docs/guide.md": "# Guide\n\nSay hello to the GRÜßE of `main()`.\n",
    "docs/latin.txt": "caf\xe9 hello\n".encode("latin-1"),
    "data.bin": b"hello\0world",
    b"caf\xe9/odd\nname.txt": "hello there\n",
    "link": Put(b"src/app.py", "120000"),
    "sub": Put(b"1" * 40, "160000"),
    "pointer": "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 5\n",
}


def paths(repository: Repository, text: str, **options: object) -> set[str]:
    page = search.code(repository, text, **options)  # type: ignore[arg-type]
    assert page.complete
    return {one.path for one in page.items}


def test_a_text_is_found_in_any_case_with_and_without_an_index(bare: Bare) -> None:
    bare.commit(FILES)
    for repository in both_ways(bare.build()):
        everywhere = {"src/app.py", "src/copy.py", "docs/guide.md", "docs/latin.txt", "caf\uf7e9/odd\nname.txt"}
        found = paths(repository, "hello")
        assert found == everywhere
        assert paths(repository, "hello", case_sensitive=True) & everywhere == found - {"src/app.py", "src/copy.py"}
        assert paths(repository, "hello", path="DOCS/") == {"docs/guide.md", "docs/latin.txt"}
        assert paths(repository, "main()", path="src/*.py") == {"src/app.py", "src/copy.py"}
        assert paths(repository, "grüße") == {"docs/guide.md"}
        assert paths(repository, "os") == {"src/app.py", "src/copy.py"}
        assert paths(repository, "nowhere to be found") == set()
        assert paths(repository, r"def\s+m\w+\(", regex=True) == {"src/app.py", "src/copy.py"}
        assert paths(repository, r"^\s+return \d$", regex=True) == {"src/app.py", "src/copy.py"}
        assert paths(repository, "git-lfs", path="pointer") == set()


def test_a_part_of_a_path_is_what_it_says_in_any_case(bare: Bare) -> None:
    names = ["a_b/100%.txt", "axb/100.txt", "Ärger.txt", "back\\slash.txt", "x/src/y.txt", "SRC/z.txt"]
    bare.commit(dict.fromkeys(names, "needle\n") | {b"src/caf\xe9.txt": "needle\n"})
    for repository in both_ways(bare.build()):
        for part, expected in {
            "a_b": {"a_b/100%.txt"},
            "0%": {"a_b/100%.txt"},
            "\\": {"back\\slash.txt"},
            "ärg": {"Ärger.txt"},
            "*Är*": {"Ärger.txt"},
            "src/": {"x/src/y.txt", "SRC/z.txt", "src/caf\uf7e9.txt"},
            "f\uf7e9": {"src/caf\uf7e9.txt"},
            "t\0x": set(),
        }.items():
            assert paths(repository, "needle", path=part) == expected, part
            assert paths(repository, "ne", path=part) == expected, part


def test_a_match_comes_with_its_line_and_those_around_it(bare: Bare) -> None:
    bare.commit({"a.py": "".join(f"line {number}\n" for number in range(1, 40)) + "x" * 5000 + "needle" + "y" * 5000})
    for repository in both_ways(bare.build()):
        (match,) = search.code(repository, "line 10", context=1).items
        assert [(line.number, line.text, line.match) for line in match.lines] == [
            (9, "line 9", None), (10, "line 10", 0), (11, "line 11", None),
        ]  # fmt: skip
        assert match.commit == bare.ids[1]
        (long,) = search.code(repository, "needle", context=0).items
        (line,) = long.lines
        assert len(line.text) == 400
        assert line.match is not None
        assert line.text[line.match :].startswith("needle")
        assert line.start + line.match == 5000


def test_results_come_in_pages(bare: Bare) -> None:
    bare.commit({f"f{number:03}": f"common {number}" for number in range(150)} | {"g": "common 7", "h": "other"})
    for repository in both_ways(bare.build()):
        found: list[str] = []
        cursor = ""
        while True:
            page = search.code(repository, "common", cursor=cursor, limit=40)
            found += [one.path for one in page.items]
            if not (cursor := page.following):
                break
        assert sorted(found) == [*(f"f{number:03}" for number in range(150)), "g"]
        with pytest.raises(CursorError):
            search.code(repository, "common", cursor="x")


def test_search_follows_each_push(bare: Bare) -> None:
    bare.commit({"a": "first words"})
    repository = open_repository(bare.build().path)
    list(update(repository))
    assert paths(repository, "first words") == {"a"}
    bare.commit({"a": "second words", "b": "first words"})
    bare.build()
    behind = search.code(repository, "first words")
    assert ([one.path for one in behind.items], behind.complete) == (["a"], False)
    list(update(repository))
    assert paths(repository, "first words") == {"b"}
    assert paths(repository, "words") == {"a", "b"}


def test_an_expression_that_takes_for_ever_is_ended(bare: Bare) -> None:
    bare.commit({f"f{number}": "a" * 28 + "!" for number in range(20)} | {"z": b"a" * 3_000_000})
    for repository in both_ways(bare.build()):
        start = time.monotonic()
        with contextlib.suppress(SearchError):
            search.code(repository, "(a+)+$", regex=True, seconds=0.3)
        assert time.monotonic() - start < 3


def test_an_expression_that_is_wrong_says_why(bare: Bare) -> None:
    bare.commit(FILES)
    for repository in both_ways(bare.build()):
        for wrong in ("(unclosed", "[z-a]"):
            with pytest.raises(SearchError, match=r"cannot be searched for: "):
                search.code(repository, wrong, regex=True)
        assert paths(repository, "-e") == set()
        assert paths(repository, "'; DROP TABLE file; --") == set()


def test_expressions_find_with_an_index_what_they_find_without(bare: Bare) -> None:
    words = ["alpha", "Beta", "gamma(x)", "delta.e", "zeta [z]", 'say "so"', "tab\there", "naïve"]
    bare.commit({f"f{number}": f"{words[number % 8]} {words[number * 5 % 8]}\n{number}\n" for number in range(40)})
    without, indexed = both_ways(bare.build())
    for pattern in (r"alpha\b", "b[ae]ta", "gam+a", r"gamma\(x\)", "de?lta|zeta", r"\[z\] say", '"so"', r"\d{2}", "ï"):
        for sensitive in (True, False):
            options = {"regex": True, "case_sensitive": sensitive, "limit": 100}
            assert paths(indexed, pattern, **options) == paths(without, pattern, **options)
            options["regex"] = False
            assert paths(indexed, re.sub(r"\W", "", pattern) or "x", **options) == paths(
                without, re.sub(r"\W", "", pattern) or "x", **options
            )


def test_pages_end_within_many_copies_of_one_content_too(bare: Bare) -> None:
    bare.commit({f"f{number:03}": "the same\n" for number in range(50)} | {"other": "the same, nearly\n"})
    for repository in both_ways(bare.build()):
        found: list[str] = []
        cursor = ""
        while True:
            page = search.code(repository, "the same", cursor=cursor, limit=20)
            assert len(page.items) <= 20
            found += [one.path for one in page.items]
            if not (cursor := page.following):
                break
        assert sorted(found) == [*(f"f{number:03}" for number in range(50)), "other"]


def test_an_expression_that_only_git_knows_is_left_to_git(bare: Bare) -> None:
    bare.commit({"a": "foobar\nfoobaz\n", "b": "foobaz\nxx\n", "c": "abab\n"})
    for repository in both_ways(bare.build()):
        (match,) = search.code(repository, "foo(?!baz)", regex=True, context=1).items
        assert (match.path, [(line.number, line.text, line.match) for line in match.lines]) == (
            "a",
            [(1, "foobar", 0), (2, "foobaz", None)],
        )
        assert paths(repository, r"(\w\w)\1", regex=True) == {"c"}
        assert paths(repository, r"(x)\1|(?<=foo)baz", regex=True) == {"a", "b"}
        assert paths(repository, r"\Afoobar", regex=True) == {"a"}
        with pytest.raises(SearchError, match="cannot be searched for: "):
            search.code(repository, "(?<=a+)nowhere at all", regex=True)


def test_each_line_is_searched_by_itself_however_lines_and_files_end(bare: Bare) -> None:
    files = {
        "crlf": b"one\r\ntwo\r\n",
        "open": b"one\ntwo",
        "empty": b"",
        "lines": b"\n\n",
        "nul": b"x" * 9000 + b"\0\ntwo",
    }
    bare.commit(files | {"utf16": "one\ntwo\n".encode("utf-16")})
    every = {"crlf", "open", "nul", "utf16"}
    for repository in both_ways(bare.build()):
        assert paths(repository, "^two$", regex=True) == every
        assert paths(repository, r"one\s+two", regex=True) == set()
        assert paths(repository, r"one[^x]*two", regex=True) == set()
        assert paths(repository, "^$", regex=True) == {"lines"}
        assert paths(repository, "z*", regex=True) == every | {"lines"}
        (match,) = search.code(repository, "o$", regex=True, path="crlf", context=0).items
        assert [(line.number, line.text, line.match) for line in match.lines] == [(2, "two", 2)]


def test_of_a_file_that_matches_everywhere_the_first_lines_are_given(bare: Bare) -> None:
    bare.commit({"a": "word\n" * 5000})
    for repository in both_ways(bare.build()):
        for pattern in (r"\w+", r"word(?!x)"):
            (match,) = search.code(repository, pattern, regex=True, context=2).items
            assert len([line for line in match.lines if line.match is not None]) == 100
            assert [line.number for line in match.lines] == list(range(1, 103))


def test_when_the_time_is_up_the_answer_says_how_far_it_came_and_goes_on_from_there(bare: Bare) -> None:
    bare.commit({f"f{number:03}": f"some text {number}" for number in range(100)} | {"z": "seldom"})
    for repository in both_ways(bare.build()):
        found: list[str] = []
        searched: list[int] = []
        cursor = ""
        while True:
            page = search.code(repository, r"s\w+m$|nothing|\d{9}", regex=True, cursor=cursor, seconds=0.0)
            found += [one.path for one in page.items]
            if not (cursor := page.following):
                break
            assert not page.complete
            assert page.progress
            searched.append(page.progress.searched)
            assert page.progress.files == 101
            if len(searched) > 2 and len(set(searched)) == 1:
                break
        assert searched == sorted(searched)


def test_an_empty_repository_has_nothing_to_find(bare: Bare) -> None:
    assert search.code(open_repository(bare.path), "anything").items == ()


def test_all_paths_are_listed_with_and_without_an_index(bare: Bare) -> None:
    bare.commit(FILES)
    bare.commit({"src/app.py": None, "src.txt": "1", "src-x/y": "2"})
    for repository in both_ways(bare.build()):
        expected = sorted(
            [
                "src/copy.py",
                "docs/guide.md",
                "docs/latin.txt",
                "data.bin",
                "caf\uf7e9/odd\nname.txt",
                "link",
                "pointer",
                "src.txt",
                "src-x/y",
            ],
            key=lambda path: path.replace("\uf7e9", "\xe9").encode("latin-1"),
        )
        assert list(listing.paths(repository, bare.ids[2]).items) == expected
        first = listing.paths(repository, bare.ids[2], limit=4)
        assert [*first.items, *listing.paths(repository, bare.ids[2], first.following).items] == expected
        assert "src/app.py" in listing.paths(repository, bare.ids[1]).items


def test_a_listing_that_takes_too_long_says_so_and_one_of_nothing_is_empty(bare: Bare) -> None:
    bare.commit({"a": "1"})
    bare.commit({"a": None})
    repository = open_repository(bare.build().path)
    assert not listing.paths(repository, bare.ids[1], seconds=0).complete
    assert listing.paths(repository, bare.ids[1]).items == ("a",)
    list(update(repository))
    assert listing.paths(repository, bare.ids[2]).items == ()
