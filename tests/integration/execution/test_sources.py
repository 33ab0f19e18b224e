from __future__ import annotations

import os
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest

from headway.integration.execution.sources import PIN_SECONDS, ActionSource, Fetched, Reference, parse_reference
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from pathlib import Path

GREET = parse_reference("acme/greet@v1")


class Remote:
    """The repository ``acme/greet`` below a base, and a clock that stands still."""

    def __init__(self, folder: Path) -> None:
        self.base = folder / "base"
        self.bare = self.base / "acme" / "greet"
        self.cache = folder / "cache"
        self.home = self.cache / "acme" / "greet"
        self.now = 1e9
        self.bare.mkdir(parents=True)
        self.git("init", "-q", "-b", "main")
        self.commit(action="one", old="old")
        self.git("tag", "v1")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        done = subprocess.run(["git", *identity, *arguments], cwd=self.bare, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def commit(self, **files: str) -> str:
        for file in self.bare.iterdir():
            if file.is_file():
                file.unlink()
        for name, text in files.items():
            (self.bare / name).write_text(text)
        self.git("add", "-A")
        self.git("commit", "-qm", "Change")
        return self.git("rev-parse", "HEAD")

    def source(self, *, offline: bool = False, refresh: bool = False, **overrides: str) -> ActionSource:
        given = {name.replace("_", "/"): where for name, where in overrides.items()}
        return ActionSource(
            str(self.cache),
            base=f"{self.base}/",
            overrides=given,
            offline=offline,
            refresh=refresh,
            clock=lambda: self.now,
        )

    def age(self, ref: str, seconds: float) -> None:
        """Let a pin be as old as that."""
        pin = self.home / "refs" / ref
        os.utime(pin, (self.now - seconds, self.now - seconds))


@pytest.fixture
def remote(tmp_path: Path) -> Remote:
    return Remote(tmp_path)


def names(fetched: Fetched) -> list[str]:
    return sorted(os.listdir(fetched.folder))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("actions/checkout@v4", ("actions", "checkout", "", "v4")),
        ("acme/tools/setup/node@main", ("acme", "tools", "setup/node", "main")),
        (
            "acme/tools/.github/workflows/ci.yml@refs/heads/a/b",
            ("acme", "tools", ".github/workflows/ci.yml", "refs/heads/a/b"),
        ),
        ("acme\\tools\\setup@v1", ("acme", "tools", "setup", "v1")),
        ("acme//tools/@v1", ("acme", "tools", "", "v1")),
        ("a.b-c_d/e@1.2.3-rc.1+build", ("a.b-c_d", "e", "", "1.2.3-rc.1+build")),
        ("acme/tools@v1@v2", ("acme", "tools", "", "v1@v2")),
    ],
)
def test_a_reference_has_an_owner_a_repository_a_path_and_a_ref(text: str, parts: tuple[str, str, str, str]) -> None:
    assert parse_reference(text) == Reference(*parts)


@pytest.mark.parametrize("text", ["acme/tools@v1", "acme/tools/a/b@main"])
def test_a_reference_reads_as_it_was_written(text: str) -> None:
    assert str(parse_reference(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "acme",
        "acme/tools",
        "acme/tools@",
        "@v1",
        "acme@v1",
        "../tools@v1",
        "acme/..@v1",
        "./tools@v1",
        "acme/tools/../../x@v1",
        "acme/tools@--upload-pack=x",
        "acme/tools@a..b",
        "acme/tools@a b",
        "acme/tools@a\nb",
        "acme/tools@a:b",
        "acme/tools@a~1",
        "acme/tools@a^",
        "acme/tools@*",
        "acme/to ols@v1",
        "acme/tools;rm@v1",
        "-acme/t$x@v1",
        "äcme/tools@v1",
        "https://example.org/acme/tools@v1",
    ],
)
def test_what_could_be_taken_for_something_else_is_refused(text: str) -> None:
    with pytest.raises(HeadwayError, match="is no reference to an action: expected owner/repository"):
        parse_reference(text)


def test_the_files_of_a_tag_are_fetched_at_its_commit(remote: Remote) -> None:
    fetched = remote.source().fetch(GREET)
    assert fetched.commit == remote.git("rev-parse", "v1")
    assert names(fetched) == ["action", "old"]


def test_an_annotated_tag_is_led_to_its_commit(remote: Remote) -> None:
    remote.git("tag", "-a", "v2", "-m", "Two")
    assert remote.source().fetch(parse_reference("acme/greet@v2")).commit == remote.git("rev-parse", "HEAD")


def test_a_commit_is_fetched_by_its_name_and_never_asked_for_again(remote: Remote) -> None:
    commit = remote.git("rev-parse", "HEAD")
    remote.git("config", "uploadpack.allowAnySHA1InWant", "true")
    reference = parse_reference(f"acme/greet@{commit}")
    remote.source().fetch(reference)
    shutil.rmtree(remote.base)
    assert remote.source(refresh=True).fetch(reference).commit == commit


def test_a_pin_holds_for_a_day_and_then_the_ref_is_asked_for_again(remote: Remote) -> None:
    first = remote.source().fetch(GREET)
    second = remote.commit(action="two")
    remote.git("tag", "-f", "v1")
    remote.age("v1", PIN_SECONDS - 1)
    assert remote.source().fetch(GREET) == first
    remote.age("v1", PIN_SECONDS + 1)
    assert remote.source().fetch(GREET).commit == second


