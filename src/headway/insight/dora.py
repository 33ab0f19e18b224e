"""The five measures of software delivery that DORA defines, each with how many things it was measured on.

Source: https://dora.dev/guides/dora-metrics/ (throughput: change lead time, deployment frequency, failed deployment
recovery time; instability: change fail rate, deployment rework rate).
"""

from __future__ import annotations

import math
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from headway.insight.changes import Change, deployments
from headway.insight.commits import changes_of, commit
from headway.kernel.ledger.records import kind_of
from headway.kernel.ledger.types import cdevent

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from headway.insight.history import History

RESOLVED = cdevent("incident.resolved")
_NOTHING = timedelta(0)
_BEFORE = timedelta(days=60)
"""How long before the period a deployment may have begun that is looked at, for what was deployed the first time."""


class Durations(NamedTuple):
    """Durations of ``n`` things: median, and the 90th percentile (nearest rank); both ``None`` when there are none."""

    n: int
    median: timedelta | None
    p90: timedelta | None


class Rate(NamedTuple):
    """``matching`` of ``n`` things, and their share between 0 and 1, ``None`` when there are none."""

    n: int
    matching: int
    rate: float | None


class Frequency(NamedTuple):
    """``n`` deployments, how many that is a day, and on how many days (of UTC) there were any."""

    n: int
    per_day: float | None
    days: int


class Recovery(NamedTuple):
    """How long recoveries took, and how many failed deployments had not recovered by the end of what is known."""

    durations: Durations
    unrecovered: int


class Delivery(NamedTuple):
    """The five measures of one environment in the period from ``start`` on and before ``end``."""

    environment: str
    start: datetime
    end: datetime
    change_lead_time: Durations
    deployment_frequency: Frequency
    failed_deployment_recovery_time: Recovery
    change_fail_rate: Rate
    deployment_rework_rate: Rate


class Failure(NamedTuple):
    """A deployment that needed somebody to step in: when that showed, and when all was well (``None``: not yet)."""

    deployment: str
    noticed: datetime
    recovered: datetime | None


def measure(
    history: History,
    environment: str,
    start: datetime,
    end: datetime,
    now: datetime,
    attributions: Mapping[str, str] | None = None,
) -> Delivery:
    """Return the five measures of an environment (``environment:production``), as they were known at ``now``.

    A *change deployment* is a deployment that succeeded, or that failed after it began to serve (a canary that was
    taken back), no rollback, and that ended in the period. Of each service its own deployment counts.

    - Change lead time: from when the server first received a commit until the first successful deployment that brought
      it ended; one duration for each commit that came to the environment for the first time in the period. Commits
      whose push is unknown are left out; a negative duration (clocks that differ) counts as none.
    - Deployment frequency: change deployments that succeeded, by the days of the period.
    - Change fail rate: of the change deployments, those that failed, were rolled back from, or to which an incident is
      attributed. Each counts once, however many incidents it caused, so that the rate cannot exceed 1.
    - Failed deployment recovery time: for each of those, from when it was noticed (the incident was told, else the
      rollback or the failed end) until the last of its incidents was resolved, else the rollback ended.
    - Deployment rework rate: of all deployments that ended in the period, rollbacks included, those that were made
      because of an incident: rollbacks, and deployments which are, or whose commits or change requests are, what an
      incident was ``fixed-by``.

    ``attributions`` say which deployment an incident is attributed to (``attribution.attribute``); without them
    only deployments that failed or were rolled back from count as failed.
    """
    known = history.until(now)
    all_of_them = deployments(known, start - _BEFORE, now + timedelta(microseconds=1), environment)
    ended = [change for change in all_of_them if change.ended and start <= change.ended < end]
    changing = [change for change in ended if change.kind == "deployment" and change.outcome in ("success", "failure")]
    succeeded = [change for change in changing if change.outcome == "success"]
    failures = _failures(known, changing, all_of_them, attributions or {})
    return Delivery(
        environment,
        start,
        end,
        durations(_lead_times(known, succeeded, all_of_them)),
        _frequency(succeeded, end - start),
        _recovery(failures),
        rate(len(failures), len(changing)),
        rate(sum(_is_rework(known, change) for change in ended), len(ended)),
    )


