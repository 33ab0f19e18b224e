from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from headway.integration.results.trees import Target, copy_tree, entries_below, remove
from headway.kernel.errors import UnsafePathError

if TYPE_CHECKING:
    from pathlib import Path


def make(folder: Path) -> Path:
    tree = folder / "tree"
    (tree / "sub/empty").mkdir(parents=True)
    (tree / "sub/script").write_text("#!/bin/sh")
    (tree / "sub/script").chmod(0o755)
    (tree / "top").write_text("top")
    (tree / "link").symlink_to("top")
    (tree / "folder-link").symlink_to("sub")
    (tree / "broken").symlink_to("/nowhere/at/all")
    (tree / "sub").chmod(0o750)
    os.utime(tree / "top", (1_000_000, 1_000_000))
    os.utime(tree / "sub", (2_000_000, 2_000_000))
    return tree


def test_all_that_is_below_a_folder_is_listed_folders_first_and_links_not_followed(tmp_path: Path) -> None:
    assert list(entries_below(str(make(tmp_path)))) == [
        ("broken", False),
        ("folder-link", False),
        ("link", False),
        ("top", False),
        ("sub", True),
        ("sub/script", False),
        ("sub/empty", True),
    ]


def test_a_tree_is_copied_with_its_links_modes_times_and_empty_folders(tmp_path: Path) -> None:
    tree, copy = make(tmp_path), tmp_path / "copy"
    assert copy_tree(str(tree), str(copy)).files == 5
    assert list(entries_below(str(copy))) == list(entries_below(str(tree)))
    assert os.readlink(copy / "broken") == "/nowhere/at/all"
    assert (copy / "sub/script").stat().st_mode & 0o777 == 0o755
    assert (copy / "sub").stat().st_mode & 0o777 == 0o750
    assert (copy / "top").stat().st_mtime == 1_000_000
    assert (copy / "sub").stat().st_mtime == 2_000_000


def test_a_copy_replaces_what_is_there_and_leaves_what_is_not_in_it(tmp_path: Path) -> None:
    tree, copy = make(tmp_path), tmp_path / "copy"
    (copy / "sub").mkdir(parents=True)
    (copy / "sub/own").write_text("own")
    (copy / "top").write_text("old")
    (copy / "top").chmod(0o444)
    copy_tree(str(tree), str(copy))
    assert (copy / "top").read_text() == "top"
    assert (copy / "sub/own").read_text() == "own"


def test_a_copy_never_writes_through_links_that_are_there_already(tmp_path: Path) -> None:
    tree, copy, outside = make(tmp_path), tmp_path / "copy", tmp_path / "outside"
    outside.mkdir()
    (outside / "script").write_text("mine")
    copy.mkdir()
    (copy / "sub").symlink_to(outside)
    (copy / "top").symlink_to(outside / "script")
    copy_tree(str(tree), str(copy))
    assert (outside / "script").read_text() == "mine"
    assert not (copy / "sub").is_symlink()
    assert (copy / "top").read_text() == "top"


@pytest.mark.parametrize("path", ["../x", "a/../../x", "/etc/x", ".."])
def test_nothing_is_written_outside_of_the_target(tmp_path: Path, path: str) -> None:
    with pytest.raises(UnsafePathError, match="leads out"):
        Target(str(tmp_path / "target")).folder(path)


def test_a_link_in_the_target_that_leads_out_is_replaced_one_that_stays_inside_is_followed(tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "target"
    outside.mkdir()
    (root / "real").mkdir(parents=True)
    (root / "out").symlink_to(outside)
    (root / "in").symlink_to("real")
    target = Target(str(root))
    target.folder("out/deeper")
    target.folder("in/deeper")
    assert list(outside.iterdir()) == []
    assert (root / "real/deeper").is_dir()


def test_the_target_itself_may_be_reached_by_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    Target(str(tmp_path / "link")).folder("a")
    assert (tmp_path / "real/a").is_dir()


def test_a_file_in_the_place_of_a_folder_gives_way_but_not_in_a_fresh_target(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    with pytest.raises(FileExistsError):
        Target(str(tmp_path), fresh=True).folder("a/b")
    Target(str(tmp_path)).folder("a/b")
    assert (tmp_path / "a/b").is_dir()


def test_no_tree_is_too_deep(tmp_path: Path) -> None:
    deep = "/".join(["d"] * 1500)
    full = Target(str(tmp_path / "deep")).folder(deep)
    with open(os.path.join(full, "file"), "w") as file:
        file.write("x")
    copy_tree(str(tmp_path / "deep"), str(tmp_path / "copy"))
    assert (tmp_path / "copy" / deep / "file").exists()
    for name in ("deep", "copy"):
        remove(str(tmp_path / name))
    assert list(tmp_path.iterdir()) == []


def test_everything_is_removed_whatever_its_permissions_and_links_are_not_followed(tmp_path: Path) -> None:
    tree, outside = make(tmp_path), tmp_path / "outside"
    outside.mkdir()
    (outside / "mine").write_text("mine")
    (tree / "sub/out").symlink_to(outside)
    (tree / "sub/empty").chmod(0)
    (tree / "sub").chmod(0o500)
    remove(str(tree))
    assert not tree.exists()
    assert (outside / "mine").exists()
    remove(str(tree))
