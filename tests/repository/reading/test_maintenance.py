from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from headway.repository.reading import commits, maintenance, open_repository, trees
from headway.repository.reading.errors import IndexBusyError
from headway.repository.reading.index.building import exclusive

if TYPE_CHECKING:
    from tests.repository.reading.building import Bare

DAY = 86_400


def pushed(bare: Bare, count: int = 5) -> Bare:
    for number in range(count):
        bare.commit({f"d/f{number}": str(number)})
        bare.build(packed=True)
    return bare


def test_maintenance_leaves_one_pack_with_a_bitmap_and_a_graph_and_all_can_be_read(bare: Bare) -> None:
    repository = open_repository(pushed(bare).path)
    assert maintenance.state(repository).packs == 5
    oid = bare.raw("blob", b"loose")
    maintenance.maintain(repository)
    assert maintenance.state(repository).packs == 1
    assert not maintenance.needed(repository)
    pack = bare.path / "objects" / "pack"
    assert list(pack.glob("*.bitmap"))
    assert (bare.path / "objects/info/commit-graphs/commit-graph-chain").exists()
    assert (bare.path / "packed-refs").exists()
    for held in (repository, open_repository(bare.path)):
        assert commits.commit(held, bare.ids[5]).parents == (bare.ids[4],)
        assert len(trees.folder(held, bare.ids[5], "d").items) == 5
        assert held.read(oid, "blob") == b"loose"
    bare.git("fsck", "--strict")
    for prune in (False, True, True, False):
        maintenance.maintain(repository, prune=prune)
    bare.git("fsck", "--strict")
    assert repository.read(oid, "blob") == b"loose"


def test_objects_of_a_push_that_is_under_way_stay_and_old_ones_that_nothing_leads_to_go(bare: Bare) -> None:
    repository = open_repository(pushed(bare).path)
    fresh, old = bare.raw("blob", b"fresh"), bare.raw("blob", b"old")
    file = bare.path / "objects" / old[:2] / old[2:]
    long_ago = time.time() - 30 * DAY
    os.utime(file, (long_ago, long_ago))
    maintenance.maintain(repository, prune=True)
    assert bare.git("cat-file", "-p", fresh) == "fresh"
    with pytest.raises(subprocess.CalledProcessError):
        bare.git("cat-file", "-p", old)


def test_pushes_and_maintenance_at_the_same_time_lose_nothing(bare: Bare) -> None:
    repository = open_repository(pushed(bare).path)
    tree = bare.git("rev-parse", "main^{tree}")
    program = "import sys; from headway.repository.reading import maintenance, open_repository\nfor n in range(4): maintenance.maintain(open_repository(sys.argv[1]), prune=n % 2 == 1)"
    with subprocess.Popen([sys.executable, "-c", program, str(bare.path)]) as process:
        oids: list[str] = []
        while process.poll() is None:
            oids.append(bare.git("commit-tree", tree, "-p", "main", "-m", f"{len(oids)}"))
            bare.git("update-ref", "refs/heads/main", oids[-1])
    assert process.returncode == 0
    bare.git("fsck", "--strict")
    for oid in oids:
        assert commits.commit(repository, oid).tree == tree


def test_a_killed_maintenance_does_no_harm_and_the_next_one_works(bare: Bare) -> None:
    repository = open_repository(pushed(bare, 8).path)
    program = "import sys; from headway.repository.reading import maintenance, open_repository\nmaintenance.maintain(open_repository(sys.argv[1]), prune=True)"
    for number in range(6):
        bare.git("commit-graph", "write", "--reachable", "--split")
        with subprocess.Popen([sys.executable, "-c", program, str(bare.path)], start_new_session=True) as process:
            time.sleep(0.15 + 0.02 * number)
            process.send_signal(signal.SIGKILL)
    for lock in ("objects/info/commit-graphs/commit-graph-chain.lock", "objects/pack/multi-pack-index.lock"):
        (bare.path / lock).touch()
    deadline = time.monotonic() + 20
    while True:
        # A git that outlived its parent keeps the others away until it has ended.
        try:
            maintenance.maintain(repository)
            break
        except IndexBusyError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    maintenance.commit_graph(repository)
    bare.git("fsck", "--strict")
    assert len(bare.git("rev-list", "main").split()) == 8


def test_only_one_maintains_a_repository(bare: Bare) -> None:
    repository = open_repository(pushed(bare, 1).path)
    with exclusive(repository.path, "headway-maintenance.lock"), pytest.raises(IndexBusyError):
        maintenance.maintain(repository)


def test_an_empty_repository_can_be_maintained(bare: Bare) -> None:
    repository = open_repository(bare.path)
    maintenance.maintain(repository)
    maintenance.maintain(repository, prune=True)
    maintenance.commit_graph(repository)
    assert maintenance.state(repository).packs == 0
