from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headway.integration.execution.output.matcher_files import parse_matchers
from headway.integration.execution.output.matchers import MatcherSet
from headway.integration.execution.output.pump import OutputSettings

from .recorder import Step

SECRETS = ("hunter2", "2hunt", "line one\nline two", "é-key")
FRAGMENTS = (
    b"text ", b"\n", b"\n", b"\r\n", b"\r", b"\0", b"\xff", b" ", b"E bad", b"\nE: odd\n",
    b"\n::error file=a,line=1::oops\n", b"\n::group::g\n", b"\n::endgroup::\n", b"\n::add-mask::masked-value\n",
    b"masked-value", b"\n::set-output name=x::y\n", b"\n::stop-commands::abcdefgh\n", b"\n::abcdefgh::\n",
    b"::debug::d", b"::", b"##[", b"##[warning]w", b"]", b"hunter2", b"hunt", b"er2", b"line one", b"line two",
    "é-key".encode(), b"\xc3", b"\xa9-key", b"x" * 50, b"\n::echo::on\n", b"\n::remove-matcher owner=e::\n",
    b"%0A", b"\x1b[31m", b"aHVudGVyMg==",
)  # fmt: skip
MATCHERS = parse_matchers(
    rb'{"problemMatcher": [{"owner": "e", "pattern": [{"regexp": "^E:? (.*)$", "message": 1}]}]}', "m.json"
).matchers

TEXTS = st.lists(st.sampled_from(FRAGMENTS), max_size=30).map(b"".join)
CUTS = st.lists(st.integers(0, 400), max_size=12)


def chunks_of(text: bytes, cuts: list[int]) -> list[bytes]:
    return [text[start:end] for start, end in pairwise([0, *sorted(cuts), len(text)])]


def new_step(longest_line: int = 60) -> Step:
    return Step(OutputSettings(debug=True), SECRETS, MatcherSet(MATCHERS), longest_line)


def events_of(chunks: list[bytes], longest_line: int = 60) -> list[tuple[Any, ...]]:
    return new_step(longest_line).prints(*chunks).events


@given(TEXTS, CUTS, st.sampled_from([20, 60, 1 << 20]))
@example(b"a\r\nb", [2], 60)
@example(b"\n::set-output name=x::y\r\n", [5, 24], 60)
@example(b"x" * 50 + b"hunter2" * 10, [55, 60, 70], 20)
@example(b"E this line is too long to be looked at\n", [30], 20)
def test_any_chunking_of_the_same_bytes_gives_the_same_log_and_events(
    text: bytes, cuts: list[int], longest_line: int
) -> None:
    assert events_of(chunks_of(text, cuts), longest_line) == events_of([text], longest_line)


@given(TEXTS, CUTS, st.sampled_from([5, 20, 60, 1 << 20]))
@example(b"hunter2hunter2", [3], 5)
def test_secrets_never_appear_in_the_log(text: bytes, cuts: list[int], longest_line: int) -> None:
    log = new_step(longest_line).prints(*chunks_of(text, cuts)).text
    for secret in (b"hunter2", b"line one", b"line two", "é-key".encode(), b"aHVudGVyMg=="):
        assert secret not in log


@given(TEXTS, st.sampled_from([20, 60, 1 << 20]))
def test_plain_lines_lose_nothing(text: bytes, longest_line: int) -> None:
    plain = text.replace(b"::", b"").replace(b"##[", b"")
    log = Step(longest_line=longest_line).prints(plain).text
    expected = plain.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    assert log == expected + b"\n" * (expected[-1:] not in (b"", b"\n"))


@given(TEXTS, CUTS)
def test_every_piece_of_the_log_ends_a_line(text: bytes, cuts: list[int]) -> None:
    pieces = new_step(1 << 20).prints(*chunks_of(text, cuts)).pieces
    assert all(piece.endswith(b"\n") for piece in pieces)


BORDERS = (
    b"before hunter2\r\n  ::error file=a.c,line=1::bad%0Ahunter2\r\n::add-mask::masked-value\nmasked-value\r"
    b"x ##[group]t\nE: found\n::stop-commands::abcdefgh\n::error::x\n::abcdefgh::\n::set-output name=a::b\nend"
)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 64])
def test_commands_are_recognised_in_chunks_of_any_size(size: int) -> None:
    chunks = [BORDERS[at : at + size] for at in range(0, len(BORDERS), size)]
    assert events_of(chunks, 1 << 20) == events_of([BORDERS], 1 << 20)


def test_commands_are_recognised_at_every_border() -> None:
    whole = events_of([BORDERS], 1 << 20)
    assert {event[0] for event in whole} == {"log", "annotation", "output"}
    for cut in range(len(BORDERS)):
        assert events_of([BORDERS[:cut], BORDERS[cut:]], 1 << 20) == whole, cut
