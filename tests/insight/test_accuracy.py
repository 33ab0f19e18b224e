"""Whether the suspects are right, over the lives of several teams.

The numbers of ``insight/model.py`` were tuned on the seeds 1 to 10. The seeds here were not looked at until the numbers
stood. Answers are asked for 15 minutes after each incident was told.
"""

from __future__ import annotations

from functools import cache

import pytest

from bench.team_life import generate
from bench.team_life.grading import Grade, grade, total
from headway.insight.history import History

SEEDS = (101, 102, 103, 104, 105, 106)


@cache
def graded(seed: int) -> tuple[Grade, ...]:
    life = generate(seed, months=3)
    history = History.told(life.told)
    return tuple(grade(history, life.answers))


def all_of(*seeds: int) -> list[Grade]:
    return [one for seed in seeds for one in graded(seed)]


@pytest.mark.timeout(600)
def test_nine_of_ten_culprits_stand_first_and_nine_of_ten_without_one_are_unknown() -> None:
    """One test for all seeds, since several workers would each have to live these lives."""
    scores = total(all_of(*SEEDS))
    assert scores.culprits > 250
    assert scores.right >= 0.9
    assert scores.without > 80
    assert scores.unknown >= 0.9
    assert max(scores.latest, scores.own) < 0.6, "the simple rules must not do, or the lives are too easy"


def test_probabilities_mean_what_they_say_and_commits_are_named_better_than_by_chance() -> None:
    grades = all_of(*SEEDS[:3])
    named = [
        (suspect.probability, suspect.change.subject == one.answer.culprit)
        for one in grades
        for suspect in one.named.suspects
    ]
    for low, high in ((0.05, 0.35), (0.35, 0.65), (0.65, 0.9), (0.9, 1.01)):
        within = [(probability, right) for probability, right in named if low <= probability < high]
        said = sum(probability for probability, _ in within) / len(within)
        found = sum(right for _, right in within) / len(within)
        assert said == pytest.approx(found, abs=0.17), f"between {low} and {high}, of {len(within)}"
    right = [one for one in grades if one.right and one.answer.commit]
    chance = sum(1 / len(one.named.suspects[0].change.commits) for one in right) / len(right)
    assert sum(one.commit for one in right) / len(right) > 1.5 * chance
