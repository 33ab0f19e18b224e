"""Which cache a key leads to, and which caches have to go: pure rules ("Dependency caching reference")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.results.records import DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headway.integration.results.records import CacheEntry

UNUSED = 7 * DAY
"""How long a cache is kept that nobody uses, in seconds ("Usage limits and eviction policy")."""

TOTAL = 10 * 1024**3
"""How large the caches of a repository may be together, in bytes."""


def choose(
    entries: Iterable[CacheEntry], keys: Sequence[str], version: str, scopes: Sequence[str]
) -> CacheEntry | None:
    """Return the entry that the keys lead to ("Cache key matching"); the first key is the primary one.

    In each scope, in order: the entry of just the primary key, else the newest whose key begins with the primary key,
    else with the first of the restore keys, and so on. Entries of other versions are never seen.
    """
    fitting = [entry for entry in entries if entry.version == version]
    for scope in scopes:
        own = [entry for entry in fitting if entry.scope == scope]
        if exact := _newest(entry for entry in own if entry.key == keys[0]):
            return exact
        for prefix in keys:
            if found := _newest(entry for entry in own if entry.key.startswith(prefix)):
                return found
    return None


def _newest(entries: Iterable[CacheEntry]) -> CacheEntry | None:
    return max(entries, key=lambda entry: (entry.created, entry.id), default=None)


def superfluous(entries: Iterable[CacheEntry], now: float, *, total: int = TOTAL) -> list[CacheEntry]:
    """Return what has to go: what was not used for a week, and of the rest the longest unused until it fits."""
    gone: list[CacheEntry] = []
    size = 0
    for entry in sorted(entries, key=lambda entry: (entry.used, entry.id), reverse=True):
        size += entry.size
        if now - entry.used > UNUSED or size > total:
            gone.append(entry)
    return gone
