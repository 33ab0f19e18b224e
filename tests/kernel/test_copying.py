from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from headway.kernel.copying import Copier
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