def test_refresh_asks_again_and_offline_takes_any_pin(remote: Remote) -> None:
    first = remote.source().fetch(GREET)
    second = remote.commit(action="two")
    remote.git("tag", "-f", "v1")
    remote.age("v1", 10 * PIN_SECONDS)
    assert remote.source(offline=True, refresh=True).fetch(GREET) == first
    remote.age("v1", 0)
    assert remote.source(refresh=True).fetch(GREET).commit == second


def test_a_file_that_a_later_commit_deletes_is_not_among_its_files(remote: Remote) -> None:
    remote.source().fetch(GREET)
    remote.commit(action="two")
    fetched = remote.source().fetch(parse_reference("acme/greet@main"))
    assert names(fetched) == ["action"]


def test_refs_that_differ_only_in_how_a_slash_is_written_are_two(remote: Remote) -> None:
    remote.git("branch", "a/b")
    first = remote.source().fetch(parse_reference("acme/greet@a/b"))
    second = remote.commit(action="two")
    remote.git("branch", "a%2Fb")
    assert remote.source().fetch(parse_reference("acme/greet@a%2Fb")).commit == second
    assert remote.source().fetch(parse_reference("acme/greet@a/b")) == first


def test_owners_and_repositories_are_the_same_in_any_case(remote: Remote) -> None:
    fetched = remote.source().fetch(GREET)
    shutil.rmtree(remote.base)
    assert remote.source().fetch(parse_reference("ACME/Greet@v1")) == fetched


def test_a_folder_is_used_as_it_is(remote: Remote, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    assert remote.source(acme_greet=str(folder)).fetch(GREET) == Fetched(str(folder), "")
    assert remote.source(ACME_Greet=str(folder), offline=True).fetch(GREET) == Fetched(str(folder), "")


def test_a_bare_repository_stands_in_and_works_offline(remote: Remote, tmp_path: Path) -> None:
    bare = tmp_path / "mirror.git"
    subprocess.run(["git", "clone", "-q", "--bare", remote.bare, bare], check=True)
    shutil.rmtree(remote.base)
    assert names(remote.source(acme_greet=str(bare), offline=True).fetch(GREET)) == ["action", "old"]


def test_an_address_stands_in(remote: Remote, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.move(str(remote.bare), elsewhere)
    assert names(remote.source(acme_greet=f"file://{elsewhere}").fetch(GREET)) == ["action", "old"]


def test_a_ref_that_is_not_there_names_the_action_the_address_and_the_way_out(remote: Remote) -> None:
    with pytest.raises(HeadwayError) as raised:
        remote.source().fetch(parse_reference("acme/greet@v9"))
    assert f"'acme/greet@v9' could not be fetched from {remote.bare}" in str(raised.value)
    assert "--action-source acme/greet=PATH" in str(raised.value)


def test_what_a_crash_left_half_done_is_done_again(remote: Remote) -> None:
    fetched = remote.source().fetch(GREET)
    os.rename(fetched.folder, f"{fetched.folder}.partial")
    os.unlink(os.path.join(f"{fetched.folder}.partial", "old"))
    assert names(remote.source().fetch(GREET)) == ["action", "old"]
    assert not os.path.exists(f"{fetched.folder}.partial")


@pytest.mark.parametrize("lock", ["index.lock", "shallow.lock", "HEAD.lock", "config.lock"])
def test_a_lock_of_a_git_that_was_killed_does_not_stop_the_next(remote: Remote, lock: str) -> None:
    remote.source().fetch(GREET)
    remote.commit(action="two")
    (remote.home / "repository.git" / lock).touch()
    assert names(remote.source().fetch(parse_reference("acme/greet@main"))) == ["action"]


def test_a_damaged_pin_is_asked_for_again(remote: Remote) -> None:
    fetched = remote.source().fetch(GREET)
    (remote.home / "refs/v1").write_text("rubbish")
    os.utime(remote.home / "refs/v1", (remote.now, remote.now))
    assert remote.source().fetch(GREET) == fetched


def test_within_a_hook_the_users_own_index_is_left_alone(
    remote: Remote, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "index"
    monkeypatch.setenv("GIT_INDEX_FILE", str(index))
    monkeypatch.setenv("GIT_WORK_TREE", str(tmp_path))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(tmp_path / "objects"))
    monkeypatch.setenv("GIT_PREFIX", "sub/")
    assert names(remote.source().fetch(GREET)) == ["action", "old"]
    assert not index.exists()
    assert not (tmp_path / "objects").exists()


def test_many_that_want_the_same_at_once_all_get_it(remote: Remote) -> None:
    results: list[Fetched] = []
    threads = [threading.Thread(target=lambda: results.append(remote.source().fetch(GREET))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 6
    assert len(set(results)) == 1
    assert names(results[0]) == ["action", "old"]


def test_another_process_that_fetches_is_waited_for(remote: Remote) -> None:
    import fcntl

    remote.home.mkdir(parents=True)
    results: list[Fetched] = []
    with open(remote.home / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        thread = threading.Thread(target=lambda: results.append(remote.source().fetch(GREET)))
        thread.start()
        assert not (remote.home / "repository.git").exists()
    thread.join()
    assert len(results) == 1
