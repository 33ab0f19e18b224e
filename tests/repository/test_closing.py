from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.repository.closing import settled_issues


@pytest.mark.parametrize(
    ("message", "issues"),
    [
        ("Fix the basket\n\nFixes #12", (12,)),
        ("closes #3, #4 and #5", (3, 4, 5)),
        ("RESOLVED: #7", (7,)),
        ("fix #7, fix #7", (7,)),
        ("see #9", ()),
        ("fixes#9", ()),
        ("prefixes #9", ()),
        ("fixes #0 and closes #012", ()),
        ("fixes #12th", ()),
        ("closes #1 & #2; resolve #3", (1, 2, 3)),
    ],
)
def test_issues_are_found_by_githubs_closing_keywords(message: str, issues: tuple[int, ...]) -> None:
    assert settled_issues(message) == issues


@given(st.text())
def test_any_message_can_be_read(message: str) -> None:
    assert all(0 < number < 10**9 for number in settled_issues(message))
