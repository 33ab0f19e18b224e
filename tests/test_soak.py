"""A short soak; `python -m tests.soak 200` is the long one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.databases import ENGINES
from tests.soak import kill_migrations, soak

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.timeout(300)
@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_that_was_acknowledged_is_lost_when_the_server_is_killed(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    database = request.getfixturevalue("postgres").create() if engine == "postgresql" else ""
    found = soak(tmp_path, 5, database)
    assert found.refs
    assert any("/ssh-" in ref for ref in found.refs)
    assert found.large
    assert found.statuses


@pytest.mark.timeout(300)
def test_a_server_that_is_killed_while_it_upgrades_upgrades_at_its_next_start(tmp_path: Path) -> None:
    kill_migrations(tmp_path, 5)
