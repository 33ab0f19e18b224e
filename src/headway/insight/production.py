"""What runs in an environment at a time, and from which commits."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.insight.changes import (
    DEPLOYED,
    FINISHED,
    REMOVED,
    ROLLED_BACK,
    STARTED,
    UPGRADED,
    Change,
    artifact_of,
    deployment,
    environment_of,
)
from headway.insight.commits import releases_of

if TYPE_CHECKING:
    from datetime import datetime

    from headway.insight.history import History
    from headway.kernel.ledger.records import Event


class Running(NamedTuple):
    """One service in one environment.

    ``commits`` are those that its artifact was built from (one, as a rule); ``since`` is when this version came to run;
    ``deployment`` and ``release`` are empty where nobody said which; ``rolled_back``: it is a return to an earlier one.
    """

    service: str
    environment: str
    artifact: str
    version: str
    commits: tuple[str, ...]
    release: str
    deployment: str
    since: datetime
    actor: str
    rolled_back: bool


def running(history: History, environment: str, at: datetime) -> tuple[Running, ...]:
    """Return what ran in an environment (``environment:production``) at a time, by the names of the services.

    It is the replay of ``service.deployed``, ``upgraded``, ``rolledback`` and ``removed``: the last of them about a
    service in an environment, by their times, says what runs. A version that is being rolled out does not run yet
    (see ``rolling_out``).
    """
    known = history.until(at)
    last: dict[str, Event] = {}
    for event in known.of_type(DEPLOYED, UPGRADED, ROLLED_BACK, REMOVED):
        if environment_of(event.data) == environment:
            last[event.subject] = event
    return tuple(_running(known, last[service]) for service in sorted(last) if last[service].type != REMOVED)


def rolling_out(history: History, environment: str, at: datetime) -> tuple[Change, ...]:
    """Return the deployments that had begun and not ended at a time, the oldest first."""
    known = history.until(at)
    begun = [event for event in known.of_type(STARTED) if environment_of(event.data) == environment]
    return tuple(deployment(known, event) for event in begun if not known.about(event.subject, FINISHED))


def runs_since(history: History, service: str, environment: str, at: datetime) -> tuple[Running, ...]:
    """Return what ran of one service up to a time, one after another, the newest first."""
    known = history.until(at)
    events = [event for event in known.about(service) if event.type in (DEPLOYED, UPGRADED, ROLLED_BACK)]
    return tuple(_running(known, event) for event in reversed(events) if environment_of(event.data) == environment)


def _running(history: History, event: Event) -> Running:
    artifact = artifact_of(event.data.get("artifactId"))
    name = event.data.get("deployment")
    subject = name if isinstance(name, str) else ""
    releases = releases_of(history, subject, artifact)
    return Running(
        event.subject,
        environment_of(event.data),
        artifact,
        str(event.data.get("version", "")),
        tuple(dict.fromkeys(history.targets(artifact, "built-from"))),
        releases[0] if releases else "",
        subject,
        event.time,
        event.actor,
        event.type == ROLLED_BACK,
    )
