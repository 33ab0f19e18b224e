"""How well suspects are named in a team's life, beside two simple rules."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from headway.insight.changes import deployments
from headway.insight.suspects import Answer as Named
from headway.insight.suspects import suspects

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bench.team_life.world import Answer
    from headway.insight.history import History

LATER = timedelta(minutes=15)
"""How long after an incident was told the question is asked."""


class Grade(NamedTuple):
    """One incident: what was named, whether that is right, and whether simple rules are.

    ``latest`` names the latest deployment to the environment before the first symptom, ``own`` the latest one of the
    affected service; neither ever says 'unknown'.
    """

    answer: Answer
    named: Named
    right: bool
    first: bool
    latest: bool
    own: bool
    commit: bool


class Total(NamedTuple):
    """Shares of right answers, and of how many: with a culprit (ours, the simple rules'), without, and of commits."""

    culprits: int
    right: float
    ranked_first: float
    latest: float
    own: float
    without: int
    unknown: float
    commits: float


def grade(history: History, answers: Iterable[Answer]) -> list[Grade]:
    """Return how each incident was answered; those that were never told are left out."""
    asked = ((answer, history.about(answer.incident)) for answer in answers)
    return [_grade(history, answer, events[0].time) for answer, events in asked if events]


def _grade(history: History, answer: Answer, told: datetime) -> Grade:
    named = suspects(history, answer.incident, told + LATER)
    first = named.suspects[0].change.subject if named.suspects else ""
    right = (first if named.verdict == "suspect" else "") == answer.culprit
    latest, own = _simple(history, named)
    commits = named.suspects[0].commits if named.suspects else ()
    return Grade(
        answer,
        named,
        right,
        first == answer.culprit,
        latest == answer.culprit,
        own == answer.culprit,
        right and bool(commits) and commits[0].commit.subject == answer.commit,
    )


def _simple(history: History, named: Named) -> tuple[str, str]:
    seen = named.symptoms
    if seen is None:
        return "", ""
    found = deployments(history.until(named.now), seen.first - timedelta(days=30), seen.first, seen.environment)
    own = [change.subject for change in found if change.services == seen.services[:1]]
    return found[-1].subject if found else "", own[-1] if own else ""


def total(grades: Sequence[Grade]) -> Total:
    """Return the shares of right answers."""
    culprits = [one for one in grades if one.answer.culprit]
    without = [one for one in grades if not one.answer.culprit]
    narrowed = [one for one in culprits if one.answer.commit and one.right]
    return Total(
        len(culprits),
        _share([one.right for one in culprits]),
        _share([one.first for one in culprits]),
        _share([one.latest for one in culprits]),
        _share([one.own for one in culprits]),
        len(without),
        _share([one.right for one in without]),
        _share([one.commit for one in narrowed]),
    )


def _share(flags: Sequence[bool]) -> float:
    return sum(flags) / len(flags) if flags else 1.0
