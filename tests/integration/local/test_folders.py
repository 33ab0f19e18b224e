from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from headway.integration.local import folders
from headway.integration.local.folders import cache_home, left_behind, work_home
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(folders, "_SHARED", str(tmp_path))
    monkeypatch.delenv("HEADWAY_CACHE_HOME", raising=False)
    return tmp_path / f"headway-{os.getuid()}"


@pytest.mark.parametrize(
    ("own", "xdg", "expected"),
    [
        ("/mine", "/xdg", "/mine"),
        ("", "/xdg", "/xdg/headway"),
        (None, None, "/home/ada/.cache/headway"),
        (None, "", "/home/ada/.cache/headway"),
    ],
)
def test_the_cache_is_where_the_user_or_the_system_wants_it(
    monkeypatch: pytest.MonkeyPatch, own: str | None, xdg: str | None, expected: str
) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    for name, value in (("HEADWAY_CACHE_HOME", own), ("XDG_CACHE_HOME", xdg)):
        monkeypatch.delenv(name, raising=False)
        if value is not None:
            monkeypatch.setenv(name, value)
    assert cache_home() == expected


def test_a_relative_cache_is_below_the_folder_of_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HEADWAY_CACHE_HOME", "cache")
    assert cache_home() == str(tmp_path / "cache")
    assert work_home() == str(tmp_path / "cache/work")


def test_work_is_done_in_a_folder_of_the_users_alone(shared: Path) -> None:
    assert work_home() == str(shared / "work")
    assert shared.stat().st_mode & 0o777 == 0o700
    assert work_home() == str(shared / "work")


def test_a_folder_that_others_may_write_is_not_used(shared: Path) -> None:
    shared.mkdir()
    shared.chmod(0o777)
    with pytest.raises(HeadwayError, match="is not a folder of yours alone"):
        work_home()


@pytest.mark.parametrize("kind", ["link", "file"])
def test_something_else_in_its_place_is_not_used(shared: Path, tmp_path: Path, kind: str) -> None:
    if kind == "link":
        (tmp_path / "trap").mkdir()
        shared.symlink_to("trap")
    else:
        shared.write_text("")
    with pytest.raises(HeadwayError, match="set HEADWAY_CACHE_HOME"):
        work_home()


def test_only_folders_of_processes_that_are_gone_are_left_behind(tmp_path: Path) -> None:
    child = subprocess.Popen(["true"])
    child.wait()
    names = [f"1-{child.pid}", f"2-{os.getpid()}", "3-1", "4-", "5-x", "6-²", "7", f"8-{10**30}", "9--5"]
    for name in names:
        (tmp_path / name).mkdir()
    assert left_behind(str(tmp_path)) == [str(tmp_path / f"1-{child.pid}")]


def test_without_the_folder_nothing_is_left_behind(tmp_path: Path) -> None:
    assert left_behind(str(tmp_path / "none")) == []
