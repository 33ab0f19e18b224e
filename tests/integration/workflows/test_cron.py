from __future__ import annotations

import pytest

from headway.integration.workflows.cron import problem_in_cron


@pytest.mark.parametrize(
    "text",
    [
        "* * * * *",
        "*/5 0-23 1,15 * *",
        "0 0 1,2 jan-mar mon",
        "0 0 * * sun,fri-sat",
        "0-59/15 * * * *",
        "1/2 * * * *",
        "0 0 31 2 *",
        "5  4 * * MON",
    ],
)
def test_schedules_that_github_takes_are_taken(text: str) -> None:
    assert problem_in_cron(text) == ""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "0 fields were given, 5 are needed"),
        ("@daily", "1 fields were given, 5 are needed"),
        ("60 * * * *", "'60' is not valid for the minute (0 to 59)"),
        ("* 24 * * *", "'24' is not valid for the hour (0 to 23)"),
        ("* * 0 * *", "'0' is not valid for the day of the month (1 to 31)"),
        ("* * * 13 *", "'13' is not valid for the month (1 to 12)"),
        ("* * * * 7", "'7' is not valid for the day of the week (0 to 6)"),
        ("5-1 * * * *", "'5-1' is not valid for the minute (0 to 59)"),
        ("*/0 * * * *", "'*/0' is not valid for the minute (0 to 59)"),
        ("*/61 * * * *", "'*/61' is not valid for the minute (0 to 59)"),
        ("-1 * * * *", "'-1' is not valid for the minute (0 to 59)"),
        ("1,,2 * * * *", "'' is not valid for the minute (0 to 59)"),
        ("* * * * * *", "6 fields were given, 5 are needed"),
        ("١ * * * *", "'١' is not valid for the minute (0 to 59)"),
    ],
)
def test_what_is_no_schedule_is_refused_with_the_part_that_is_wrong(text: str, problem: str) -> None:
    assert problem_in_cron(text) == problem
