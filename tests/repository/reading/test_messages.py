from __future__ import annotations

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.repository.reading.messages import Trailer, split, trailers


@pytest.mark.parametrize(
    ("message", "subject", "body"),
    [
        ("Fix it\n", "Fix it", ""),
        ("Fix it\n\nBecause.\n", "Fix it", "Because."),
        ("Fix\nit\n\nBecause.\n\nTwice.\n", "Fix it", "Because.\n\nTwice."),
        ("\n\n  Fix it\r\n\r\nBecause.\r\n", "Fix it", "Because."),
        ("", "", ""),
    ],
)
def test_a_message_is_split_as_git_does(message: str, subject: str, body: str) -> None:
    assert split(message) == (subject, body)


def test_the_trailers_are_in_the_last_paragraph() -> None:
    text = "Fix it\n\nNot-this: one\nbut prose\n\nSigned-off-by: Ada <a@b>\nRefs: #7\n and #8\n"
    assert trailers(text) == (Trailer("Signed-off-by", "Ada <a@b>"), Trailer("Refs", "#7 and #8"))


def test_a_subject_with_a_colon_is_no_trailer() -> None:
    assert trailers("core: fix it") == ()


def test_prose_with_a_colon_is_no_trailer_unless_a_quarter_is_and_git_wrote_one() -> None:
    assert trailers("Fix\n\nNote: this\nis prose\n") == ()
    assert trailers("Fix\n\nSigned-off-by: Ada\nwritten\nby\nhand\n") == (Trailer("Signed-off-by", "Ada"),)


_LINE = st.sampled_from(
    [
        "Refs: #7",
        "Signed-off-by: Ada",
        "prose",
        " continued",
        "Key : value",
        "(cherry picked from commit abc)",
        "",
        "a-b: c",
    ]
)


@given(st.lists(_LINE, max_size=6))
def test_trailers_are_those_that_git_finds(lines: list[str]) -> None:
    message = "\n".join(["Subject", "", "Body.", "", *lines]) + "\n"
    command = ["git", "interpret-trailers", "--parse", "--no-divider"]
    git = subprocess.run(command, input=message, capture_output=True, text=True, check=True).stdout
    ours = "".join(f"{one.key}: {one.value}".rstrip() + "\n" for one in trailers(message))
    theirs = "".join(line + "\n" for line in git.splitlines() if ": " in line)
    assert ours == theirs
