"""What changed between two times: deployments, and everything else that changes how services behave."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from headway.insight.commits import released_commits, releases_of
from headway.insight.history import reference
from headway.kernel.ledger.records import kind_of
from headway.kernel.ledger.types import cdevent, own_event

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from headway.insight.history import History
    from headway.kernel.ledger.records import Event, Json

ChangeKind = Literal[
    "deployment", "rollback", "removal", "configuration", "infrastructure", "policy", "secret", "environment"
]

STARTED = own_event("deployment.started")
FINISHED = own_event("deployment.finished")
DEPLOYED, UPGRADED, ROLLED_BACK, REMOVED = (
    cdevent(f"service.{predicate}") for predicate in ("deployed", "upgraded", "rolledback", "removed")
)
OTHERS: dict[str, ChangeKind] = {
    own_event("configuration.applied"): "configuration",
    own_event("infrastructure.applied"): "infrastructure",
    own_event("policy.changed"): "policy",
    own_event("secret.changed"): "secret",
    cdevent("environment.modified"): "environment",
    REMOVED: "removal",
}
RUNNING = "running"
"""The outcome of what has not ended yet."""


class Change(NamedTuple):
    """One change of what runs, or of what it runs on.

    ``subject`` is the deployment, configuration, plan, secret …; changes of the same one are told apart by ``began``.
    ``services`` are those that it names; a change of shared things names none and reaches whoever depends on one of
    ``touched`` (infrastructure, hosts). ``environment`` is empty for what concerns all. ``began`` and ``ended`` tell
    when it took effect (``ended`` is ``None`` while it runs); ``outcome`` is ``success``, ``failure``, ``cancel``,
    ``error`` or ``running``. ``commits`` are those that it brought. ``size`` counts what it changed (commits, tasks
    or resources); 0 says that nothing was changed. ``names`` are those of the settings, secrets and resources that it
    changed, as error messages would have them.
    """

    subject: str
    kind: ChangeKind
    environment: str
    services: tuple[str, ...]
    touched: tuple[str, ...]
    began: datetime
    ended: datetime | None
    outcome: str
    actor: str
    summary: str
    artifact: str
    before: str
    release: str
    commits: tuple[str, ...]
    size: int
    names: tuple[str, ...] = ()


def between(history: History, start: datetime, end: datetime, environment: str = "") -> tuple[Change, ...]:
    """Return what began to change from ``start`` on and before ``end``, in order of time.

    With an environment (``environment:production``): what changed there, and what concerns all environments. How a
    change ended is told as far as the history knows it, so narrow the history first (``History.until``).
    """
    wanted = ("", environment)
    begun = _beginnings(history, start, end)
    found = [deployment(history, event) for event in begun if not environment or environment_of(event.data) in wanted]
    others = [_other(event) for event in history.of_type(*OTHERS, start=start, end=end)]
    found += [change for change in others if not environment or change.environment in wanted]
    return tuple(sorted(found, key=lambda change: (change.began, change.subject)))


def by_service(changes: Iterable[Change]) -> dict[str, tuple[Change, ...]]:
    """Return changes grouped by the services that they name; those of shared things stand under the empty text."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        for service in change.services or ("",):
            groups.setdefault(service, []).append(change)
    return {service: tuple(groups[service]) for service in sorted(groups)}


def deployments(history: History, start: datetime, end: datetime, environment: str) -> tuple[Change, ...]:
    """Return the deployments and rollbacks that began from ``start`` on and before ``end`` in an environment."""
    begun = _beginnings(history, start, end)
    found = [deployment(history, event) for event in begun if environment_of(event.data) == environment]
    return tuple(sorted(found, key=lambda change: (change.began, change.subject)))


def deployments_of(history: History, service: str, environment: str, start: datetime, end: datetime) -> list[Event]:
    """Return the events by which a service came to run in another version from ``start`` on and before ``end``."""
    events = history.about(service, DEPLOYED, UPGRADED, ROLLED_BACK)
    return [event for event in events if start <= event.time < end and environment_of(event.data) == environment]


