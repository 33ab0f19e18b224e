"""What the ledger tells of how an incident or alert showed itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from headway.insight.history import moment, reference
from headway.kernel.ledger.records import kind_of
from headway.kernel.ledger.types import cdevent, own_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from headway.insight.history import History
    from headway.kernel.ledger.records import Event, Json

FIRED = own_event("alert.fired")
BEGUN = (cdevent("incident.detected"), cdevent("incident.reported"))
_LOOKED_BACK = timedelta(days=90)
_MONTH = timedelta(days=30)


class Symptoms(NamedTuple):
    """How something showed that it is wrong.

    ``services`` are those affected, the first to show it first; ``first`` is when it first showed.

    The first alert (or the incident, if a person reported it) tells ``signal``, one of the four golden signals
    (latency, traffic, errors, saturation); ``error``, the class of the error (``error.type`` of OpenTelemetry),
    ``message``, its text, ``signature``, its fingerprint, and ``first_seen``, when it was seen for the first time;
    ``peer``, to whom the failing calls went; ``resource``, which ran short, and ``rising_since``, since when more and
    more of it was used; ``last_succeeded``, when what fails last worked; ``traffic``, the requests against those of the
    same time a week before (1 is the same).

    All alerts tell the ``files`` of the stack traces, by service; the ``hosts`` where it shows, if not everywhere; the
    ``artifacts`` that ran there.

    ``recurrences`` is how often the same rule fired for the same service in the 30 days before; of incidents, which
    somebody took seriously, 0.
    """

    subject: str
    environment: str
    services: tuple[str, ...]
    first: datetime
    signal: str
    error: str
    resource: str
    message: str
    signature: str
    first_seen: datetime | None
    last_succeeded: datetime | None
    files: dict[str, tuple[str, ...]]
    peer: str
    hosts: frozenset[str]
    artifacts: frozenset[str]
    traffic: float | None
    rising_since: datetime | None
    recurrences: int


def symptoms(history: History, subject: str) -> Symptoms | None:
    """Return how an incident or alert showed itself; ``None`` when the history does not know it."""
    begun = history.about(subject, FIRED, *BEGUN)
    if not begun:
        return None
    own = begun[0]
    alerts = _alerts(history, subject)
    events = sorted([*alerts, own], key=lambda event: (_since(event), event.time, event.id))
    told = alerts or [own]
    leading = told[0].data
    signature = _text(leading, "signature")
    return Symptoms(
        subject,
        next((name for event in events if (name := _name(event, "environment"))), ""),
        tuple(dict.fromkeys(name for event in events if (name := _name(event, "service")))),
        _since(events[0]),
        _text(leading, "signal"),
        _text(leading, "errorType"),
        _text(leading, "resource"),
        _text(leading, "message"),
        signature,
        _first_seen(history, signature, told[0]) if signature else None,
        moment(leading.get("lastSucceeded")),
        _files(told),
        _text(leading, "peer"),
        _common(event.data.get("hosts") for event in told),
        frozenset(artifact for event in told if (artifact := _text(event.data, "artifactId"))),
        _ratio(leading.get("trafficRatio")),
        moment(leading.get("risingSince")),
        _recurrences(history, own) if own.type == FIRED else 0,
    )


def traffic_rose(history: History, seen: Symptoms, services: Iterable[str]) -> bool:
    """Whether requests to one of the services rose within 30 minutes of the first symptom, by any alert."""
    near = timedelta(minutes=30)
    wanted = set(services)
    return any(
        event.data.get("signal") == "traffic"
        and _name(event, "environment") == seen.environment
        and _name(event, "service") in wanted
        for event in history.of_type(FIRED, start=seen.first - near, end=seen.first + near)
    )


def _alerts(history: History, subject: str) -> list[Event]:
    """Return the firing of the alerts that an incident came of, the earliest first; of an alert, its own."""
    names = [name for name in history.sources(subject, "caused") if kind_of(name) == "alert"]
    if kind_of(subject) == "alert":
        names = [subject]
    events = [event for name in dict.fromkeys(names) for event in history.about(name, FIRED)[:1]]
    return sorted(events, key=lambda event: (_since(event), event.time, event.id))


def _since(event: Event) -> datetime:
    """Return when it began: alert rules know since when what they look for holds, which is before they fire."""
    since = moment(event.data.get("since"))
    return min(since, event.time) if since else event.time


def _name(event: Event, kind: str) -> str:
    return reference(event.data.get(kind), kind)


def _text(data: Json, key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""


def _ratio(value: Json) -> float | None:
    return float(value) if isinstance(value, int | float) and value > 0 else None


def _files(alerts: Iterable[Event]) -> dict[str, tuple[str, ...]]:
    """Return the files of the first stack trace of each service, the innermost first, each once."""
    files: dict[str, tuple[str, ...]] = {}
    for event in alerts:
        stack = event.data.get("stack")
        frames = stack if isinstance(stack, list) else []
        names = (str(frame["file"]) for frame in frames if isinstance(frame, dict) and frame.get("file"))
        if unique := tuple(dict.fromkeys(names)):
            files.setdefault(_name(event, "service"), unique)
    return files


def _common(groups: Iterable[Json]) -> frozenset[str]:
    """Return all names of the groups; none as soon as one group is empty, since then it shows everywhere."""
    names: set[str] = set()
    for group in groups:
        if not isinstance(group, list) or not group:
            return frozenset()
        names.update(map(str, group))
    return frozenset(names)


def _first_seen(history: History, signature: str, alert: Event) -> datetime:
    """Return when an error was first seen, by what its alert says and by earlier alerts of the same error."""
    seen = [moment(alert.data.get("firstSeen")) or _since(alert)]
    earlier = history.of_type(FIRED, start=alert.time - _LOOKED_BACK, end=alert.time)
    seen += [_since(event) for event in earlier if event.data.get("signature") == signature]
    return min(seen)


def _recurrences(history: History, own: Event) -> int:
    mark = _mark(own)
    return sum(_mark(event) == mark for event in history.of_type(FIRED, start=own.time - _MONTH, end=own.time))


def _mark(event: Event) -> Sequence[Json]:
    return event.data.get("rule"), _name(event, "service"), _name(event, "environment")
