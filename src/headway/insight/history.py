"""A part of the ledger in memory, indexed: what every function of this room reads."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.ledger.records import SealedEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from uuid import UUID

    from headway.kernel.ledger.records import Event, Json, Link

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_END = datetime.max.replace(tzinfo=UTC)


class _Row(NamedTuple):
    """The events of one type or subject with their times beside them, both in order, so that a time can be sought."""

    times: list[datetime]
    events: list[Event]


class _Index(NamedTuple):
    by_type: dict[str, _Row]
    by_subject: dict[str, _Row]
    outgoing: dict[str, list[tuple[datetime, Link]]]
    incoming: dict[str, list[tuple[datetime, Link]]]
    of_kind: dict[str, list[tuple[datetime, Link]]]


class History:
    """Events in the order of their times, each once, and the links between their subjects.

    ``links`` are given by the event that established them, as the ledger keeps them, so that a link is as old as its
    event. ``until`` narrows a history to what was known at a time; all functions of this room do that first, so
    nothing that happened later can be part of an answer.
    """

    __slots__ = ("_index", "_limit")

    def __init__(
        self, events: Iterable[Event | SealedEvent], links: Mapping[UUID, Iterable[Link]] | None = None
    ) -> None:
        known = _distinct(events)
        self._index = _index(known, links or {})
        self._limit = _END

    @staticmethod
    def told(entries: Iterable[tuple[Event, Iterable[Link]]]) -> History:
        """Return the history of events that come with the links that they establish."""
        links: dict[UUID, Iterable[Link]] = {}
        events: list[Event] = []
        for event, established in entries:
            events.append(event)
            if established:
                links[event.id] = established
        return History(events, links)

    def until(self, now: datetime) -> History:
        """Return what was known at a time (what happened at that very moment is)."""
        if now >= self._limit:
            return self
        view = object.__new__(History)
        view._index, view._limit = self._index, now
        return view

    def of_type(
        self, *types: str, start: datetime = _EPOCH, end: datetime = _END, latest_first: bool = False
    ) -> list[Event]:
        """Return the events of some types from ``start`` on and before ``end``, in order of time."""
        found: list[Event] = []
        for name in types:
            if row := self._index.by_type.get(name):
                found += self._part(row, start, end)
        if len(types) > 1:
            found.sort(key=_order)
        return found[::-1] if latest_first else found

    def about(self, subject: str, *types: str) -> list[Event]:
        """Return the events about a subject, of some types or all, in order of time."""
        row = self._index.by_subject.get(subject)
        events = self._part(row, _EPOCH, _END) if row else []
        return [event for event in events if event.type in types] if types else events

    def targets(self, subject: str, kind: str) -> list[str]:
        """Return where the links of a kind lead that start at a subject."""
        return [link.target for link in self.links_from(subject) if link.kind == kind]

    def sources(self, subject: str, kind: str) -> list[str]:
        """Return where the links of a kind start that lead to a subject."""
        return [link.source for link in self.links_to(subject) if link.kind == kind]

    def links_from(self, subject: str) -> Iterator[Link]:
        """Yield the links that start at a subject."""
        return (link for time, link in self._index.outgoing.get(subject, ()) if time <= self._limit)

    def links_to(self, subject: str) -> Iterator[Link]:
        """Yield the links that lead to a subject."""
        return (link for time, link in self._index.incoming.get(subject, ()) if time <= self._limit)

    def links_of_kind(self, kind: str) -> Iterator[Link]:
        """Yield all links of a kind, in the order in which they were established."""
        return (link for time, link in self._index.of_kind.get(kind, ()) if time <= self._limit)

    def _part(self, row: _Row, start: datetime, end: datetime) -> list[Event]:
        last = min(bisect_left(row.times, end), bisect_right(row.times, self._limit))
        return row.events[bisect_left(row.times, start) : last]


def moment(value: Json) -> datetime | None:
    """Return the time that an event's data holds as a text of ISO 8601, in UTC; ``None`` for what is no such text."""
    if not isinstance(value, str):
        return None
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def reference(value: Json, kind: str) -> str:
    """Return the subject that an event's data refers to as CDEvents does, ``{"id": …}``; empty for anything else."""
    identity = value.get("id") if isinstance(value, dict) else None
    if not isinstance(identity, str) or not identity:
        return ""
    return identity if identity.startswith(f"{kind}:") else f"{kind}:{identity}"


def _order(event: Event) -> tuple[datetime, UUID]:
    return event.time, event.id


def _distinct(events: Iterable[Event | SealedEvent]) -> list[Event]:
    """Return the events in order, each once: the ledger delivers at least once."""
    plain = (item.event if isinstance(item, SealedEvent) else item for item in events)
    return sorted({event.id: event for event in plain}.values(), key=_order)


def _index(events: Sequence[Event], links: Mapping[UUID, Iterable[Link]]) -> _Index:
    by_type: dict[str, _Row] = {}
    by_subject: dict[str, _Row] = {}
    times: dict[UUID, datetime] = {}
    for event in events:
        for rows, key in ((by_type, event.type), (by_subject, event.subject)):
            row = rows.get(key)
            if row is None:
                row = rows[key] = _Row([], [])
            row.times.append(event.time)
            row.events.append(event)
        if event.id in links:
            times[event.id] = event.time
    return _Index(by_type, by_subject, *_adjacency(links, times))


_Adjacency = dict[str, list[tuple[datetime, "Link"]]]


def _adjacency(
    links: Mapping[UUID, Iterable[Link]], times: Mapping[UUID, datetime]
) -> tuple[_Adjacency, _Adjacency, _Adjacency]:
    """Return the links by source, by target and by kind, in an order that does not depend on the input's."""
    dated = [(times.get(event) or _made(event), link) for event, established in links.items() for link in established]
    dated.sort()
    outgoing: _Adjacency = {}
    incoming: _Adjacency = {}
    of_kind: _Adjacency = {}
    for entry in dated:
        for index, key in zip((outgoing, of_kind, incoming), entry[1], strict=True):
            index.setdefault(key, []).append(entry)
    return outgoing, incoming, of_kind


def _made(identifier: UUID) -> datetime:
    """Return when an identifier of version 7 was made (RFC 9562, section 5.7): for links whose event is not at hand."""
    return _EPOCH + timedelta(milliseconds=identifier.int >> 80)
