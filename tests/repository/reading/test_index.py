from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from headway.repository.reading import history, open_repository
from headway.repository.reading.errors import IndexBusyError
from headway.repository.reading.index import building, content, store

if TYPE_CHECKING:
    from headway.repository.reading import Repository
    from tests.repository.reading.building import Bare


def files(repository: Repository) -> dict[bytes, str]:
    sql = "SELECT f.path, d.oid FROM file f JOIN doc d ON d.id=f.doc"
    rows = store.asked(repository, lambda connection: connection.execute(sql).fetchall())
    assert rows is not None
    return {path: oid.hex() for path, oid in rows}


def listed(bare: Bare, ref: str = "main") -> dict[bytes, str]:
    lines = bare.git("ls-tree", "-rz", ref).split("\0")
    return {line.split("\t")[1].encode(errors="surrogateescape"): line.split()[2] for line in lines if line}


def dumped(repository: Repository) -> dict[str, Any]:
    """What the index says, without the numbers that it happens to use."""
    found: Any = store.asked(
        repository,
        lambda connection: {
            "commits": connection.execute("SELECT hex(oid), landed FROM commits ORDER BY oid").fetchall(),
            "mainline": connection.execute("SELECT position, total FROM mainline ORDER BY position").fetchall(),
            "touches": sorted(
                connection.execute(
                    "SELECT hex(c.oid), p.name, q.name FROM touch t JOIN commits c USING(number) JOIN path p ON p.id=t.path LEFT JOIN path q ON q.id=p.parent"
                ).fetchall(),
                key=repr,
            ),
            "files": sorted(
                connection.execute("SELECT path, hex(d.oid), searched FROM file JOIN doc d ON d.id=doc").fetchall()
            ),
        },
    )
    assert isinstance(found, dict)
    return found


def grown(bare: Bare, count: int = 60) -> Bare:
    for number in range(count):
        bare.commit({f"d{number % 7}/f{number}": f"text {number}", "README.md": str(number)})
    return bare.build()


def test_steps_tell_how_far_they_are_and_nothing_is_left_to_do_after_them(bare: Bare) -> None:
    repository = open_repository(grown(bare).path)
    steps = list(building.update(repository, batch=25))
    assert [step for step in steps if step.part == "commits"] == [
        ("commits", 25, 60),
        ("commits", 50, 60),
        ("commits", 60, 60),
    ]
    assert steps[-1] == ("files", 61, 61)
    assert list(building.update(repository)) == []


def test_an_index_goes_on_where_it_was_stopped(bare: Bare) -> None:
    repository = open_repository(grown(bare).path)
    for _ in range(40):
        # Each time only the first step, as if the server were ended after it.
        steps = building.update(repository, batch=2)
        next(steps, None)
        steps.close()
    stopped = dumped_after(repository)
    os.unlink(bare.path / store.LINK)
    assert stopped == dumped_after(repository)
    assert files(repository) == listed(bare)


def dumped_after(repository: Repository) -> dict[str, Any]:
    list(building.update(repository))
    return dumped(repository)


def test_files_follow_the_default_branch_wherever_it_goes(bare: Bare) -> None:
    bare.commit({"a": "1", "d/b": "2", "link": "x"})
    bare.commit({"a": "3", "d/b": None, "caf\u00e9": "4"})
    repository = open_repository(bare.build().path)
    for target in (bare.ids[1], bare.ids[2], bare.ids[1]):
        bare.git("update-ref", "refs/heads/main", target)
        list(building.update(repository))
        assert files(repository) == listed(bare)
    bare.commit({"other": "5"}, branch="trunk", parents=())
    bare.build()
    bare.git("symbolic-ref", "HEAD", "refs/heads/trunk")
    list(building.update(repository))
    assert files(repository) == listed(bare, "trunk")
    bare.git("symbolic-ref", "HEAD", "refs/heads/unborn")
    list(building.update(repository))
    assert files(repository) == {}


def test_an_interrupted_change_of_the_files_is_put_right_when_the_branch_has_moved_on(bare: Bare) -> None:
    bare.commit({f"f{number}": f"{number}" for number in range(30)})
    repository = open_repository(bare.build().path)
    list(building.update(repository))
    bare.commit({f"f{number}": f"new {number}" for number in range(30)} | {"gone soon": "1"})
    bare.build()
    steps = building.update(repository, batch=1)
    while next(steps).part != "files":
        pass
    steps.close()
    bare.commit({"gone soon": None, "f1": "newer"})
    bare.build()
    list(building.update(repository))
    assert files(repository) == listed(bare)


