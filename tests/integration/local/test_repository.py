from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from headway.integration.local.repository import (
    EMPTY_SHA,
    Repository,
    _name_of,
    _server_of,
    ask_repository,
    find_repository,
    read_line,
)
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from pathlib import Path

    from tests.project import Project


def found(project: Project) -> Repository:
    return find_repository(ask_repository(str(project.root)))


GITHUB = "https://github.com"


@pytest.mark.parametrize(
    ("url", "name", "server"),
    [
        ("https://github.com/acme/shop", "acme/shop", GITHUB),
        ("https://github.com/acme/shop.git", "acme/shop", GITHUB),
        ("https://github.com/acme/shop/", "acme/shop", GITHUB),
        ("https://ada:token@github.com/acme/shop.git", "acme/shop", GITHUB),
        ("https://ada:to@ken@github.com/acme/shop.git", "acme/shop", GITHUB),
        ("https://git.corp.example:8443/acme/shop", "acme/shop", "https://git.corp.example:8443"),
        ("http://localhost:3000/acme/shop.git", "acme/shop", "http://localhost:3000"),
        ("https://gitlab.com/group/sub/shop.git", "sub/shop", "https://gitlab.com"),
        ("git@github.com:acme/shop.git", "acme/shop", GITHUB),
        ("github.com:acme/shop", "acme/shop", GITHUB),
        ("git@10.0.0.7:acme/shop.git", "acme/shop", "https://10.0.0.7"),
        ("work:acme/shop.git", "acme/shop", GITHUB),
        ("ssh://git@git.corp.example:2222/acme/shop.git", "acme/shop", "https://git.corp.example"),
        ("ssh://git.corp.example/acme/shop", "acme/shop", "https://git.corp.example"),
        ("https://github.com/acme/shop.js", "acme/shop.js", GITHUB),
        ("https://github.com/acme/.github", "acme/.github", GITHUB),
        ("/srv/git/acme/shop.git", "", GITHUB),
        ("../shop:old/x", "", GITHUB),
        ("", "", GITHUB),
    ],
)
def test_the_name_and_the_server_are_those_of_the_remote(url: str, name: str, server: str) -> None:
    assert (_name_of(url), _server_of(url)) == (name, server)


def test_without_a_remote_the_folder_gives_the_name(project: Project) -> None:
    assert (found(project).name, found(project).server_url) == ("local/shop", GITHUB)


def test_the_remote_called_origin_counts(project: Project) -> None:
    project.git("remote", "add", "upstream", "https://github.com/other/shop")
    project.git("remote", "add", "origin", "git@github.com:acme/shop.git")
    assert found(project).name == "acme/shop"


def test_a_repository_is_found_from_a_folder_within(project: Project) -> None:
    project.write("deep/er/file", "x")
    repository = find_repository(ask_repository(str(project.root / "deep/er")))
    assert repository.tree.root == str(project.root)
    assert repository.tree.git_dir == repository.tree.common_dir == str(project.root / ".git")


def test_a_commit_is_described(project: Project) -> None:
    project.write("x", "y")
    sha = project.commit("Begin again\n\nWith a body\n")
    repository = found(project)
    assert (repository.ref, repository.ref_name, repository.sha) == ("refs/heads/main", "main", sha)
    assert repository.base_sha == project.git("rev-parse", "HEAD~1")
    assert (repository.author, repository.email) == ("Ada", "ada@example.org")
    assert repository.message == "Begin again\n\nWith a body"


def test_a_branch_with_slashes_keeps_them(project: Project) -> None:
    project.git("switch", "-qc", "feature/a/b")
    assert (found(project).ref, found(project).ref_name) == ("refs/heads/feature/a/b", "feature/a/b")


def test_a_branch_wins_over_a_tag_on_the_same_commit(project: Project) -> None:
    project.git("tag", "v1")
    assert found(project).ref == "refs/heads/main"


def test_a_detached_head_is_the_tag_on_it(project: Project) -> None:
    project.git("tag", "v1")
    project.git("switch", "-q", "--detach")
    assert found(project).ref == "refs/tags/v1"


def test_a_detached_head_without_a_tag_is_a_branch_on_it_the_default_one_first(project: Project) -> None:
    project.git("branch", "another")
    project.git("switch", "-q", "--detach")
    assert found(project).ref == "refs/heads/main"
    project.git("branch", "-qD", "main")
    assert found(project).ref == "refs/heads/another"


def test_a_detached_head_may_be_a_branch_of_the_remote(project: Project) -> None:
    project.git("update-ref", "refs/remotes/origin/feature/x", "HEAD")
    project.git("switch", "-q", "--detach")
    project.git("branch", "-qD", "main")
    assert found(project).ref == "refs/heads/feature/x"


