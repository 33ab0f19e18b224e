from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from headway.integration.results.caches import FolderCaches
from headway.integration.results.errors import (
    AlreadyExistsError,
    InvalidRequestError,
    NotFoundError,
    ResultsError,
    TooLargeError,
)
from headway.integration.results.matching import UNUSED

if TYPE_CHECKING:
    from headway.integration.results.records import CacheEntry

NOW = 1_800_000_000.0


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> float:
        return self.now


def caches(root: Path, *scopes: str, limit: int = 1000, clock: Clock | None = None) -> FolderCaches:
    return FolderCaches(str(root / "caches"), scopes or ("main",), limit=limit, clock=clock or Clock())


def keep(store: FolderCaches, key: str, text: str = "x", version: str = "v") -> CacheEntry:
    store.reserve(key, version)
    return store.keep(key, version, lambda folder: write(folder, text))


def write(folder: str, text: str) -> None:
    Path(folder, "file").write_text(text)


def read(store: FolderCaches, entry: CacheEntry) -> str:
    with store.content(entry) as folder:
        return Path(folder, "file").read_text()


def test_what_was_kept_is_found_by_key_and_version_and_read(tmp_path: Path) -> None:
    store = caches(tmp_path)
    entry = keep(store, "k-1", "content")
    assert (entry.key, entry.version, entry.scope, entry.size) == ("k-1", "v", "main", 7)
    found = caches(tmp_path).find(["k-1"], "v")
    assert found == entry
    assert read(store, entry) == "content"
    assert store.find(["k-1"], "other") is None
    assert store.entry(entry.id) == entry
    assert store.entry(entry.id + 1) is None


def test_a_key_is_kept_once_and_never_changes(tmp_path: Path) -> None:
    store = caches(tmp_path)
    keep(store, "k", "first")
    with pytest.raises(AlreadyExistsError, match="Unable to reserve cache with key k"):
        store.reserve("k", "v")
    keep(store, "k", "of another version", version="w")
    found = store.find(["k"], "v")
    assert found is not None
    assert read(store, found) == "first"


def test_a_key_is_taken_from_when_it_is_reserved_until_it_is_released(tmp_path: Path) -> None:
    store = caches(tmp_path)
    store.reserve("k", "v")
    with pytest.raises(AlreadyExistsError):
        store.reserve("k", "v")
    store.release("k", "v")
    store.reserve("k", "v")


def test_of_two_runs_that_save_a_key_at_a_time_the_first_wins(tmp_path: Path) -> None:
    one, two = caches(tmp_path), caches(tmp_path)
    one.reserve("k", "v")
    two.reserve("k", "v")
    one.keep("k", "v", lambda folder: write(folder, "one"))
    with pytest.raises(AlreadyExistsError, match="another run has saved it"):
        two.keep("k", "v", lambda folder: write(folder, "two"))
    found = two.find(["k"], "v")
    assert found is not None
    assert read(two, found) == "one"
    assert len(os.listdir(tmp_path / "caches")) == 1


def save_in_process(root: str, text: str) -> str:
    store = FolderCaches(root, ["main"])
    try:
        store.reserve("k", "v")
        store.keep("k", "v", lambda folder: write(folder, text))
    except AlreadyExistsError:
        return "late"
    return "first"