def test_commits_that_were_pruned_from_the_repository_do_no_harm(bare: Bare) -> None:
    grown(bare, 5)
    repository = open_repository(bare.path)
    list(building.update(repository))
    bare.git("update-ref", "refs/heads/main", bare.ids[2])
    bare.git("reflog", "expire", "--expire=now", "--all")
    bare.git("repack", "-adq")
    bare.git("prune", "--expire=now")
    newest = bare.git("commit-tree", "-p", "main", "-m", "New", "main~1^{tree}")
    bare.git("update-ref", "refs/heads/main", newest)
    list(building.update(repository))
    assert [one.oid for one in history.of_commit(repository, newest).items] == [newest, bare.ids[2], bare.ids[1]]
    assert files(repository) == listed(bare)


@pytest.mark.parametrize("damage", ["garbage", "truncated", "emptied", "version", "table", "dangling"])
def test_a_damaged_or_outdated_index_is_made_anew_and_answers_come_from_git_meanwhile(bare: Bare, damage: str) -> None:
    repository = open_repository(grown(bare).path)
    list(building.update(repository))
    before = dumped(repository)
    name = store.current(str(bare.path))
    assert name
    file = bare.path / name
    if damage in {"version", "table"}:
        with sqlite3.connect(file) as connection:
            connection.execute("PRAGMA user_version=99" if damage == "version" else "DROP TABLE touch")
        connection.close()
    elif damage == "dangling":
        file.unlink()
    else:
        data = file.read_bytes()
        file.write_bytes({"garbage": b"x" * len(data), "truncated": data[: len(data) // 2], "emptied": b""}[damage])
        for suffix in ("-wal", "-shm"):
            (bare.path / (name + suffix)).unlink(missing_ok=True)
    page = history.of_path(repository, bare.ids[60], "d1")
    assert len(page.items) == len(bare.git("log", "--format=%H", "main", "--", "d1").split())
    bare.commit({"d1/more": "1"})
    bare.build()
    list(building.update(repository))
    list(building.update(repository))
    assert len(history.of_path(repository, bare.ids[61], "d1").items) == len(page.items) + 1
    after = dumped(repository)
    assert len(after["commits"]) == len(before["commits"]) + 1
    assert store.current(str(bare.path)) != name
    left = [
        one
        for one in os.listdir(bare.path)
        if one.startswith("headway-index-") and not one.startswith(str(store.current(str(bare.path))))
    ]
    assert left == []


def test_only_one_brings_the_index_up_to_date(bare: Bare) -> None:
    repository = open_repository(grown(bare, 10).path)
    steps = building.update(repository, batch=1)
    next(steps)
    with pytest.raises(IndexBusyError, match="headway-index"):
        next(building.update(repository))
    steps.close()
    list(building.update(repository))


def test_readers_are_answered_while_the_index_is_written(bare: Bare) -> None:
    repository = open_repository(grown(bare, 200).path)
    ended = threading.Event()
    wrong: list[object] = []

    def read() -> None:
        while not ended.is_set():
            page = history.of_path(repository, bare.ids[200], "d1", limit=100)
            if len(page.items) != 29 or not page.complete:
                wrong.append(page)

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    list(building.update(repository, batch=5))
    os.unlink(bare.path / store.LINK)
    list(building.update(repository, batch=5))
    ended.set()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_builder_that_is_killed_again_and_again_comes_to_the_same_index(bare: Bare) -> None:
    repository = open_repository(grown(bare, 300).path)
    program = (
        "import sys; from headway.repository.reading import open_repository; from headway.repository.reading.index import building\n"
        "for step in building.update(open_repository(sys.argv[1]), batch=3): print(step.part, flush=True)"
    )
    for number in range(8):
        with subprocess.Popen([sys.executable, "-c", program, str(bare.path)], stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(1 + number * 7):
                process.stdout.readline()
            time.sleep(0.003 * number)
            process.send_signal(signal.SIGKILL)
    killed = dumped_after(repository)
    os.unlink(bare.path / store.LINK)
    assert killed == dumped_after(repository)


def test_contents_that_no_file_has_any_more_are_thrown_away_in_the_end(
    bare: Bare, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(content, "_OUTDATED_AT_LEAST", 10)
    for number in range(30):
        bare.commit({"a": f"{number}"})
        bare.build()
        list(building.update(open_repository(bare.path)))
    count = store.asked(
        open_repository(bare.path), lambda connection: connection.execute("SELECT count(*) FROM doc").fetchone()[0]
    )
    assert count is not None
    assert count <= 12
    assert files(open_repository(bare.path)) == listed(bare)


def test_an_empty_repository_has_an_empty_index(bare: Bare) -> None:
    repository = open_repository(bare.path)
    assert list(building.update(repository)) == []
    assert files(repository) == {}