def durations(values: Iterable[timedelta]) -> Durations:
    """Return the median and the 90th percentile of durations; a negative one counts as none."""
    ordered = sorted(max(value, _NOTHING) for value in values)
    return Durations(len(ordered), _quantile(ordered, 0.5), _quantile(ordered, 0.9))


def rate(matching: int, n: int) -> Rate:
    """Return the share of ``matching`` in ``n``."""
    return Rate(n, matching, matching / n if n else None)


def _quantile(ordered: Sequence[timedelta], share: float) -> timedelta | None:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None


def _frequency(succeeded: Sequence[Change], period: timedelta) -> Frequency:
    days = {change.ended.date() for change in succeeded if change.ended}
    length = period / timedelta(days=1)
    return Frequency(len(succeeded), len(succeeded) / length if succeeded and length > 0 else None, len(days))


def _lead_times(history: History, succeeded: Iterable[Change], everything: Iterable[Change]) -> list[timedelta]:
    """Return the lead time of each commit that one of the deployments brought for the first time."""
    first: dict[str, datetime] = {}
    for change in everything:
        if change.kind == "deployment" and change.outcome == "success" and change.ended:
            for name in change.commits:
                first[name] = min(first.get(name, change.ended), change.ended)
    arrived = {name for change in succeeded for name in change.commits if first[name] == change.ended}
    pushes = ((commit(history, name).pushed, first[name]) for name in arrived)
    return [ended - pushed for pushed, ended in pushes if pushed]


def _failures(
    history: History, changing: Iterable[Change], everything: Iterable[Change], attributions: Mapping[str, str]
) -> list[Failure]:
    incidents: dict[str, list[str]] = {}
    for incident, name in sorted(attributions.items()):
        if history.about(incident):
            incidents.setdefault(name, []).append(incident)
    backs = _rollbacks(everything)
    found = (_failure(history, change, incidents.get(change.subject, []), backs) for change in changing)
    return [failure for failure in found if failure]


def _failure(
    history: History, change: Change, incidents: Sequence[str], backs: Mapping[tuple[str, ...], list[Change]]
) -> Failure | None:
    told = [events[0].time for incident in incidents if (events := history.about(incident))]
    ends = [events[-1].time if (events := history.about(name, RESOLVED)) else None for name in incidents]
    back = next(
        (other for other in backs.get((*change.services, change.artifact), ()) if other.began >= change.began), None
    )
    if told:
        resolved = [end for end in ends if end]
        return Failure(change.subject, min(told), max(resolved) if len(resolved) == len(ends) else None)
    if back:
        return Failure(change.subject, back.began, back.ended)
    if change.outcome == "failure" and change.ended:
        return Failure(change.subject, change.ended, change.ended)
    return None


def _rollbacks(everything: Iterable[Change]) -> dict[tuple[str, ...], list[Change]]:
    """Return the rollbacks by the service and the artifact that they took away."""
    found: dict[tuple[str, ...], list[Change]] = {}
    for change in everything:
        if change.kind == "rollback" and change.before:
            found.setdefault((*change.services, change.before), []).append(change)
    return found


def _recovery(failures: Sequence[Failure]) -> Recovery:
    spans = [failure.recovered - failure.noticed for failure in failures if failure.recovered]
    return Recovery(durations(spans), len(failures) - len(spans))


def _is_rework(history: History, change: Change) -> bool:
    if change.kind == "rollback":
        return True
    makers = {change.subject, *change.commits, *(name for own in change.commits for name in changes_of(history, own))}
    return any(
        kind_of(fixed) in ("incident", "alert") for maker in makers for fixed in history.sources(maker, "fixed-by")
    )
