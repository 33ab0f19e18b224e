from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.integration.results.matching import UNUSED, choose, superfluous
from headway.integration.results.records import CacheEntry

CASES: list[dict[str, Any]] = json.loads(Path(__file__).with_name("matching.json").read_text(encoding="utf-8"))
SCOPES = ("dev", "main", "feature")


def entry(key: str, scope: str, created: float, *, number: int = 0, version: str = "v", size: int = 1) -> CacheEntry:
    return CacheEntry(number, key, version, scope, created, created, size)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["it"]))
def test_a_key_leads_to_the_cache_that_github_documents(case: dict[str, Any]) -> None:
    found = choose([entry(*known) for known in case["entries"]], case["keys"], "v", case["scopes"])
    assert (list(found[1:2] + found[3:5]) if found else None) == case["found"]


def test_a_cache_of_another_version_is_never_seen() -> None:
    assert choose([entry("k", "main", 1, version="other")], ["k"], "v", ["main"]) is None


keys = st.text("ab-", min_size=1, max_size=4)
caches = st.lists(
    st.builds(
        entry,
        keys,
        st.sampled_from(SCOPES),
        st.integers(0, 3),
        number=st.integers(0, 1000),
        version=st.sampled_from("vw"),
        size=st.integers(0, 50),
    ),
    max_size=12,
    unique_by=lambda entry: entry.id,
)


@given(caches, st.lists(keys, min_size=1, max_size=4), st.lists(st.sampled_from(SCOPES), min_size=1, unique=True))
def test_what_is_found_is_the_first_by_scope_then_by_key_then_by_age(
    entries: list[CacheEntry], asked: list[str], scopes: list[str]
) -> None:
    """Rank every cache by what the documentation says, in one list, and compare."""

    def rank(candidate: CacheEntry) -> tuple[Any, ...] | None:
        if candidate.version != "v" or candidate.scope not in scopes:
            return None
        matched = [0] if candidate.key == asked[0] else []
        matched += [1 + number for number, key in enumerate(asked) if candidate.key.startswith(key)]
        if not matched:
            return None
        return (scopes.index(candidate.scope), matched[0], -candidate.created, -candidate.id)

    ranked = sorted((place, candidate) for candidate in entries if (place := rank(candidate)) is not None)
    found = choose(entries, asked, "v", scopes)
    if not ranked:
        assert found is None
    else:
        assert found is not None
        assert rank(found) == ranked[0][0]


@given(caches, st.integers(0, 200))
def test_what_stays_fits_and_was_used_later_than_what_goes_and_no_more_goes_than_has_to(
    entries: list[CacheEntry], total: int
) -> None:
    gone = superfluous(entries, now=2.0, total=total)
    stay = [candidate for candidate in entries if candidate not in gone]
    assert sum(candidate.size for candidate in stay) <= total
    if gone:
        newest = max(gone, key=lambda candidate: (candidate.used, candidate.id))
        assert all((kept.used, kept.id) > (newest.used, newest.id) for kept in stay)
        assert sum(candidate.size for candidate in stay) + newest.size > total


def test_what_was_not_used_for_a_week_goes_however_little_there_is() -> None:
    old, new = entry("old", "main", 0.0), entry("new", "main", 10.0)
    assert superfluous([old, new], now=UNUSED + 5) == [old]
    assert superfluous([old, new], now=UNUSED) == []


def test_the_longest_unused_go_first_when_there_is_too_much() -> None:
    entries = [entry(str(number), "main", number, size=4) for number in range(5)]
    assert [gone.key for gone in superfluous(entries, now=5, total=9)] == ["2", "1", "0"]