def test_of_many_processes_that_save_a_key_at_a_time_one_wins_and_its_content_is_whole(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    with context.Pool(4) as pool:
        outcomes = pool.starmap(
            save_in_process, [(str(tmp_path / "caches"), str(number) * 1000) for number in range(12)]
        )
    assert sorted(outcomes) == ["first"] + ["late"] * 11
    store = FolderCaches(str(tmp_path / "caches"), ["main"])
    found = store.find(["k"], "v")
    assert found is not None
    assert read(store, found) == str(outcomes.index("first")) * 1000


def test_other_refs_see_what_the_default_branch_keeps_and_not_the_other_way_round(tmp_path: Path) -> None:
    main, dev, other = caches(tmp_path, "main"), caches(tmp_path, "dev", "main"), caches(tmp_path, "other", "main")
    keep(main, "k-main")
    keep(dev, "k-dev")
    assert [store.find(["k-"], "v") is not None for store in (main, dev, other)] == [True, True, True]
    assert {store.find(["k-dev"], "v") is not None for store in (main, other)} == {False}
    of_dev = dev.find(["k-"], "v")
    assert of_dev is not None
    assert of_dev.key == "k-dev"
    assert other.entry(of_dev.id) is None
    keep(dev, "k-main")


@pytest.mark.parametrize("keys", [["a,b"], ["k"] * 11, ["k" * 513], [""]])
def test_keys_that_are_not_allowed_are_refused(tmp_path: Path, keys: list[str]) -> None:
    with pytest.raises(InvalidRequestError):
        caches(tmp_path).find(keys, "v")


@pytest.mark.parametrize("key", ["../../evil", "/etc/passwd", "a/b", "..", "\0", "ü" * 512])
def test_any_key_is_kept_in_the_folder_of_caches(tmp_path: Path, key: str) -> None:
    store = caches(tmp_path)
    entry = keep(store, key)
    assert store.find([key], "v") == entry
    assert [path.parent for path in tmp_path.rglob("entry.json")] == [next((tmp_path / "caches").iterdir())]


# Size and age


def test_the_longest_unused_go_when_there_is_too_much(tmp_path: Path) -> None:
    clock = Clock()
    store = caches(tmp_path, limit=30, clock=clock)
    for number in range(3):
        clock.now = NOW + number
        keep(store, f"k{number}", "0123456789")
    clock.now = NOW + 10
    assert store.find(["k0"], "v") is not None
    clock.now = NOW + 11
    keep(store, "k3", "0123456789")
    assert [store.find([f"k{number}"], "v") is not None for number in range(4)] == [True, False, True, True]
    assert len(os.listdir(tmp_path / "caches")) == 3


def test_what_is_larger_than_all_may_be_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    store = caches(tmp_path, limit=5)
    with pytest.raises(TooLargeError, match="not saving cache"):
        keep(store, "k", "0123456789")
    assert os.listdir(tmp_path / "caches") == []
    keep(store, "k", "0123")


def test_what_nobody_used_for_a_week_is_not_found_can_be_saved_anew_and_goes(tmp_path: Path) -> None:
    clock = Clock()
    store = caches(tmp_path, clock=clock)
    keep(store, "old", "old")
    clock.now += UNUSED + 1
    assert store.find(["old"], "v") is None
    new = keep(store, "old", "new")
    assert store.find(["old"], "v") == new
    assert read(store, new) == "new"


def test_using_a_cache_keeps_it(tmp_path: Path) -> None:
    clock = Clock()
    store = caches(tmp_path, clock=clock)
    keep(store, "k")
    for _ in range(3):
        clock.now += UNUSED - 1
        assert store.find(["k"], "v") is not None


def test_what_somebody_reads_is_not_removed_under_his_hands(tmp_path: Path) -> None:
    store = caches(tmp_path, limit=15)
    entry = keep(store, "k0", "0123456789")
    with store.content(entry) as folder:
        keep(caches(tmp_path, limit=15), "k1", "0123456789")
        assert Path(folder, "file").read_text() == "0123456789"
    keep(caches(tmp_path, limit=15), "k2", "0123456789")
    with pytest.raises(NotFoundError, match="evicted"):
        read(store, entry)


def test_readers_and_writers_at_a_time_see_whole_caches_or_none(tmp_path: Path) -> None:
    faults: list[str] = []

    def work(number: int) -> None:
        store = FolderCaches(str(tmp_path / "caches"), ["main"], limit=3000)
        for turn in range(20):
            text = f"{number}-{turn}" * 100
            try:
                keep(store, f"k-{number}-{turn}", text)
                found = store.find(["k-"], "v")
                if found is not None and read(store, found) != found.key.removeprefix("k-") * 100:
                    faults.append(found.key)
            except NotFoundError:
                continue

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


# Faults


@pytest.mark.parametrize("damage", ["", "{", "[]", "{}", '{"id": 1}', "null"])
def test_a_damaged_entry_is_none_and_can_be_saved_anew(tmp_path: Path, damage: str) -> None:
    store = caches(tmp_path)
    entry = keep(store, "k")
    next(tmp_path.rglob("entry.json")).write_text(damage)
    assert store.find(["k"], "v") is None
    assert store.entry(entry.id) is None
    keep(store, "k", "new")
    found = store.find(["k"], "v")
    assert found is not None
    assert read(store, found) == "new"


def test_a_fault_while_a_cache_is_filled_leaves_nothing_and_frees_the_key(tmp_path: Path) -> None:
    store = caches(tmp_path)
    store.reserve("k", "v")

    def fail(folder: str) -> None:
        write(folder, "half")
        raise OSError(28, "No space left on device", folder)

    with pytest.raises(ResultsError, match="No space left"):
        store.keep("k", "v", fail)
    assert os.listdir(tmp_path / "caches") == []
    keep(store, "k")


def test_a_process_that_dies_while_it_fills_a_cache_leaves_none_and_what_it_left_goes_in_time(tmp_path: Path) -> None:
    script = f"""
import os, signal
from headway.integration.results.caches import FolderCaches
FolderCaches({str(tmp_path / "caches")!r}, ["main"]).keep("k", "v", lambda folder: os.kill(os.getpid(), signal.SIGKILL))
"""
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    store = FolderCaches(str(tmp_path / "caches"), ["main"])
    assert store.find(["k"], "v") is None
    (left,) = (tmp_path / "caches").glob(".*.partial")
    keep(store, "k")
    assert left.exists()
    os.utime(left, (0, 0))
    keep(store, "k2")
    assert not left.exists()


def test_where_nothing_can_be_written_the_error_says_where(tmp_path: Path) -> None:
    (tmp_path / "caches").write_text("in the way")
    with pytest.raises(ResultsError, match="could not be written"):
        keep(caches(tmp_path), "k")
