"""The workspace: a copy of the tree as it is, and never the user's own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.project import Project

CHECKOUT = "- uses: actions/checkout@v4\n"


def test_uncommitted_and_untracked_files_are_there_and_ignored_ones_are_not(project: Project) -> None:
    project.write(".gitignore", "*.log\n")
    project.commit()
    project.write("README.md", "# Changed\n")
    project.write("new.txt", "new\n")
    project.write("noise.log", "noise\n")
    project.steps(CHECKOUT + "- run: cat README.md; ls -A | sort | tr '\\n' ' '")
    assert project.run().log("a", "__run") == "# Changed\n.git .github .gitignore README.md new.txt \n"


def test_a_deleted_file_is_missing_and_modes_and_links_are_kept(project: Project) -> None:
    project.write("gone.txt", "")
    project.write("run.sh", "#!/bin/sh\necho ran\n", 0o755)
    os.symlink("run.sh", project.root / "link")
    project.commit()
    (project.root / "gone.txt").unlink()
    project.steps(CHECKOUT + "- run: ./run.sh; readlink link; test ! -e gone.txt; git status --short")
    log = project.run().log("a", "__run")
    assert log.startswith("ran\nrun.sh\n D gone.txt\n")


def test_git_has_its_history_and_knows_what_is_changed(project: Project) -> None:
    project.git("tag", "v1.0")
    project.git("remote", "add", "origin", "https://user:secret@example.org/acme/shop.git")
    project.steps(
        CHECKOUT + "- run: git describe --tags; git log --format=%s; git status --short; git remote get-url origin"
    )
    log = project.run().log("a", "__run")
    assert log == "v1.0\nBegin\n?? .github/\nhttps://example.org/acme/shop.git\n"


def test_what_a_job_commits_changes_and_deletes_stays_in_its_copy(project: Project) -> None:
    before = project.git("rev-parse", "HEAD")
    project.steps(
        CHECKOUT
        + """- run: |
    git config user.name Bob; git config user.email bob@example.org
    echo changed > README.md; git commit -qam "From the job"; git tag job; rm -rf .git/refs/heads; rm README.md
"""
    )
    ran = project.run()
    assert ran.code == 0, ran.log()
    assert project.git("rev-parse", "HEAD") == before
    assert project.git("tag") == ""
    assert (project.root / "README.md").read_text() == "# Shop\n"


def test_jobs_do_not_see_each_others_files(project: Project) -> None:
    project.workflow(
        """
  a:
    runs-on: x
    steps: [{uses: actions/checkout@v4}, {run: touch mine}]
  b:
    needs: a
    runs-on: x
    steps: [{uses: actions/checkout@v4}, {run: test ! -e mine}]
"""
    )
    assert project.run().code == 0


def test_without_a_checkout_the_workspace_is_empty(project: Project) -> None:
    project.steps("- run: ls -A; pwd")
    lines = project.run().log().splitlines()
    assert len(lines) == 1
    assert lines[0].endswith("/shop")


def test_a_second_checkout_begins_anew_unless_clean_is_off(project: Project) -> None:
    project.steps(
        CHECKOUT
        + "- run: touch extra\n"
        + CHECKOUT
        + "  with: {clean: false}\n- run: ls extra\n"
        + CHECKOUT
        + "- run: test ! -e extra"
    )
    assert project.run().code == 0


def test_another_ref_is_checked_out_from_the_history(project: Project) -> None:
    project.write("file", "old")
    old = project.commit("Old")
    project.git("branch", "maintenance")
    project.write("file", "new")
    project.commit("New")
    project.steps(
        """
- uses: actions/checkout@v4
  with: {ref: maintenance, path: older}
  id: older
- run: cat older/file; echo " ${{ steps.older.outputs.commit }}"
"""
    )
    assert project.run().log("a", "__run") == f"old {old}\n"


def test_an_unknown_ref_says_how_to_get_it(project: Project) -> None:
    project.steps(CHECKOUT + "  with: {ref: nowhere}")
    assert "The ref 'nowhere' is not in this repository. Fetch it first" in project.run().log()


def test_another_repository_comes_from_its_source(project: Project) -> None:
    project.write("lib/data", "from the library")
    project.steps("- uses: actions/checkout@v4\n  with: {repository: acme/lib, path: lib}\n- run: cat lib/data")
    ran = project.run("--action-source", f"acme/lib={make_repository(project, 'lib')}")
    assert ran.log("a", "__run") == "from the library\n"


def make_repository(project: Project, name: str) -> str:
    folder = project.root / name
    project.git("init", "-q", name)
    project.git("-C", name, "add", ".")
    project.git("-C", name, "commit", "-qm", "Library")
    return str(folder)


def test_a_path_that_leads_out_of_the_workspace_is_refused(project: Project) -> None:
    project.steps(CHECKOUT + "  with: {path: ../../elsewhere}")
    assert "'../../elsewhere' leads out of the workspace" in project.run().log()


def test_submodules_are_brought_along_when_asked_for(project: Project) -> None:
    library = project.root.parent / "library"
    library.mkdir()
    project.git("-C", str(library), "init", "-q", "-b", "main")
    (library / "inner").write_text("inner")
    project.git("-C", str(library), "add", ".")
    project.git("-C", str(library), "commit", "-qm", "Library")
    project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "vendored")
    project.commit("Add the library")
    project.steps(CHECKOUT + "  with: {submodules: true}\n- run: cat vendored/inner")
    assert project.run().log("a", "__run") == "inner\n"
    project.steps(CHECKOUT + "- run: ls -A vendored")
    assert project.run().log("a", "__run") == ""


def test_a_sparse_checkout_holds_its_folders_and_the_files_at_the_root(project: Project) -> None:
    for path in ("docs/a", "src/b", "src/deep/c"):
        project.write(path, "")
    project.steps(CHECKOUT + "  with: {sparse-checkout: src}\n- run: ls; ls src/deep")
    assert project.run().log("a", "__run") == "README.md\nsrc\nc\n"


def test_a_worktree_of_git_is_a_repository_like_others(project: Project) -> None:
    project.steps(CHECKOUT + "- run: git log --format=%s; git rev-parse --abbrev-ref HEAD")
    project.commit("With a workflow")
    project.git("worktree", "add", "-q", "-b", "topic", "../tree")
    project.root = project.root.parent / "tree"
    assert project.run("ci").log("a", "__run") == "With a workflow\nBegin\ntopic\n"


def test_nothing_of_a_run_is_left_but_its_caches(project: Project) -> None:
    project.steps(CHECKOUT + "- run: mkdir -m 500 locked; touch -d 2001-01-01 README.md")
    assert project.run().code == 0
    assert list((project.cache / "work").iterdir()) == []


def test_no_part_of_the_workspaces_path_begins_with_a_dot(project: Project) -> None:
    project.steps("- run: pwd")
    ran = project.run(HEADWAY_CACHE_HOME="", XDG_CACHE_HOME=str(project.cache))
    assert not [part for part in ran.log().strip().split("/") if part.startswith(".")]


def test_what_a_crashed_run_left_is_removed_by_the_next(project: Project) -> None:
    left = project.cache / "work" / "123-99999999" / "1-a"
    left.mkdir(parents=True)
    project.steps("- run: echo")
    assert project.run().code == 0
    assert not left.exists()
