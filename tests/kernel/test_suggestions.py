from __future__ import annotations

import pytest

from headway.kernel.suggestions import did_you_mean


@pytest.mark.parametrize(
    ("seen", "known", "expected"),
    [
        ("biuld", ["build", "test"], "did you mean 'build'?"),
        ("BUILD", ["build"], "did you mean 'build'?"),
        ("runs_on", ["runs-on", "run-name"], "did you mean 'runs-on'?"),
        ("deploi", ["Deploy"], "did you mean 'Deploy'?"),
        ("xyz", ["build", "test"], ""),
        ("", ["build"], ""),
        ("build", [], ""),
    ],
)
def test_the_nearest_name_is_suggested_and_only_a_near_one(seen: str, known: list[str], expected: str) -> None:
    assert did_you_mean(seen, known) == expected


def test_names_may_come_one_by_one() -> None:
    assert did_you_mean("tset", (name for name in ("build", "test"))) == "did you mean 'test'?"
