"""To which deployment each incident is attributed: what people said, or else what is suspected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.insight.suspects import suspects
from headway.insight.symptoms import BEGUN, FIRED
from headway.kernel.ledger.records import kind_of

if TYPE_CHECKING:
    from datetime import datetime

    from headway.insight.history import History


def attribute(history: History, start: datetime, end: datetime, now: datetime) -> dict[str, str]:
    """Return the change of each incident that began from ``start`` on and before ``end``, as it was known at ``now``.

    A link ``caused`` from a deployment, configuration or plan to the incident or to one of its alerts goes first:
    people set it when they know. Otherwise it is the first suspect. Incidents whose reason is unknown are left out.
    """
    known = history.until(now)
    found: dict[str, str] = {}
    for event in known.of_type(*BEGUN, start=start, end=end):
        if event.subject not in found and (
            change := _told(known, event.subject) or _suspected(known, event.subject, now)
        ):
            found[event.subject] = change
    return found


def _told(history: History, incident: str) -> str:
    alerts = [name for name in history.sources(incident, "caused") if history.about(name, FIRED)]
    causes = [name for subject in (incident, *alerts) for name in history.sources(subject, "caused")]
    return next((name for name in causes if kind_of(name) in ("deployment", "configuration", "plan")), "")


def _suspected(history: History, incident: str, now: datetime) -> str:
    answer = suspects(history, incident, now)
    return answer.suspects[0].change.subject if answer.verdict == "suspect" else ""
