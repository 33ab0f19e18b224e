"""Which change caused an incident: suspects, ranked, with the evidence for and against each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, NamedTuple

from headway.insight import model
from headway.insight.changes import between
from headway.insight.evidence import Evidence, Scene, outside_evidence, weigh
from headway.insight.graph import Dependencies
from headway.insight.narrowing import CommitSuspect, narrow
from headway.insight.symptoms import Symptoms, symptoms

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from headway.insight.changes import Change
    from headway.insight.history import History

Verdict = Literal["suspect", "unknown"]


class Suspect(NamedTuple):
    """A change that may be the reason. ``score`` is the natural logarithm of its rate (see ``model.py``)."""

    change: Change
    probability: float
    score: float
    evidence: tuple[Evidence, ...]
    commits: tuple[CommitSuspect, ...]


class Outside(NamedTuple):
    """The hypothesis that the reason is nothing in the ledger."""

    probability: float
    score: float
    evidence: tuple[Evidence, ...]


class Answer(NamedTuple):
    """What may have caused an incident or alert, as far as it was known at ``now``.

    ``verdict`` is ``suspect`` when the first suspect passes the threshold, else ``unknown``; the suspects are named
    anyway, the likeliest first. ``symptoms`` is ``None`` when the ledger did not know the incident then.
    """

    subject: str
    now: datetime
    verdict: Verdict
    suspects: tuple[Suspect, ...]
    outside: Outside
    symptoms: Symptoms | None


def suspects(history: History, subject: str, now: datetime) -> Answer:
    """Return who is suspected of an incident (``incident:5``) or alert, by what was known at ``now``.

    Candidates are the changes in its environment, or of no environment in particular, that began in the five days
    before the first symptom. Nothing that happened after ``now`` is read, and neither are the links ``caused`` from
    changes and ``fixed-by``, which people set when they know the answer.
    """
    known = history.until(now)
    seen = symptoms(known, subject)
    if seen is None:
        return Answer(subject, now, "unknown", (), Outside(1.0, 0.0, ()), None)
    scene = Scene(known, seen, Dependencies(known))
    candidates = between(known, seen.first - model.LOOKED_BACK, seen.first + model.CLOCK_SKEW, seen.environment)
    weighed = [(change, weigh(scene, change)) for change in candidates]
    against = outside_evidence(scene)
    scores = [_score(evidence) for _, evidence in weighed]
    probabilities = _shares([_score(against), *scores])
    ranked = sorted(
        zip(weighed, scores, probabilities[1:], strict=True),
        key=lambda entry: (-entry[1], -entry[0][0].began.timestamp(), entry[0][0].subject),
    )
    named = tuple(
        Suspect(change, probability, score, evidence, narrow(scene, change))
        for (change, evidence), score, probability in ranked[: model.LONGEST_LIST]
        if score > -math.inf
    )
    outside = Outside(probabilities[0], _score(against), against)
    return Answer(subject, now, _verdict(named, outside), named, outside, seen)


def _score(evidence: Sequence[Evidence]) -> float:
    return sum(piece.weight for piece in evidence)


def _shares(scores: Sequence[float]) -> list[float]:
    """Return what share each rate has in their sum, from their logarithms."""
    highest = max(scores)
    rates = [math.exp(score - highest) for score in scores]
    return [rate / sum(rates) for rate in rates]


def _verdict(named: Sequence[Suspect], outside: Outside) -> Verdict:
    likeliest = named[0].probability if named else 0.0
    clear = likeliest >= model.LEAST_PROBABILITY and outside.probability <= model.MOST_OUTSIDE
    return "suspect" if clear else "unknown"
