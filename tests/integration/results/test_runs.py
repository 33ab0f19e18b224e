from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from headway.integration.results.artifacts import FolderArtifacts, known_run
from headway.integration.results.records import Draft, SourceFile
from headway.integration.results.runs import KEPT_RUNS, read_index

if TYPE_CHECKING:
    from pathlib import Path


def keep(root: Path, run: int) -> FolderArtifacts:
    source = root.parent / "source"
    source.write_text("x")
    store = FolderArtifacts(str(root), str(run))
    store.reserve("dist")
    store.keep_files(Draft("dist", "job"), [SourceFile(str(source), "x")])
    return store


def test_the_newest_runs_are_kept_and_older_ones_go(tmp_path: Path) -> None:
    root = tmp_path / "artifacts"
    for run in range(1, KEPT_RUNS + 4):
        keep(root, run).close()
    kept = sorted(int(name) for name in os.listdir(root) if name.isdigit())
    assert kept == list(range(4, KEPT_RUNS + 4))
    assert sorted(os.listdir(root)) == sorted(f"{run}{end}" for run in kept for end in ("", ".json"))


def test_a_run_that_goes_on_is_not_removed_however_old_it_is(tmp_path: Path) -> None:
    root = tmp_path / "artifacts"
    going_on = keep(root, 1)
    for run in range(2, KEPT_RUNS + 4):
        keep(root, run).close()
    assert (root / "1/dist/x").exists()
    going_on.close()
    keep(root, 99).close()
    assert not (root / "1").exists()


def test_a_run_that_keeps_nothing_leaves_nothing(tmp_path: Path) -> None:
    store = FolderArtifacts(str(tmp_path / "artifacts"), "1")
    store.reserve("dist")
    assert store.artifacts() == []
    store.close()
    assert not (tmp_path / "artifacts").exists()


@pytest.mark.parametrize("damage", ["", "{", "[]", '{"artifacts": [{}]}', '{"artifacts": 1}', "\xff", "null"])
def test_a_run_whose_description_is_damaged_has_no_artifacts(tmp_path: Path, damage: str) -> None:
    root = tmp_path / "artifacts"
    keep(root, 1).close()
    (root / "1.json").write_text(damage, encoding="latin-1")
    assert read_index(str(root), "1").artifacts == ()
    known = known_run(str(root), "1")
    assert known is not None
    assert known.artifacts() == []


def test_runs_that_name_each_other_as_the_earlier_one_do_not_go_round_for_ever(tmp_path: Path) -> None:
    root = tmp_path / "artifacts"
    keep(root, 1).close()
    text = (root / "1.json").read_text()
    (root / "1.json").write_text(text.replace('"earlier": ""', '"earlier": "1"'))
    known = known_run(str(root), "1")
    assert known is not None
    assert len(known.artifacts()) == 1
