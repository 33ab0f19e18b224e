from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from headway.repository.presence import Presence

if TYPE_CHECKING:
    from pathlib import Path


def test_a_server_that_runs_is_not_over_and_one_that_left_is(tmp_path: Path) -> None:
    first, second = Presence(tmp_path / "servers"), Presence(tmp_path / "servers")
    first.enter()
    assert not second.is_over(first.name)
    first.leave()
    assert second.is_over(first.name)
    assert list((tmp_path / "servers").iterdir()) == []


def test_a_server_is_there_as_long_as_a_program_that_it_started_for_a_push(tmp_path: Path) -> None:
    first, second = Presence(tmp_path), Presence(tmp_path)
    program = subprocess.Popen(["sleep", "600"], pass_fds=(first.enter(),))
    try:
        first.leave()
        assert not second.is_over(first.name)
    finally:
        program.kill()
        program.wait()
    assert second.is_over(first.name)


def test_what_killed_servers_left_is_swept_away(tmp_path: Path) -> None:
    first, second = Presence(tmp_path), Presence(tmp_path)
    first.enter()
    (tmp_path / "killed").touch()
    second.sweep()
    assert [path.name for path in tmp_path.iterdir()] == [first.name]
    first.leave()
