from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

from tests.project import Project

if TYPE_CHECKING:
    from pathlib import Path

# The same examples on every run, so that a change fails for what it changed; `--hypothesis-profile exploring` looks
# for examples that nobody has tried yet. Neither looks at the clock: a busy machine is not a bug.
_UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("repeatable", _UNTIMED, derandomize=True)
settings.register_profile("exploring", _UNTIMED, max_examples=3000, print_blob=True)
settings.load_profile("repeatable")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a repository with one commit."""
    return Project(tmp_path)
