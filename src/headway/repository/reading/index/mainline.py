"""The mainline of the index: the default branch along its first parents, and where each commit landed on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.repository.reading.index import graph, store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator


def update(connection: sqlite3.Connection, tip: str | None, batch: int) -> Iterator[tuple[int, int]]:
    """Lead the mainline to a commit, and yield how many of how many positions are done; each step stays done.

    Without a commit it stays as it is: what it says of other commits goes on to be right.
    """
    if tip is None:
        return
    chain, fork = _chain(connection, tip)
    if connection.execute("SELECT 1 FROM mainline WHERE position>?", (fork,)).fetchone():
        _cut(connection, fork)
    position = fork
    total = graph.total(connection, fork)
    for start in range(0, len(chain), batch):
        with store.transaction(connection):
            for number in chain[start : start + batch]:
                position += 1
                total += _land(connection, number, position)
                connection.execute("INSERT INTO mainline VALUES(?,?,?)", (position, number, total))
        yield min(start + batch, len(chain)), len(chain)


def _chain(connection: sqlite3.Connection, tip: str) -> tuple[list[int], int]:
    """The numbers of the commits that the mainline lacks, oldest first, and the position that they go on from."""
    chain: list[int] = []
    row = connection.execute("SELECT number FROM commits WHERE oid=?", (bytes.fromhex(tip),)).fetchone()
    number = row[0] if row else None
    while number is not None:
        parents, position = connection.execute(
            "SELECT c.parents, m.position FROM commits c LEFT JOIN mainline m USING(number) WHERE c.number=?", (number,)
        ).fetchone()
        if position is not None:
            return chain[::-1], position
        chain.append(number)
        number = next(iter(graph.unpacked(parents)), None)
    return chain[::-1], 0


def _cut(connection: sqlite3.Connection, fork: int) -> None:
    """The branch was rewritten: forget what came after the fork."""
    with store.transaction(connection):
        connection.execute("DELETE FROM mainline WHERE position>?", (fork,))
        connection.execute("UPDATE commits SET landed=NULL WHERE landed>?", (fork,))
        store.renew_generation(connection)


def _land(connection: sqlite3.Connection, number: int, position: int) -> int:
    """Give a position to a commit and to all that lead to it and have none; return how many these are."""
    landed = 0
    waiting = [number]
    while waiting:
        one = waiting.pop()
        parents, when = connection.execute("SELECT parents, landed FROM commits WHERE number=?", (one,)).fetchone()
        if when is None:
            connection.execute("UPDATE commits SET landed=? WHERE number=?", (position, one))
            landed += 1
            waiting.extend(graph.unpacked(parents))
    return landed
