"""The hash chain: each event's hash covers the event, its links and the hash before it. Pure."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from headway.kernel.ledger.records import canonical

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headway.kernel.ledger.records import Event, Link

GENESIS = bytes(32)
"""The hash that the first event is chained to."""


def sealed_text(position: int, event: Event, links: Iterable[Link]) -> str:
    """Return what is hashed of an event: canonical JSON of everything it says, its place, and its links in order."""
    return canonical(
        {
            "position": position,
            "id": str(event.id),
            "type": event.type,
            "subject": event.subject,
            "actor": event.actor,
            "project": event.project,
            "time": event.time.isoformat(timespec="microseconds"),
            "data": event.data,
            "links": sorted([link.source, link.kind, link.target] for link in links),
        }
    )


def next_hash(previous: bytes, position: int, event: Event, links: Iterable[Link]) -> bytes:
    """Return the hash (32 bytes, SHA-256) of the event at ``position``, after the one whose hash is ``previous``."""
    return sha256(previous + sealed_text(position, event, links).encode("ascii")).digest()
