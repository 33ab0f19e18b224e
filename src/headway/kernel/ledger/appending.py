"""Writing to the ledger, in the transaction of the change that is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import insert

from headway.kernel.errors import LimitError
from headway.kernel.ledger import tables
from headway.kernel.ledger.links import LINK_KINDS
from headway.kernel.ledger.records import Event, Link, canonical
from headway.kernel.ledger.types import is_known

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.ids import Ids
    from headway.kernel.ledger.records import Json

MOST_BYTES = 256 * 1024
"""The longest that the data of one event may be."""

MOST_SUBJECT_CHARACTERS = 500

# Made once: SQLAlchemy remembers the text of a statement with the statement.
_INSERT_EVENT, _INSERT_LINK = insert(tables.event), insert(tables.link)


class Ledger(NamedTuple):
    """The writing side: what it takes from outside is the time and the identifiers."""

    clock: Clock
    ids: Ids

    def append(
        self,
        connection: Connection,
        event_type: str,
        subject: str,
        *,
        actor: str,
        project: str = "",
        data: Mapping[str, Json] | None = None,
        links: Iterable[Link] = (),
    ) -> Event:
        """Add an event and the links that it establishes; both become durable with the connection's transaction.

        Raises ``LimitError`` when the data is longer than ``MOST_BYTES``, and ``ValueError`` for an unknown type or
        link.
        """
        event = Event(self.ids.uuid(), event_type, subject, actor, project, self.clock(), data or {})
        append_events(connection, [(event, tuple(links))])
        return event


def append_events(connection: Connection, events: Iterable[tuple[Event, tuple[Link, ...]]]) -> None:
    """Add many events with their links. Raises as ``Ledger.append`` does."""
    told = list(events)
    for event, links in told:
        _check(event, links)
    if not told:
        return
    connection.execute(_INSERT_EVENT, [_row(event) for event, _ in told])
    rows = [_link_row(event, link) for event, links in told for link in dict.fromkeys(links)]
    if rows:
        connection.execute(_INSERT_LINK, rows)


def _row(event: Event) -> dict[str, object]:
    text = canonical(event.data)
    if len(text) > MOST_BYTES:
        raise LimitError(f"the data of an event may be {MOST_BYTES} characters long, and this one has {len(text)}")
    return event._asdict() | {"data": text}


def _link_row(event: Event, link: Link) -> dict[str, object]:
    return {
        "source": link.source,
        "kind": link.kind,
        "target": link.target,
        "event": event.id,
        "project": event.project,
    }


def _check(event: Event, links: tuple[Link, ...]) -> None:
    if len(event.subject) > MOST_SUBJECT_CHARACTERS:
        raise LimitError(f"a subject may be {MOST_SUBJECT_CHARACTERS} characters long: '{event.subject[:60]}…'")
    if not is_known(event.type):
        raise ValueError(f"'{event.type}' is not a type of event; see kernel/ledger/types.py")
    for link in links:
        if link.kind not in LINK_KINDS:
            raise ValueError(f"'{link.kind}' is not a kind of link; see kernel/ledger/links.py")
