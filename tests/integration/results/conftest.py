from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.integration.results.service import Service, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    """Return a results service that runs."""
    with serving(tmp_path) as running:
        yield running
