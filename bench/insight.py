"""How right the suspects of incidents are, and how long each answer takes over a year of a team's life."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from bench.team_life import generate
from bench.team_life.grading import Grade, grade, total
from headway.insight.attribution import attribute
from headway.insight.changes import between
from headway.insight.dora import measure
from headway.insight.graph import walk
from headway.insight.history import History
from headway.insight.production import running
from headway.insight.suspects import suspects

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.kernel.ledger.records import Event

SEEDS = (101, 102, 103, 104, 105, 106)  # the numbers of the model were tuned on others
PRODUCTION = "environment:production"
T = TypeVar("T")
KEPT = frozenset("environment service rule signal severity since ticketURI description".split())


def main() -> None:
    _accuracy()
    _times("a year of 8 people and 10 services", people=8, services=10)
    _times("a year of 60 people and 30 services", people=60, services=30)


def _accuracy() -> None:
    grades = [one for seed in SEEDS for one in _graded(seed)]
    print(
        f"{len(SEEDS)} teams of 8 people and 10 services, 6 months each; asked 15 minutes after each incident was told"
    )
    _print(grades)
    for scenario in sorted({one.answer.scenario for one in grades}):
        own = [one for one in grades if one.answer.scenario == scenario]
        print(f"    {scenario:24} {sum(one.right for one in own):4} of {len(own):4}")
    print("the same, if alerts say nothing but what fired where and since when")
    _print([one for seed in SEEDS for one in _graded(seed, KEPT)])


def _print(grades: list[Grade]) -> None:
    scores = total(grades)
    first = f"first in the list {scores.ranked_first:.1%}"
    print(f"  {scores.culprits} incidents with a culprit: ours {scores.right:.1%}, {first}")
    print(f"    latest deployment {scores.latest:.1%}, latest deployment of the service {scores.own:.1%}")
    print(f"    right commit of the right deployment {scores.commits:.1%}")
    print(f"  {scores.without} incidents without one: 'unknown' {scores.unknown:.1%}")


def _graded(seed: int, kept: frozenset[str] | None = None) -> list[Grade]:
    """Return how a life's incidents are answered; ``kept`` are the keys that alerts and incidents keep, if not all."""
    life = generate(seed, months=6)
    told = life.told if kept is None else ((_bare(event, kept), links) for event, links in life.told)
    history = History.told(told)
    return grade(history, life.answers)


def _bare(event: Event, kept: frozenset[str]) -> Event:
    if ".incident." not in event.type and "-alert." not in event.type:
        return event
    return event._replace(data={key: value for key, value in event.data.items() if key in kept})


def _times(title: str, *, people: int, services: int) -> None:
    start = time.perf_counter()
    life = generate(1, months=12, people=people, services=services)
    told = list(life.told)
    lived = time.perf_counter() - start
    print(f"{title}: {len(told)} events, generated at {len(told) / lived:,.0f} events/s")
    history = _timed("read into memory", lambda: History.told(told), 1)
    now, month = life.end, timedelta(days=30)
    incidents = [answer.incident for answer in life.answers if history.about(answer.incident)][-20:]
    _timed("what runs", lambda: running(history, PRODUCTION, now))
    _timed("what changed in 30 days", lambda: between(history.until(now), now - month, now, PRODUCTION))
    deployment = running(history, PRODUCTION, now)[0].deployment
    _timed("walk to the origins of a deployment", lambda: walk(history, deployment, "origins"))
    _timed("suspects of 20 incidents", lambda: [suspects(history, incident, now) for incident in incidents])
    found = _timed("attribution of 30 days", lambda: attribute(history, now - month, now, now), 1)
    _timed("DORA of 30 days", lambda: measure(history, PRODUCTION, now - month, now, now, found))
    year = _timed("DORA of the year", lambda: measure(history, PRODUCTION, now - 12 * month, now, now, found), 1)
    print(f"    (lead time n = {year.change_lead_time.n}, deployments n = {year.deployment_frequency.n})")


def _timed(name: str, act: Callable[[], T], rounds: int = 5) -> T:
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        answer = act()
        times.append(time.perf_counter() - start)
    print(f"  {name:38} {statistics.median(times) * 1000:8.1f} ms")
    return answer