def _beginnings(history: History, start: datetime, end: datetime) -> list[Event]:
    """Return the event that begins each deployment.

    That is its start; or its end, if no start is known; or that a service runs in another version, if whoever said so
    does not say by which deployment (events of other tools).
    """
    events = history.of_type(STARTED, start=start, end=end)
    for event in history.of_type(FINISHED, start=start, end=end):
        if not history.about(event.subject, STARTED):
            events.append(event)
    for event in history.of_type(DEPLOYED, UPGRADED, ROLLED_BACK, start=start, end=end):
        if not event.data.get("deployment"):
            events.append(event)
    return _first_of_each(events)


def _first_of_each(events: Iterable[Event]) -> list[Event]:
    first: dict[str, Event] = {}
    for event in events:
        key = event.subject if event.type in (STARTED, FINISHED) else str(event.id)
        if key not in first or event.time < first[key].time:
            first[key] = event
    return list(first.values())


def deployment(history: History, event: Event) -> Change:
    """Return the deployment that an event begins."""
    own = event.type in (STARTED, FINISHED)
    subject = event.subject if own else f"deployment:{event.id}"
    service = reference(event.data.get("service"), "service") if own else event.subject
    ends = history.about(subject, FINISHED) if own else [event]
    artifact = artifact_of(event.data.get("artifactId"))
    before = artifact_of(event.data.get("previousArtifactId"))
    back = event.type == ROLLED_BACK or event.data.get("rollback") is True
    commits = () if back else released_commits(history, subject, artifact, before)
    releases = releases_of(history, subject, artifact)
    return Change(
        subject,
        "rollback" if back else "deployment",
        environment_of(event.data),
        (service,) if service else (),
        (),
        event.time,
        ends[-1].time if ends else None,
        (str(ends[-1].data.get("outcome", "success")) if own else "success") if ends else RUNNING,
        event.actor,
        _text(event.data, "version", "description"),
        artifact,
        before,
        releases[0] if releases else "",
        commits,
        1 if back else max(1, len(commits)),
    )


def _other(event: Event) -> Change:
    data = event.data
    outcome = str(data.get("outcome", "success"))
    changed = data.get("changed")
    touched = [event.subject] if kind_of(event.subject) in ("infrastructure", "host") else []
    touched += [host for host in _texts(data.get("hosts")) if kind_of(host) == "host"]
    if stack := reference(data.get("stack"), "infrastructure"):
        touched.append(stack)
    environment = event.subject if kind_of(event.subject) == "environment" else environment_of(data)
    return Change(
        event.subject,
        OTHERS[event.type],
        environment,
        (event.subject,) if event.type == REMOVED else _services(data),
        tuple(touched),
        event.time,
        event.time,
        outcome,
        event.actor,
        _text(data, "summary", "description", "name"),
        "",
        "",
        "",
        tuple(name for name in _texts(data.get("commits")) if kind_of(name) == "commit"),
        changed if isinstance(changed, int) else 1,
        _names(event),
    )


def _names(event: Event) -> tuple[str, ...]:
    own = [event.subject.rpartition("/")[2]] if kind_of(event.subject) == "secret" else []
    return (*own, *_texts(event.data.get("settings")), *_texts(event.data.get("resources")))


def _services(data: Json) -> tuple[str, ...]:
    several = [reference(value, "service") for value in data.get("services") or ()]
    return tuple(dict.fromkeys(name for name in (reference(data.get("service"), "service"), *several) if name))


def environment_of(data: Json) -> str:
    """Return the environment that the data of an event names; empty for what concerns all."""
    return reference(data.get("environment"), "environment")


def artifact_of(value: Json) -> str:
    """Return the subject of an artifact that CDEvents names by a package URL or that we name by its subject."""
    if not isinstance(value, str) or not value:
        return ""
    return value if value.startswith("artifact:") else f"artifact:{value}"


def _texts(value: Json) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _text(data: Json, *keys: str) -> str:
    return next((str(data[key]) for key in keys if data.get(key)), "")