def test_a_detached_head_that_nothing_names_is_called_head(project: Project) -> None:
    project.git("switch", "-q", "--detach")
    project.git("commit", "-q", "--allow-empty", "-m", "Aside")
    assert found(project).ref == "refs/heads/HEAD"


def test_the_default_branch_is_what_the_remote_says_else_master_or_main(project: Project) -> None:
    assert found(project).default_branch == "main"
    project.git("branch", "-qm", "master")
    assert found(project).default_branch == "master"
    project.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/trunk")
    assert found(project).default_branch == "trunk"


def test_an_unborn_branch_has_a_name_and_no_commit(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "-b", "trunk", tmp_path], check=True)
    repository = find_repository(ask_repository(str(tmp_path)))
    assert (repository.ref, repository.sha, repository.base_sha) == ("refs/heads/trunk", EMPTY_SHA, EMPTY_SHA)
    assert (repository.author, repository.message) == ("", "")
    assert repository.changed_paths() is None


def test_the_first_parent_of_a_merge_is_what_it_is_compared_with(project: Project) -> None:
    base = project.git("rev-parse", "HEAD")
    project.git("switch", "-qc", "side")
    project.write("side", "x")
    project.commit()
    project.git("switch", "-q", "main")
    project.git("merge", "-q", "--no-ff", "-m", "Merge", "side")
    assert found(project).base_sha == base


def test_changed_paths_hold_what_is_committed_changed_and_new(project: Project) -> None:
    project.write(".gitignore", "ignored\n")
    project.write("with\nnewline", "x")
    project.commit()
    project.write("README.md", "changed")
    project.write("new/ü", "x")
    project.write("ignored", "x")
    assert found(project).changed_paths() == (".gitignore", "README.md", "with\nnewline", "new/ü")


def test_a_first_commit_has_no_known_changes(project: Project) -> None:
    assert found(project).changed_paths() is None


def test_the_default_branch_is_what_the_remote_says(project: Project) -> None:
    assert found(project).default_branch == "main"
    project.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/release/next")
    assert found(project).default_branch == "release/next"


def test_a_worktree_has_its_own_folder_and_the_repositorys(project: Project, tmp_path: Path) -> None:
    project.git("worktree", "add", "-q", "-b", "side", str(tmp_path / "other"))
    repository = find_repository(ask_repository(str(tmp_path / "other")))
    assert repository.ref == "refs/heads/side"
    assert repository.tree.common_dir == str(project.root / ".git")
    assert repository.tree.git_dir == str(project.root / ".git/worktrees/other")


def test_texts_in_other_encodings_do_no_harm(project: Project) -> None:
    message = project.root / "message"
    message.write_bytes("Grüße".encode("latin-1"))
    project.git("commit", "-q", "--allow-empty", "-F", "message", "--cleanup=verbatim")
    assert found(project).message == "Grüße"
    project.git("-c", "i18n.commitEncoding=latin-1", "commit", "-q", "--allow-empty", "-F", "message")
    assert found(project).message == "Grüße"


def test_bytes_that_are_no_text_are_replaced(project: Project) -> None:
    raw = project.root.parent / "commit"
    tree = project.git("rev-parse", "HEAD^{tree}")
    who = b"A\xff <a@b> 1700000000 +0000"
    raw.write_bytes(b"tree %s\nauthor %s\ncommitter %s\nencoding UTF-8\n\nbad \xfe\n" % (tree.encode(), who, who))
    project.git("reset", "-q", project.git("hash-object", "-t", "commit", "-w", str(raw)))
    assert (found(project).author, found(project).message) == ("A\ufffd", "bad \ufffd")


def test_outside_of_a_repository_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(HeadwayError, match=r"is not inside a git repository with a working tree.* git init"):
        find_repository(ask_repository(str(tmp_path)))


def test_a_bare_repository_has_no_working_tree(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", "--bare", tmp_path], check=True)
    with pytest.raises(HeadwayError, match="with a working tree"):
        find_repository(ask_repository(str(tmp_path)))


def test_a_folder_with_a_line_end_in_its_path_is_refused_in_words(tmp_path: Path) -> None:
    folder = tmp_path / "a\nb"
    subprocess.run(["git", "init", "-q", folder], check=True)
    with pytest.raises(HeadwayError, match="has a line end in its path"):
        find_repository(ask_repository(str(folder)))


def test_a_line_that_cannot_be_read_is_empty(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b" one\xff \ntwo")
    assert read_line(str(tmp_path / "file")) == "one\ufffd"
    assert read_line(str(tmp_path)) == read_line(str(tmp_path / "none")) == ""
