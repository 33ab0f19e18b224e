from __future__ import annotations

import pytest

from headway.repository.reading import queries
from headway.repository.reading.errors import SearchError


def test_a_query_asks_for_all_its_trigrams() -> None:
    condition = queries.query('say "hi"').condition
    assert condition.grams == ("say", "ay ", 'y "', ' "h', '"hi', 'hi"')
    assert condition.match() == '"say" AND "ay " AND "y """ AND " ""h" AND """hi" AND "hi"""'
    assert queries.query("ab").condition.match() == ""


@pytest.mark.parametrize("text", ["", "  ", "a\nb", "a\0b", "x" * 2000])
def test_what_cannot_be_searched_for_is_refused(text: str) -> None:
    with pytest.raises(SearchError):
        queries.query(text)
