from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from headway.integration.execution.workspace import SourceTree, copy_tree, remove_tree
from headway.kernel.errors import HeadwayError, UnsafePathError

if TYPE_CHECKING:
    from pathlib import Path


class Tree:
    """A repository of the user's, and where it is copied to."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.root = folder / "shop"
        self.copied = folder / "copy"
        self.root.mkdir()
        self.git("init", "-q", "-b", "main", *options)
        self.write("a.txt", "one")
        self.write("dir/b.txt", "two")
        self.commit()

    def git(self, *arguments: str, at: Path | None = None) -> str:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        command = ["git", *identity, *arguments]
        done = subprocess.run(command, cwd=at or self.root, check=True, capture_output=True)
        return done.stdout.decode(errors="surrogateescape").strip()

    def in_copy(self, *arguments: str) -> str:
        return self.git(*arguments, at=self.copied)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self) -> str:
        self.git("add", "-A")
        self.git("commit", "-qm", "Change")
        return self.git("rev-parse", "HEAD")

    def source(self, root: Path | None = None) -> SourceTree:
        root = root or self.root
        asked = self.git("rev-parse", "--path-format=absolute", "--git-dir", "--git-common-dir", at=root)
        return SourceTree(str(root), *asked.split("\n"))

    def copy(self, *, only: list[str] | None = None) -> list[str]:
        """Copy the tree, and return what is in the copy."""
        copy_tree(self.source(), str(self.copied), only=only)
        found = [path for path in self.copied.rglob("*") if ".git" not in path.parts]
        return sorted(str(path.relative_to(self.copied)) for path in found if path.is_symlink() or path.is_file())


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def test_a_copy_counts_its_files_and_bytes(tree: Tree) -> None:
    tree.write("new.txt", "12345")
    copied = copy_tree(tree.source(), str(tree.copied))
    assert (copied.files, copied.size, copied.submodules) == (3, 11, ())


def test_a_copy_is_clean_for_git_until_something_changes(tree: Tree) -> None:
    tree.copy()
    assert tree.in_copy("status", "--porcelain") == ""
    (tree.copied / "a.txt").write_text("changed")
    assert tree.in_copy("status", "--porcelain") == "M a.txt"
    assert tree.git("status", "--porcelain") == ""


def test_only_what_is_asked_for_is_copied(tree: Tree) -> None:
    assert tree.copy(only=["dir/b.txt", "dir/b.txt"]) == ["dir/b.txt"]


def test_a_path_that_leads_out_is_refused(tree: Tree) -> None:
    with pytest.raises(UnsafePathError):
        tree.copy(only=["../outside"])


@pytest.mark.parametrize("name", ["with\nnewline", "with blank ", "-dash", "a'b\"c$", "ünïcode", "tab\there", "#hash"])
def test_names_of_every_kind_are_copied(tree: Tree, name: str) -> None:
    tree.write(name, "x")
    tree.write(f"dir of {name}/{name}", "y")
    tree.commit()
    assert {name, f"dir of {name}/{name}"} <= set(tree.copy())
    assert tree.in_copy("status", "--porcelain") == ""


def test_a_name_that_is_no_utf8_is_copied(tree: Tree) -> None:
    name = os.fsdecode(b"latin-\xe9")
    tree.write(name, "x")
    tree.commit()
    assert name in tree.copy()


def test_a_file_that_vanished_is_passed_over(tree: Tree) -> None:
    assert tree.copy(only=["a.txt", "gone.txt", "gone/below.txt", "a.txt/below"]) == ["a.txt"]


def test_a_folder_that_became_a_file_is_a_file(tree: Tree) -> None:
    (tree.root / "dir/b.txt").unlink()
    (tree.root / "dir").rmdir()
    tree.write("dir", "file now")
    assert tree.copy() == ["a.txt", "dir"]


def test_a_file_that_became_a_folder_holds_its_new_files(tree: Tree) -> None:
    (tree.root / "a.txt").unlink()
    tree.write("a.txt/inner", "x")
    assert tree.copy() == ["a.txt/inner", "dir/b.txt"]


def test_a_file_that_became_a_folder_is_not_taken_for_a_submodule(tree: Tree) -> None:
    (tree.root / "a.txt").unlink()
    tree.write("a.txt/inside", "three")
    assert copy_tree(tree.source(), str(tree.copied)).submodules == ()


@pytest.mark.parametrize("deep", ["b.txt", "deep/er/b.txt"])
def test_a_folder_that_became_a_link_stays_a_link_and_nothing_is_written_through_it(
    tree: Tree, tmp_path: Path, deep: str
) -> None:
    tree.write(f"dir/{deep}", "tracked")
    tree.commit()
    outside = tmp_path / "outside"
    os.rename(tree.root / "dir", outside)
    (outside / deep).write_text("precious")
    (tree.root / "dir").symlink_to(outside)
    assert tree.copy() == ["a.txt", "dir"]
    assert os.readlink(tree.copied / "dir") == str(outside)
    assert (outside / deep).read_text() == "precious"


def test_a_linked_folder_within_the_tree_stays_a_link(tree: Tree) -> None:
    (tree.root / "alias").symlink_to("dir")
    tree.commit()
    assert tree.copy() == ["a.txt", "alias", "dir/b.txt"]
    assert (tree.copied / "alias/b.txt").read_text() == "two"


def test_sockets_and_pipes_are_left_out(tree: Tree) -> None:
    os.mkfifo(tree.root / "pipe")
    assert tree.copy(only=["a.txt", "pipe"]) == ["a.txt"]


def test_a_submodule_is_an_empty_folder_and_is_named(tree: Tree) -> None:
    inner = tree.root / "vendor/lib"
    inner.mkdir(parents=True)
    tree.git("init", "-q", at=inner)
    (inner / "f").write_text("x")
    tree.git("add", "-A", at=inner)
    tree.git("commit", "-qm", "Inner", at=inner)
    tree.git("add", "vendor/lib")
    copied = copy_tree(tree.source(), str(tree.copied))
    assert copied.submodules == ("vendor/lib",)
    assert os.listdir(tree.copied / "vendor/lib") == []


@pytest.mark.parametrize(
    ("written", "copied"),
    [
        ("https://github.com/acme/shop", "https://github.com/acme/shop"),
        ("https://ada:secret@github.com/acme/shop", "https://github.com/acme/shop"),
        ("https://secret@github.com/acme/shop", "https://github.com/acme/shop"),
        ("https://ada:s@cret@github.com/acme/shop", "https://github.com/acme/shop"),
        ("http://x:secret@localhost:3000/a@b/shop", "http://localhost:3000/a@b/shop"),
        ("https://github.com/acme/a@b", "https://github.com/acme/a@b"),
        ("ssh://git@github.com/acme/shop", "ssh://git@github.com/acme/shop"),
        ("ssh://git:secret@github.com:22/acme/shop", "ssh://git@github.com:22/acme/shop"),
        ("git@github.com:acme/shop.git", "git@github.com:acme/shop.git"),
        ("/srv/git/shop", "/srv/git/shop"),
    ],
)
def test_remotes_are_there_without_their_credentials(tree: Tree, written: str, copied: str) -> None:
    tree.git("remote", "add", "origin", written)
    tree.copy()
    assert tree.in_copy("config", "remote.origin.url") == copied
    assert tree.in_copy("config", "remote.origin.fetch") == "+refs/heads/*:refs/remotes/origin/*"
    assert "secret" not in (tree.copied / ".git/config").read_text()


def test_a_remote_written_in_one_line_loses_its_credentials_too(tree: Tree) -> None:
    with open(tree.root / ".git/config", "a") as file:
        file.write('[remote "odd]name"] URL = https://ada:secret@example.org/x\n')
    tree.copy()
    assert tree.in_copy("config", "remote.odd]name.url") == "https://example.org/x"
    assert "secret" not in (tree.copied / ".git/config").read_text()


def test_hooks_filters_headers_and_aliases_of_the_user_are_not_copied(tree: Tree) -> None:
    for name, value in {
        "core.hooksPath": "/hooks",
        "core.fsmonitor": "true",
        "filter.x.smudge": "touch /tmp/x",
        "http.https://github.com/.extraheader": "AUTHORIZATION: basic secret",
        "alias.st": "!rm -rf /",
        "url.https://secret@github.com/.insteadOf": "https://github.com/",
        "remote.origin.uploadpack": "/bin/evil",
        "remote.origin.proxy": "http://secret@proxy",
    }.items():
        tree.git("config", name, value)
    hook = tree.root / ".git/hooks/post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\n")
    tree.copy()
    config = (tree.copied / ".git/config").read_text()
    assert not [word for word in ("hooks", "smudge", "secret", "alias", "evil", "insteadOf") if word in config]
    assert not (tree.copied / ".git/hooks").exists()


def test_branches_know_what_they_follow(tree: Tree) -> None:
    tree.git("remote", "add", "origin", "https://example.org/acme/shop")
    tree.git("config", "branch.main.remote", "origin")
    tree.git("config", "branch.main.merge", "refs/heads/main")
    tree.copy()
    assert tree.in_copy("config", "branch.main.merge") == "refs/heads/main"


def test_branches_and_tags_are_there_loose_and_packed(tree: Tree) -> None:
    tree.git("branch", "feature/x")
    tree.git("tag", "v1")
    tree.git("pack-refs", "--all")
    tree.git("branch", "loose")
    tree.copy()
    refs = tree.in_copy("for-each-ref", "--format=%(refname)").split("\n")
    assert refs == ["refs/heads/feature/x", "refs/heads/loose", "refs/heads/main", "refs/tags/v1"]


def test_a_commit_in_the_copy_stays_there(tree: Tree) -> None:
    before = tree.git("rev-parse", "HEAD")
    tree.copy()
    tree.in_copy("commit", "-q", "--allow-empty", "-m", "In the copy")
    assert tree.git("rev-parse", "HEAD") == before
    assert tree.in_copy("rev-parse", "HEAD~1") == before


def test_what_is_staged_is_staged_in_the_copy(tree: Tree) -> None:
    tree.write("staged.txt", "x")
    tree.git("add", "staged.txt")
    tree.copy()
    assert tree.in_copy("diff", "--cached", "--name-only") == "staged.txt"


def test_a_split_index_is_copied_whole(tree: Tree) -> None:
    tree.git("update-index", "--split-index")
    tree.write("a.txt", "changed")
    tree.git("add", "a.txt")
    tree.copy()
    assert tree.in_copy("status", "--short") == "M  a.txt"


def test_a_repository_of_longer_hashes_is_copied_as_such(tmp_path: Path) -> None:
    tree = Tree(tmp_path, "--object-format=sha256")
    tree.copy()
    assert tree.in_copy("status", "--short") == ""
    assert len(tree.in_copy("rev-parse", "HEAD")) == 64
    tree.in_copy("commit", "-q", "--allow-empty", "-m", "More")


def test_refs_that_a_copy_cannot_keep_are_refused_with_the_way_out(tree: Tree) -> None:
    source = tree.source()
    with (tree.root / ".git/config").open("a") as config:
        config.write("[extensions]\n\trefStorage = reftable\n")
    with pytest.raises(HeadwayError, match="git refs migrate --ref-format=files"):
        copy_tree(source, str(tree.copied), only=["a.txt"])


def test_a_worktree_is_copied_on_its_own_branch(tree: Tree, tmp_path: Path) -> None:
    other = tmp_path / "other"
    tree.git("worktree", "add", "-q", "-b", "side", str(other))
    copy_tree(tree.source(other), str(tree.copied))
    assert tree.in_copy("branch", "--show-current") == "side"
    assert tree.in_copy("status", "--porcelain") == ""
    assert (tree.copied / ".git").is_dir()


def test_a_shallow_clone_stays_shallow(tree: Tree, tmp_path: Path) -> None:
    tree.write("a.txt", "again")
    tree.commit()
    clone = tmp_path / "clone"
    tree.git("clone", "-q", "--depth=1", f"file://{tree.root}", str(clone))
    copy_tree(tree.source(clone), str(tree.copied))
    assert tree.in_copy("rev-list", "--count", "HEAD") == "1"
    assert tree.in_copy("rev-parse", "--is-shallow-repository") == "true"
    assert tree.in_copy("fsck", "--connectivity-only") == ""


def test_an_unborn_branch_is_copied(tmp_path: Path) -> None:
    root = tmp_path / "fresh"
    subprocess.run(["git", "init", "-q", "-b", "trunk", root], check=True)
    (root / "f").write_text("x")
    copy_tree(SourceTree(str(root), str(root / ".git"), str(root / ".git")), str(tmp_path / "copy"))
    assert (tmp_path / "copy/f").read_text() == "x"
    assert (tmp_path / "copy/.git/HEAD").read_text() == "ref: refs/heads/trunk\n"


def test_a_copy_onto_a_copy_keeps_the_repository(tree: Tree) -> None:
    tree.copy()
    tree.in_copy("tag", "mine")
    tree.write("a.txt", "again")
    tree.copy()
    assert (tree.copied / "a.txt").read_text() == "again"
    assert tree.in_copy("tag") == "mine"


def test_a_target_that_cannot_be_written_says_what_to_do(tree: Tree) -> None:
    tree.copied.write_text("in the way")
    with pytest.raises(HeadwayError, match=r"could not be copied to .* HEADWAY_CACHE_HOME"):
        copy_tree(tree.source(), str(tree.copied))


def test_a_tree_is_removed_whatever_its_permissions(tmp_path: Path) -> None:
    root = tmp_path / "work"
    (root / "a/b").mkdir(parents=True)
    (root / "a/b/file").write_text("x")
    (root / "a/link").symlink_to(tmp_path)
    (root / "a/b").chmod(0)
    (root / "a").chmod(0o500)
    remove_tree(str(root))
    assert not root.exists()
    assert tmp_path.exists()


def test_removing_what_is_not_there_or_no_folder_changes_nothing(tmp_path: Path) -> None:
    remove_tree(str(tmp_path / "missing"))
    (tmp_path / "file").write_text("x")
    remove_tree(str(tmp_path / "file"))
    assert (tmp_path / "file").exists()


def test_a_link_is_removed_and_what_it_leads_to_stays(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept/file").write_text("x")
    (tmp_path / "work").mkdir()
    (tmp_path / "work/link").symlink_to(tmp_path / "kept")
    remove_tree(str(tmp_path / "work"))
    assert (tmp_path / "kept/file").exists()
