from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from headway.claiming import LOCK_FILE, claim
from headway.kernel.errors import HeadwayError
from headway.kernel.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

HOLDS = "import sys; from headway.claiming import claim; from headway.kernel.settings import Settings; \
claim(Settings(data=sys.argv[1])); print('held', flush=True); sys.stdin.read()"


def test_one_server_holds_a_data_folder_until_it_ends_however_that_is(tmp_path: Path) -> None:
    data = tmp_path / "data"
    command = [sys.executable, "-c", HOLDS, str(data)]
    first = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with pytest.raises(HeadwayError, match=f"another server \\(process {first.pid}\\) runs on the data folder"):
            claim(Settings(data=data))
    finally:
        first.kill()
        first.communicate()
    held = claim(Settings(data=data))
    assert held is not None
    assert (data / LOCK_FILE).read_text() == f"{os.getpid()}\n"
    os.close(held)


def test_servers_share_a_postgresql_database_and_its_folder(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "data", database="postgresql://localhost/headway")
    assert claim(settings) is None
    assert claim(settings) is None


def test_a_folder_that_cannot_be_made_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(HeadwayError, match=r"choose another with --data or HEADWAY_DATA"):
        claim(Settings(data=tmp_path / "file" / "data"))


def test_what_a_server_starts_does_not_hold_the_folder_for_it(tmp_path: Path) -> None:
    held = claim(Settings(data=tmp_path))
    assert held is not None
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, close_fds=False
    )
    try:
        os.close(held)
        again = claim(Settings(data=tmp_path))
        assert again is not None
        os.close(again)
    finally:
        child.kill()
        child.communicate()
