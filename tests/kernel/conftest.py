from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kernel.house import House, house_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.kernel.database import Database
    from tests.databases import Times


@pytest.fixture
def house(database: Database, clock: Times) -> Iterator[House]:
    """Return the parts of the kernel, on both engines."""
    with house_on(database, clock) as made:
        yield made
