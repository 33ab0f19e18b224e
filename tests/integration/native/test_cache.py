"""actions/cache, cache/restore and cache/save, as whole runs show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.project import Project, Ran


def cache(path: str, key: str, *more: str, action: str = "cache", id_: str = "c") -> str:
    block = "".join(f"      {line}\n" for line in path.split("\n"))
    inputs = "".join(f"    {line}\n" for line in more)
    return f"- id: {id_}\n  uses: actions/{action}@v4\n  with:\n    key: {key}\n    path: |\n{block}{inputs}"


FILL = "- run: test -e deps || { mkdir -p deps/sub && date +%s%N > deps/x && ln -s x deps/link && chmod 755 deps/x; }\n"
SHOW = '- {id: show, run: "echo hit=${{ steps.c.outputs.cache-hit }}"}\n'


def run_steps(project: Project, steps: str, *arguments: str) -> Ran:
    project.steps(steps)
    return project.run(*arguments)


def entries(project: Project) -> int:
    return len(list(project.cache.glob("caches/*/*/entry.json")))


# Saving and restoring


def test_what_one_run_saves_the_next_restores(project: Project) -> None:
    steps = cache("deps", "k") + FILL + "- {id: x, run: cat deps/x && readlink deps/link && test -x deps/x}\n" + SHOW
    first, second = run_steps(project, steps), run_steps(project, steps)
    assert (first.code, second.code) == (0, 0), first.log() + second.log()
    assert first.log("a", "x") == second.log("a", "x")
    assert (first.log("a", "show"), second.log("a", "show")) == ("hit=\n", "hit=true\n")
    assert "Cache not found for input keys: k" in first.log("a", "c")
    assert "Cache saved with key: k" in first.log("a", "c:post")
    assert "Cache restored from key: k" in second.log("a", "c")
    assert "Cache hit occurred on the primary key k, not saving cache." in second.log("a", "c:post")
    assert entries(project) == 1


def test_a_restore_key_brings_the_newest_and_the_new_key_is_saved(project: Project) -> None:
    for number in (1, 2):
        run_steps(project, cache("deps", f"k-{number}") + f"- run: mkdir deps && echo {number} > deps/x\n")
    steps = cache("deps", "k-3", "restore-keys: |", "  none", "  k-") + "- {id: x, run: cat deps/x}\n" + SHOW
    ran = run_steps(project, steps)
    assert (ran.log("a", "x"), ran.log("a", "show")) == ("2\n", "hit=false\n")
    assert "Cache hit for restore-key: k-2" in ran.log("a", "c")
    assert "Cache saved with key: k-3" in ran.log("a", "c:post")


def test_a_failed_job_saves_nothing(project: Project) -> None:
    ran = run_steps(project, cache("deps", "k") + FILL + '- run: "false"\n')
    assert ran.code == 1
    assert ran.outcomes("a")["c:post"] == "skipped"
    assert entries(project) == 0


def test_what_a_job_changes_after_it_was_saved_does_not_change_the_cache(project: Project) -> None:
    steps = cache("deps", "k", action="cache/restore") + "- {id: x, run: cat deps/x || true}\n"
    save = cache("deps", "k", action="cache/save", id_="s")
    run_steps(project, "- run: mkdir deps && echo first > deps/x\n" + save + "- run: echo changed > deps/x\n")
    assert run_steps(project, steps + "- run: echo again > deps/x\n").log("a", "x") == "first\n"
    assert run_steps(project, steps).log("a", "x") == "first\n"


def test_folders_are_restored_over_what_is_there(project: Project) -> None:
    run_steps(
        project, "- run: mkdir deps && echo saved | tee deps/x deps/y\n" + cache("deps", "k", action="cache/save")
    )
    steps = "- run: mkdir deps && echo own | tee deps/x deps/own && chmod 444 deps/x\n"
    ran = run_steps(project, steps + cache("deps", "k") + "- {id: x, run: cat deps/x deps/y deps/own}\n")
    assert ran.log("a", "x") == "saved\nsaved\nown\n"


# Paths


def test_absolute_paths_of_the_workspace_mean_the_same_in_every_run(project: Project) -> None:
    steps = cache("${{ github.workspace }}/deps", "k") + FILL + SHOW
    run_steps(project, steps)
    assert run_steps(project, steps).log("a", "show") == "hit=true\n"


def test_folders_outside_of_the_workspace_are_restored_where_they_were(project: Project, tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    for folder in (home / ".cache/pip", other):
        folder.mkdir(parents=True)
        (folder / "wheel").write_text(str(folder))
    steps = cache(f"~/.cache/pip\n{other}", "k") + SHOW
    arguments = ("--env", f"HOME={home}")
    run_steps(project, steps, *arguments)
    for folder in (home / ".cache/pip", other):
        (folder / "wheel").unlink()
        folder.rmdir()
    assert run_steps(project, steps, *arguments).log("a", "show") == "hit=true\n"
    assert (home / ".cache/pip/wheel").read_text() == str(home / ".cache/pip")
    assert (other / "wheel").read_text() == str(other)


def test_a_home_that_has_moved_is_still_home(project: Project, tmp_path: Path) -> None:
    (tmp_path / "one/.npm").mkdir(parents=True)
    (tmp_path / "one/.npm/x").write_text("x")
    run_steps(project, cache("~/.npm", "k"), "--env", f"HOME={tmp_path / 'one'}")
    run_steps(project, cache("~/.npm", "k"), "--env", f"HOME={tmp_path / 'two'}")
    assert (tmp_path / "two/.npm/x").read_text() == "x"


def test_patterns_choose_what_is_saved_and_folders_are_saved_whole(project: Project) -> None:
    make = "- run: mkdir -p one/deps two/deps/.sub other && touch one/deps/a two/deps/.sub/b one/x.lock other/y\n"
    run_steps(project, make + cache("*/deps\n**/*.lock\n!other", "k", action="cache/save"))
    ran = run_steps(
        project, cache("*/deps\n**/*.lock\n!other", "k") + "- {id: x, run: find . -type f | grep -v .git | sort}\n"
    )
    assert ran.log("a", "x").split() == ["./one/deps/a", "./one/x.lock", "./two/deps/.sub/b"]


def test_other_paths_are_another_cache(project: Project) -> None:
    run_steps(project, cache("deps", "k") + FILL)
    assert run_steps(project, cache("deps/sub", "k") + SHOW).log("a", "show") == "hit=\n"


def test_single_files_and_links_are_restored(project: Project) -> None:
    run_steps(project, "- run: echo x > file && ln -s file link\n" + cache("file\nlink", "k", action="cache/save"))
    ran = run_steps(project, cache("file\nlink", "k") + "- {id: x, run: cat link && readlink link}\n")
    assert ran.log("a", "x") == "x\nfile\n"


def test_restoring_replaces_links_and_never_writes_through_them(project: Project, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/x").write_text("mine")
    run_steps(project, "- run: mkdir deps && echo evil > deps/x\n" + cache("deps", "k", action="cache/save"))
    for link in (f"ln -s {tmp_path}/outside deps", f"mkdir deps && ln -s {tmp_path}/outside/x deps/x"):
        ran = run_steps(project, f"- run: {link}\n" + cache("deps", "k") + "- {id: x, run: cat deps/x}\n")
        assert ran.log("a", "x") == "evil\n"
        assert (tmp_path / "outside/x").read_text() == "mine"


def test_paths_that_do_not_exist_are_a_warning_and_nothing_is_saved(project: Project) -> None:
    ran = run_steps(project, cache("none", "k"))
    assert ran.code == 0
    assert "##[warning]Failed to save: Path Validation Error" in ran.log("a", "c:post")
    assert entries(project) == 0


# The parts of the action


def test_restore_tells_which_key_it_was(project: Project) -> None:
    run_steps(project, cache("deps", "k-1") + FILL)
    show = '- {id: show, run: "echo ${{ steps.c.outputs.cache-hit }} ${{ steps.c.outputs.cache-primary-key }} ${{ steps.c.outputs.cache-matched-key }}"}\n'
    ran = run_steps(project, cache("deps", "k-2", "restore-keys: k-", action="cache/restore") + show)
    assert ran.log("a", "show") == "false k-2 k-1\n"
    assert "c:post" not in ran.outcomes("a")
    ran = run_steps(project, cache("deps", "none", action="cache/restore") + show)
    assert ran.log("a", "show") == "none\n"


def test_save_saves_once_and_a_second_time_is_a_warning(project: Project) -> None:
    steps = FILL + cache("deps", "k", action="cache/save")
    assert "Cache saved with key: k" in run_steps(project, steps).log("a", "c")
    ran = run_steps(project, steps)
    assert ran.code == 0
    assert "Unable to reserve cache with key k" in ran.log("a", "c")
    assert "##[warning]Cache save failed." in ran.log("a", "c")


def test_looking_up_restores_nothing(project: Project) -> None:
    run_steps(project, cache("deps", "k") + FILL)
    ran = run_steps(project, cache("deps", "k", "lookup-only: true") + "- run: test ! -e deps\n" + SHOW)
    assert (ran.code, ran.log("a", "show")) == (0, "hit=true\n")
    assert "Cache found and can be restored from key: k" in ran.log("a", "c")


def test_a_miss_can_fail_the_step(project: Project) -> None:
    ran = run_steps(project, cache("deps", "k", "fail-on-cache-miss: true"))
    assert ran.code == 1
    assert "Failed to restore cache entry. Exiting as fail-on-cache-miss is set. Input key: k" in ran.log("a", "c")


@pytest.mark.parametrize(
    ("key", "more", "words"),
    [
        ("'a,b'", [], "cannot contain commas"),
        ("'" + "k" * 513 + "'", [], "larger than 512 characters"),
        ("k", ["restore-keys: |", *[f"  r{number}" for number in range(10)]], "maximum of 10"),
        ("''", [], "Input required and not supplied: key"),
    ],
)
def test_keys_that_github_refuses_fail_the_step(project: Project, key: str, more: list[str], words: str) -> None:
    ran = run_steps(project, cache("deps", key, *more))
    assert ran.code == 1
    assert words in ran.log("a", "c")


# Who sees what


def test_a_branch_sees_what_the_default_branch_saved_and_keeps_its_own_to_itself(project: Project) -> None:
    steps = (
        cache("deps", "k", "restore-keys: k-") + "- run: mkdir -p deps && git rev-parse --abbrev-ref HEAD > deps/x\n"
    )
    project.steps("- uses: actions/checkout@v4\n" + steps)
    project.commit()
    project.run()
    project.git("checkout", "-q", "-b", "dev")
    assert "Cache hit for: k" in project.run().log("a", "c")
    project.steps("- uses: actions/checkout@v4\n" + steps.replace("key: k", "key: dev-k"))
    assert "Cache saved with key: dev-k" in project.run().log("a", "c:post")
    project.git("stash", "-q")
    project.git("checkout", "-q", "main")
    project.git("stash", "pop", "-q")
    assert "Cache not found for input keys: dev-k" in project.run().log("a", "c")


def test_two_jobs_that_save_a_key_at_a_time_leave_one_and_both_succeed(project: Project) -> None:
    steps = cache("deps", "k") + FILL
    indented = "".join(f"      {line}\n" for line in steps.splitlines())
    project.workflow(
        f"  a:\n    runs-on: ubuntu-latest\n    strategy: {{matrix: {{n: [1, 2, 3, 4]}}}}\n    steps:\n{indented}"
    )
    ran = project.run()
    assert ran.code == 0, ran.log()
    assert entries(project) == 1


def test_a_damaged_cache_is_a_warning_and_no_fault(project: Project) -> None:
    run_steps(project, cache("deps", "k") + FILL)
    (places,) = project.cache.glob("caches/*/*/content/places.json")
    for damage in ("", "{}", '["../../../evil"]', '["relative"]', "[1]"):
        places.write_text(damage)
        ran = run_steps(project, cache("deps", "k", action="cache/restore"))
        assert "Traceback" not in ran.log() + ran.errors
        assert "damaged" in ran.log("a", "c"), damage
    assert not list(project.cache.rglob("evil"))


def test_read_only_trees_such_as_gos_can_be_cached(project: Project) -> None:
    make = "- run: test -e mod || { mkdir -p mod/pkg && echo x > mod/pkg/f && chmod 444 mod/pkg/f && chmod 555 mod/pkg mod; }\n"
    steps = cache("mod", "k") + make + "- {id: x, run: 'cat mod/pkg/f && stat -c %a mod/pkg'}\n"
    run_steps(project, steps)
    ran = run_steps(project, steps)
    assert ran.code == 0, ran.log()
    assert ran.log("a", "x") == "x\n555\n"
