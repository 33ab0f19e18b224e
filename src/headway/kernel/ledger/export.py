"""Events of the ledger as CDEvents in CloudEvents. Pure.

Sources: CDEvents 0.5.1 (``spec.md``, "Context" and "Subject"), its CloudEvents binding (``cloudevents-binding.md``),
and CloudEvents 1.0.2 in JSON.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.kernel.ledger.types import CDEVENTS_VERSION, content_keys, versioned

if TYPE_CHECKING:
    from headway.kernel.ledger.records import Event, SealedEvent


def cloudevent(sealed: SealedEvent, base_url: str) -> dict[str, Any]:
    """Return a sealed event as a CloudEvent in JSON's structured mode, with the CDEvent as its data.

    ``base_url`` is the installation's address, which events name as their source.
    """
    event = sealed.event
    source = f"{base_url}/{event.project}" if event.project else base_url
    return {
        "specversion": "1.0",
        "id": str(event.id),
        "source": source,
        "type": versioned(event.type),
        "subject": event.subject,
        "time": _time(event),
        "datacontenttype": "application/json",
        "data": cdevent_of(sealed, source),
    }


def cdevent_of(sealed: SealedEvent, source: str) -> dict[str, Any]:
    """Return a sealed event as a CDEvent. What the schema of its type has no room for is custom data."""
    event = sealed.event
    keys = content_keys(event.type)
    content = {key: value for key, value in event.data.items() if keys is None or key in keys}
    custom = {key: value for key, value in event.data.items() if key not in content}
    headway = {"actor": event.actor, "project": event.project, "position": sealed.position, "hash": sealed.hash}
    return {
        "context": {
            "specversion": CDEVENTS_VERSION,
            "id": str(event.id),
            "source": source,
            "type": versioned(event.type),
            "timestamp": _time(event),
        },
        "subject": {"id": event.subject, "source": source, "content": content},
        "customData": custom | {"headway": headway},
        "customDataContentType": "application/json",
    }


def _time(event: Event) -> str:
    return event.time.isoformat(timespec="microseconds").replace("+00:00", "Z")
