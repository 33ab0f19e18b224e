"""What holds for every history: small parts of generated lives, shuffled, doubled and cut."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from random import Random
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.team_life import generate
from headway.insight.attribution import attribute
from headway.insight.changes import DEPLOYED, REMOVED, ROLLED_BACK, UPGRADED, between
from headway.insight.dora import measure
from headway.insight.history import History
from headway.insight.production import running
from headway.insight.suspects import suspects
from headway.insight.symptoms import BEGUN
from headway.kernel.ledger.records import SealedEvent
from tests.insight.book import PRODUCTION

if TYPE_CHECKING:
    from datetime import datetime

    from bench.team_life.writing import Told

seeds = st.integers(1, 5)
moments = st.floats(0.05, 1)


@cache
def life(seed: int) -> tuple[list[Told], History]:
    told = list(generate(seed, months=0.5, people=5, services=5).told)
    return told, History.told(told)


def moment(told: list[Told], share: float) -> datetime:
    start, end = told[0][0].time, told[-1][0].time
    return start + (end - start) * share


def answers(history: History, now: datetime) -> list[object]:
    start = now - timedelta(days=14)
    incidents = [event.subject for event in history.until(now).of_type(*BEGUN)][-3:]
    attributed = attribute(history, now - timedelta(days=3), now, now)
    return [
        running(history, PRODUCTION, now),
        between(history.until(now), start, now),
        measure(history, PRODUCTION, start, now, now, attributed),
        *(suspects(history, incident, now) for incident in incidents),
    ]


@settings(max_examples=25, deadline=None)
@given(seeds, moments, st.integers(0, 999))
def test_the_order_of_the_input_and_double_delivery_change_no_answer(seed: int, share: float, order: int) -> None:
    told, history = life(seed)
    now = moment(told, share)
    random = Random(order)
    events = [event for event, _ in told] + [event for event, _ in told[::7]]
    random.shuffle(events)
    sealed = [SealedEvent(number, "", event) if number % 3 == 0 else event for number, event in enumerate(events)]
    links = [(event.id, established) for event, established in told]
    random.shuffle(links)
    assert answers(History(sealed, dict(links)), now) == answers(history, now)


@settings(max_examples=25, deadline=None)
@given(seeds, moments)
def test_nothing_after_now_changes_an_answer(seed: int, share: float) -> None:
    told, history = life(seed)
    now = moment(told, share)
    assert answers(History.told(entry for entry in told if entry[0].time <= now), now) == answers(history, now)


@settings(max_examples=40, deadline=None)
@given(seeds, moments)
def test_what_runs_is_the_replay_of_what_services_said(seed: int, share: float) -> None:
    told, history = life(seed)
    now = moment(told, share)
    runs: dict[str, object] = {}
    for event, _ in told:
        if event.time <= now and event.data.get("environment") == {"id": "production"}:
            if event.type in (DEPLOYED, UPGRADED, ROLLED_BACK):
                runs[event.subject] = event.data["artifactId"]
            elif event.type == REMOVED:
                runs.pop(event.subject, None)
    assert {service.service: service.artifact for service in running(history, PRODUCTION, now)} == runs


@settings(max_examples=40, deadline=None)
@given(seeds, moments, moments)
def test_rates_are_between_none_and_all_and_no_duration_is_negative(seed: int, share: float, other: float) -> None:
    told, history = life(seed)
    start, end = sorted((moment(told, share), moment(told, other)))
    attributed = attribute(history, start, end, end)
    delivery = measure(history, PRODUCTION, start, end, end, attributed)
    for rate in (delivery.change_fail_rate, delivery.deployment_rework_rate):
        assert 0 <= rate.matching <= rate.n
        assert (rate.rate is None) == (rate.n == 0)
    for spans in (delivery.change_lead_time, delivery.failed_deployment_recovery_time.durations):
        assert (spans.median is None) == (spans.p90 is None) == (spans.n == 0)
        assert spans.median is None or spans.p90 is None or timedelta(0) <= spans.median <= spans.p90


@settings(max_examples=40, deadline=None)
@given(seeds, moments)
def test_probabilities_add_up_to_at_most_1_and_fall(seed: int, share: float) -> None:
    told, history = life(seed)
    now = moment(told, share)
    for event in history.until(now).of_type(*BEGUN)[-3:]:
        answer = suspects(history, event.subject, now)
        probabilities = [suspect.probability for suspect in answer.suspects]
        assert probabilities == sorted(probabilities, reverse=True)
        assert sum(probabilities) + answer.outside.probability <= 1 + 1e-9
        assert all(abs(sum(c.share for c in s.commits)) <= 1 + 1e-9 for s in answer.suspects)


@settings(max_examples=40, deadline=None)
@given(seeds, moments, moments, moments)
def test_what_changed_in_two_halves_is_what_changed_in_the_whole(seed: int, a: float, b: float, c: float) -> None:
    told, history = life(seed)
    start, middle, end = (moment(told, share) for share in sorted((a, b, c)))
    halves = (*between(history, start, middle), *between(history, middle, end))
    assert halves == between(history, start, end)
