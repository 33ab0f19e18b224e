from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.repository.reading.building import Bare

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    """Return an empty bare repository."""
    return Bare(tmp_path)
