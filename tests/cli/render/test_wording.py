from __future__ import annotations

import pytest

from headway.cli.render.wording import COLOURS, SIGNS, WORDS, duration, size


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.0, "0.00 s"),
        (0.004, "0.00 s"),
        (0.05, "0.05 s"),
        (0.1, "0.1 s"),
        (3.21, "3.2 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (60, "1 min 00 s"),
        (125, "2 min 05 s"),
        (3599.4, "59 min 59 s"),
        (3599.6, "1 h 00 min"),
        (3720, "1 h 02 min"),
        (90_000, "25 h 00 min"),
    ],
)
def test_times_are_said_as_people_say_them(seconds: float, said: str) -> None:
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1234, "1.2 kB"),
        (999_949, "999.9 kB"),
        (999_951, "1.0 MB"),
        (25_000_000, "25.0 MB"),
        (999_999_999, "1.0 GB"),
        (5_400_000_000_000, "5400.0 GB"),
    ],
)
def test_sizes_are_said_as_people_say_them(count: int, said: str) -> None:
    assert size(count) == said


def test_every_state_has_a_sign_and_a_colour_and_every_end_a_word() -> None:
    assert SIGNS.keys() == COLOURS.keys() == {*WORDS, "running"}
    assert len(set(SIGNS.values())) == len(SIGNS)
