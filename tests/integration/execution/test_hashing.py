from __future__ import annotations

import contextlib
import hashlib
import os
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.integration.execution.hashing import _segment, hash_files, matching_files
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from pathlib import Path

FILES = [
    "a.txt",
    "a/b/deep.txt",
    "a/one.txt",
    "a/two.md",
    "b/one.txt",
    ".hidden/x.txt",
    "dash-1",
    "dash-2",
    "hello[a-z]",
    "star*",
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("tree")
    for name in FILES:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    (root / "link.txt").symlink_to("a.txt")
    (root / "folder-link").symlink_to("a")
    (root / "dangling").symlink_to("nowhere")
    return root


def found(root: Path, *patterns: str, follow_links: bool = False) -> list[str]:
    return [os.path.relpath(path, root) for path in matching_files(str(root), patterns, follow_links=follow_links)]


ALL = [
    ".hidden/x.txt",
    "a/b/deep.txt",
    "a/one.txt",
    "a/two.md",
    "a.txt",
    "b/one.txt",
    "dash-1",
    "dash-2",
    "hello[a-z]",
    "link.txt",
    "star*",
]


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["**"], ALL),
        (["*.txt"], ["a.txt", "link.txt"]),
        (["**/*.txt"], [name for name in ALL if name.endswith(".txt")]),
        (["a/**"], ["a/b/deep.txt", "a/one.txt", "a/two.md"]),
        (["a/**/*.txt"], ["a/b/deep.txt", "a/one.txt"]),
        (["a/*"], ["a/b/deep.txt", "a/one.txt", "a/two.md"]),
        (["a"], ["a/b/deep.txt", "a/one.txt", "a/two.md"]),
        (["a/"], ["a/b/deep.txt", "a/one.txt", "a/two.md"]),
        (["a.txt/"], []),
        (["./a.txt"], ["a.txt"]),
        (["**/b"], ["a/b/deep.txt", "b/one.txt"]),
        (["?.txt"], ["a.txt"]),
        (["dash-[12]"], ["dash-1", "dash-2"]),
        (["dash-[!1]"], ["dash-2"]),
        (["dash-[^1]"], ["dash-2"]),
        (["dash-[0-1]"], ["dash-1"]),
        (["dash-[2-1]"], []),
        (["a[!x]one.txt"], []),
        (["a[+-9]one.txt"], []),
        (["hello[[]a-z]"], ["hello[a-z]"]),
        (["hello\\[a-z\\]"], ["hello[a-z]"]),
        (["star[*]"], ["star*"]),
        (["star\\*"], ["star*"]),
        (["dash-[1"], []),
        (["**", "!**/*.txt"], ["a/two.md", "dash-1", "dash-2", "hello[a-z]", "star*"]),
        (["a/**", "!a/b/**", "a/b/deep.txt"], ["a/b/deep.txt", "a/one.txt", "a/two.md"]),
        (["!a/**"], []),
        (["a/**", "!!a/one.txt"], ["a/b/deep.txt", "a/one.txt", "a/two.md"]),
        (["a/**", "! a/b"], ["a/one.txt", "a/two.md"]),
        (["a.txt\n# a comment\n\n  dash-1  "], ["a.txt", "dash-1"]),
        (["missing/**"], []),
        (["A.TXT"], []),
        (["*.{txt,md}"], []),
        ([], []),
        ([""], []),
    ],
    ids=str,
)
def test_patterns_select_what_github_documents(tree: Path, patterns: list[str], expected: list[str]) -> None:
    assert found(tree, *patterns) == expected


def test_what_is_below_an_earlier_pattern_comes_first(tree: Path) -> None:
    assert found(tree, "b/**", "a/*.md") == ["b/one.txt", "a/two.md"]


def test_a_place_below_another_is_not_searched_twice(tree: Path) -> None:
    assert found(tree, "a/b/**", "a/**", "a/one.txt") == ["a/b/deep.txt", "a/one.txt", "a/two.md"]


def test_an_absolute_pattern_is_taken_as_it_is(tree: Path) -> None:
    assert found(tree, f"{tree}/b/**") == ["b/one.txt"]


