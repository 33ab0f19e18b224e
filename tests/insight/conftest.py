from __future__ import annotations

import pytest

from tests.insight.book import Book


@pytest.fixture
def book() -> Book:
    return Book()
