from __future__ import annotations

import argparse

import pytest

from headway.cli.options import count, maybe_pair, new_parser, pair


@pytest.mark.parametrize(
    ("text", "expected"), [("a=b", ("a", "b")), ("a=", ("a", "")), ("a=b=c", ("a", "b=c")), ("a b= c ", ("a b", " c "))]
)
def test_a_pair_is_cut_at_the_first_equals_sign(text: str, expected: tuple[str, str]) -> None:
    assert pair(text) == expected
    assert maybe_pair(text) == expected


@pytest.mark.parametrize("text", ["", "a", "=b", "="])
def test_what_is_no_pair_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match=f"'{text}' is not of the form NAME=VALUE"):
        pair(text)


def test_a_value_may_be_left_out_where_it_can_be_had_elsewhere() -> None:
    assert maybe_pair("TOKEN") == ("TOKEN", None)
    with pytest.raises(argparse.ArgumentTypeError, match="NAME or NAME=VALUE"):
        maybe_pair("=x")


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "", "x", " 1", "00"])
def test_a_count_is_above_zero(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a number above 0"):
        count(text)
    assert count("12") == 12


def test_a_parser_shows_its_examples_and_takes_no_abbreviations(capsys: pytest.CaptureFixture[str]) -> None:
    parser = new_parser("do", "Does it.", "  headway do")
    parser.add_argument("--verbose", action="store_true")
    assert parser.format_help().endswith("examples:\n  headway do\n")
    with pytest.raises(SystemExit):
        parser.parse_args(["--verb"])
    assert "--verb" in capsys.readouterr().err