def test_links_to_folders_are_followed_only_when_asked_for(tree: Path) -> None:
    assert found(tree, "folder-link/**") == []
    assert found(tree, "folder-link/*.md", follow_links=True) == ["folder-link/two.md"]


def test_a_circle_of_links_ends(tmp_path: Path) -> None:
    (tmp_path / "d").mkdir()
    (tmp_path / "d/f").write_text("x")
    (tmp_path / "d/up").symlink_to("..")
    assert found(tmp_path, "**", follow_links=True) == ["d/f"]


def test_a_root_whose_name_looks_like_a_pattern_is_meant_as_it_is(tmp_path: Path) -> None:
    root = tmp_path / "shop[x]*"
    root.mkdir()
    (root / "f").write_text("x")
    assert found(root, "*") == ["f"]
    assert found(root, f"{root}/f") == ["f"]


def test_a_tilde_is_the_home_and_only_alone(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tree))
    assert found(tree, "~/b") == ["b/one.txt"]
    assert found(tree, "~root/**") == []


@pytest.mark.parametrize("pattern", ["../x", "a/../b", "a/./b", "!.."])
def test_patterns_with_dots_are_refused_as_github_does(tree: Path, pattern: str) -> None:
    with pytest.raises(HeadwayError, match=r"'\.' and '\.\.' are not allowed"):
        hash_files(str(tree), [pattern])


def test_the_hash_is_the_sha256_of_the_sha256s(tree: Path) -> None:
    inner = [hashlib.sha256(name.encode()).digest() for name in ("a/one.txt", "a/two.md")]
    assert hash_files(str(tree), ["a/*", "!a/b"]) == hashlib.sha256(b"".join(inner)).hexdigest()


def test_nothing_found_is_an_empty_text(tree: Path) -> None:
    assert hash_files(str(tree), ["*.lock"]) == ""


def test_a_link_is_hashed_by_what_it_leads_to(tree: Path) -> None:
    assert hash_files(str(tree), ["link.txt"]) == hash_files(str(tree), ["a.txt"]) != ""


def test_files_outside_of_the_workspace_do_not_count(tree: Path) -> None:
    assert hash_files(str(tree / "a"), [f"{tree}/b/**"]) == ""
    assert hash_files(str(tree / "a"), ["/etc/passwd"]) == ""
    assert hash_files(str(tree / "a"), [f"{tree}/**"]) == hash_files(str(tree / "a"), ["**"]) != ""


def test_the_option_to_follow_links_stands_first(tree: Path) -> None:
    assert hash_files(str(tree), ["folder-link/two.md"]) == hash_files(str(tree), ["a/two.md"])
    assert hash_files(str(tree), ["folder-link/**"]) == ""
    assert hash_files(str(tree), ["--follow-symbolic-links", "folder-link/**"]) == hash_files(str(tree), ["a/**"])


def test_another_option_is_refused(tree: Path) -> None:
    with pytest.raises(HeadwayError, match="hashFiles has no option '--recursive', only '--follow-symbolic-links'"):
        hash_files(str(tree), ["--recursive", "**"])


def test_the_contents_count_and_the_times_do_not(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    file.write_text("1")
    first = hash_files(str(tmp_path), ["lock"])
    os.utime(file, (1, 1))
    assert hash_files(str(tmp_path), ["lock"]) == first
    file.write_text("2")
    assert hash_files(str(tmp_path), ["lock"]) != first


@given(st.text(alphabet="ab*?[]!^-\\/.~&|#{}()+", max_size=12))
def test_any_pattern_does_no_harm(pattern: str) -> None:
    with contextlib.suppress(HeadwayError):
        assert hash_files("/nonexistent", [pattern]) == ""


@given(st.text(alphabet="ab.-[]*?!\\ é", min_size=1, max_size=8).filter(lambda name: name not in (".", "..")))
def test_a_name_with_every_special_character_in_brackets_matches_itself_alone(name: str) -> None:
    escaped = "".join(f"[{c}]" if c in "*?[" else f"\\{c}" if c == "\\" else c for c in name)
    expression, literal = _segment(escaped)
    assert literal == name
    assert re.fullmatch(expression, name)
    assert not re.fullmatch(expression, f"{name}x")
