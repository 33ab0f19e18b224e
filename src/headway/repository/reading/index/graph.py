"""Which commits lead to which, from the index.

The default branch along its first parents is the *mainline*; each commit knows the position at which it landed there.
The ancestors of any commit are then all that landed by some position, and a few others, which are found by walking from
it to the mainline. So neither a question nor an answer grows with the history.
"""

from __future__ import annotations

import heapq
import json
import struct
from typing import TYPE_CHECKING, NamedTuple

from headway.repository.reading.index import store
from headway.repository.reading.recent import Recent

if TYPE_CHECKING:
    import sqlite3

REACHABLE = "(c.landed<=:landed OR c.number IN (SELECT value FROM json_each(:others)))"
"""The condition on ``commits AS c`` that ``Reach.parameters`` belong to."""


class Reach(NamedTuple):
    """All ancestors of a commit and itself: those that landed by position ``landed``, and ``others`` by number."""

    number: int
    landed: int
    others: frozenset[int]

    def parameters(self) -> dict[str, object]:
        """Return what the condition ``REACHABLE`` needs."""
        return {"landed": self.landed, "others": json.dumps(sorted(self.others))}


_kept: Recent[Reach] = Recent(512)


def reach(connection: sqlite3.Connection, oid: str) -> Reach | None:
    """Return the ancestors of a commit, or None if the index does not know it."""
    row = connection.execute("SELECT number FROM commits WHERE oid=?", (bytes.fromhex(oid),)).fetchone()
    if row is None:
        return None
    # A rewritten default branch gives new positions; one that moves on does not change those that are given.
    key = store.state(connection, "generation"), oid
    return _kept.made(key, lambda: _walked(connection, int(row[0])))


def _walked(connection: sqlite3.Connection, start: int) -> Reach:
    landed = 0
    others: dict[int, int | None] = {}
    # The newest first: what is left to walk is then soon known to have landed before the mainline was reached.
    waiting = [-start]
    while waiting:
        number = -heapq.heappop(waiting)
        if number in others:
            continue
        parents, when, position = connection.execute(
            "SELECT c.parents, c.landed, m.position FROM commits c LEFT JOIN mainline m USING(number) WHERE c.number=?",
            (number,),
        ).fetchone()
        if position is not None:
            landed = max(landed, position)
        elif when is None or when > landed:
            others[number] = when
            for parent in unpacked(parents):
                heapq.heappush(waiting, -parent)
    kept = (number for number, when in others.items() if when is None or when > landed)
    return Reach(start, landed, frozenset(kept))


def ahead_behind(connection: sqlite3.Connection, base: Reach, head: Reach) -> tuple[int, int]:
    """Return how many commits lead only to ``head``, and how many only to ``base``."""
    return _only(connection, head, base), _only(connection, base, head)


def _only(connection: sqlite3.Connection, one: Reach, other: Reach) -> int:
    landed = max(0, total(connection, one.landed) - total(connection, other.landed))
    when = _when(connection, one.others | other.others)
    shared = sum(1 for number in other.others if other.landed < (when[number] or 0) <= one.landed)
    own = sum(1 for number in one.others if number not in other.others and not 0 < (when[number] or 0) <= other.landed)
    return landed - shared + own


def total(connection: sqlite3.Connection, position: int) -> int:
    """Return how many commits landed by a position of the mainline."""
    row = connection.execute("SELECT total FROM mainline WHERE position=?", (position,)).fetchone()
    return int(row[0]) if row else 0


def _when(connection: sqlite3.Connection, numbers: frozenset[int]) -> dict[int, int | None]:
    sql = "SELECT number, landed FROM commits WHERE number IN (SELECT value FROM json_each(?))"
    return dict(connection.execute(sql, (json.dumps(sorted(numbers)),)).fetchall())


def packed(numbers: list[int]) -> bytes:
    """Return the numbers of parents as they are stored."""
    return struct.pack(f"<{len(numbers)}I", *numbers)


def unpacked(data: bytes) -> tuple[int, ...]:
    """Return the numbers of parents from what is stored."""
    return struct.unpack(f"<{len(data) // 4}I", data)
