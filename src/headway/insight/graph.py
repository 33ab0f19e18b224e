"""What led to a subject and what came of it: bounded walks over the links."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Literal, NamedTuple

from headway.kernel.ledger.links import LINK_KINDS
from headway.kernel.ledger.records import HUBS, Link, kind_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.insight.history import History

MOST_NODES = 1000

Direction = Literal["origins", "effects"]


class Node(NamedTuple):
    """A subject that a walk reached, how many links from the start, and the link by which it came there first."""

    subject: str
    distance: int
    by: Link | None


class Walk(NamedTuple):
    """What a walk reached, the nearest first. ``complete`` is false when it stopped at the most nodes."""

    nodes: tuple[Node, ...]
    complete: bool


def walk(history: History, start: str, direction: Direction, most: int = MOST_NODES) -> Walk:
    """Return what led to a subject (``origins``) or what came of it (``effects``), breadth first, at most ``most``.

    Each link is followed in the direction in which a change travels along its kind (``kernel/ledger/links.py``); kinds
    that are not to be walked are not. Hubs (people, services, environments …) are shown and not walked through.
    """
    nodes = {start: Node(start, 0, None)}
    waiting = deque([start])
    while waiting:
        subject = waiting.popleft()
        if subject != start and kind_of(subject) in HUBS:
            continue
        for neighbour, link in _neighbours(history, subject, direction):
            if neighbour in nodes:
                continue
            if len(nodes) >= most:
                return Walk(tuple(nodes.values()), complete=False)
            nodes[neighbour] = Node(neighbour, nodes[subject].distance + 1, link)
            waiting.append(neighbour)
    return Walk(tuple(nodes.values()), complete=True)


def _neighbours(history: History, subject: str, direction: Direction) -> Iterator[tuple[str, Link]]:
    for link in history.links_from(subject):
        meaning = LINK_KINDS.get(link.kind)  # type: ignore[call-overload]
        if meaning and meaning.walked and meaning.forward == (direction == "effects"):
            yield link.target, link
    for link in history.links_to(subject):
        meaning = LINK_KINDS.get(link.kind)  # type: ignore[call-overload]
        if meaning and meaning.walked and meaning.forward == (direction == "origins"):
            yield link.source, link


class Dependencies:
    """Which service needs which: services, infrastructure and hosts, by their ``depends-on`` links."""

    __slots__ = ("_needed_by", "_needs")

    def __init__(self, history: History) -> None:
        self._needs: dict[str, set[str]] = {}
        self._needed_by: dict[str, set[str]] = {}
        for link in history.links_of_kind("depends-on"):
            self._needs.setdefault(link.source, set()).add(link.target)
            self._needed_by.setdefault(link.target, set()).add(link.source)

    def distance(self, source: str, target: str, most: int = 3) -> int | None:
        """Return over how many links ``source`` needs ``target`` (0: it is it), ``None`` for more than ``most``."""
        reached, edge = {source}, {source}
        for distance in range(most + 1):
            if target in edge:
                return distance
            edge = {needed for name in edge for needed in self._needs.get(name, ())} - reached
            reached |= edge
        return None

    def needed_by(self, target: str) -> frozenset[str]:
        """Return which subjects need a subject directly."""
        return frozenset(self._needed_by.get(target, ()))

    def dependents(self, target: str) -> int:
        """Return how many subjects need a subject directly."""
        return len(self._needed_by.get(target, ()))

    def knows(self, subject: str) -> bool:
        """Whether a subject is on either end of a dependency."""
        return subject in self._needs or subject in self._needed_by
