from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from headway.kernel.copying import Copier, spread_out
from headway.kernel.errors import UnsafePathError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for number in range(400):
        file = root / f"d{number % 7}" / f"f{number}"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(bytes([number % 256]) * (number * 10))
    (root / "large").write_bytes(os.urandom(3_000_000))
    (root / "empty").write_bytes(b"")
    (root / "tool").write_text("#!/bin/sh\n")
    (root / "tool").chmod(0o755)
    os.utime(root / "tool", ns=(1, 1_000_000_007))
    os.symlink("tool", root / "link")
    os.symlink("/nowhere", root / "dangling")
    return root


def test_contents_modes_times_and_links_are_kept(tree: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    copier = Copier(str(tree), str(target))
    names = [str(path.relative_to(tree)) for path in tree.rglob("*") if path.is_symlink() or path.is_file()]
    for name in names:
        copier.copy(name)
    copier.finish()
    assert copier.files == len(names)
    for name in names:
        if not (tree / name).is_symlink():
            assert (target / name).read_bytes() == (tree / name).read_bytes()
    assert (target / "tool").stat().st_mode & 0o777 == 0o755
    assert (target / "tool").stat().st_mtime_ns == 1_000_000_007
    assert os.readlink(target / "link") == "tool"
    assert os.readlink(target / "dangling") == "/nowhere"


def test_a_folder_is_made_empty_and_a_file_that_is_gone_is_passed_over(tree: Path, tmp_path: Path) -> None:
    copier = Copier(str(tree), str(tmp_path / "target"))
    assert copier.copy("d1/") is None
    assert copier.copy("gone") == str(tmp_path / "target" / "gone")
    copier.finish()
    assert list((tmp_path / "target").rglob("*")) == [tmp_path / "target" / "d1"]


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../b"])
def test_paths_that_lead_out_are_refused(tree: Path, tmp_path: Path, path: str) -> None:
    with pytest.raises(UnsafePathError):
        Copier(str(tree), str(tmp_path / "target")).copy(path)


def test_an_error_of_a_file_copied_later_is_not_lost(tree: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    (target / "large").mkdir(parents=True)
    copier = Copier(str(tree), str(target))
    copier.copy("large")
    with pytest.raises(OSError, match="directory"):
        copier.finish()


@pytest.mark.skipif(not shutil.which("lsattr"), reason="nothing here shows the flags of a folder")
def test_a_folder_spreads_its_folders_out_where_the_file_system_can(tmp_path: Path) -> None:
    spread_out(str(tmp_path))
    spread_out(str(tmp_path))
    listed = subprocess.run(["lsattr", "-d", str(tmp_path)], capture_output=True, text=True, check=False)
    kind = subprocess.run(["stat", "-f", "-c", "%T", str(tmp_path)], capture_output=True, text=True, check=False)
    assert ("T" in listed.stdout.split(" ")[0]) == kind.stdout.startswith("ext")
    (tmp_path / "inner").mkdir()


def test_what_cannot_be_spread_out_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    spread_out(str(tmp_path / "file"))
    spread_out(str(tmp_path / "none"))
    assert os.listdir(tmp_path) == ["file"]
