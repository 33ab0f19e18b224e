from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.integration.execution.files import (
    LARGEST_FILE,
    LARGEST_SUMMARY,
    LARGEST_VARIABLE,
    parse_env,
    parse_path,
    parse_summary,
    parse_values,
)

CASES = json.loads(Path(__file__).with_name("environment_files.json").read_text())
NAMES = st.text(st.characters(exclude_characters="\n=<", exclude_categories=["Cs"]), min_size=1)
VALUES = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.mark.parametrize("case", CASES, ids=[case["about"] for case in CASES])
def test_a_file_holds(case: dict[str, Any]) -> None:
    found = parse_values(case["text"].encode(), "GITHUB_OUTPUT")
    assert [list(pair) for pair in found.values] == case["values"]
    expected = case.get("problems", [])
    assert [problem.line for problem in found.problems] == [line for line, _ in expected]
    for problem, (_, message) in zip(found.problems, expected, strict=True):
        assert problem.path == "GITHUB_OUTPUT"
        assert message in problem.message
    if "hint" in case:
        assert case["hint"] in found.problems[0].hint


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_tells_the_encoding(encoding: str) -> None:
    assert parse_values("é=ü\n".encode(encoding), "x").values == (("é", "ü"),)


def test_what_is_no_utf8_becomes_replacement_characters() -> None:
    assert parse_values(b"A=\xff\n", "x").values == (("A", "\ufffd"),)


def test_a_file_that_is_too_large_is_refused() -> None:
    found = parse_values(b"A=1\n" + b"x" * LARGEST_FILE, "x")
    assert (found.values, [problem.message for problem in found.problems]) == ((), ["it has more than 50 MiB"])


def test_a_file_with_many_lines_and_no_end_mark_is_read_in_one_go() -> None:
    lines = b"".join(b"N%d<<EOF\nx\nEOF\n" % number for number in range(20_000))
    found = parse_values(lines + b"N<<NEVER\n" + b"y\n" * 100_000, "x")
    assert (len(found.values), len(found.problems)) == (20_000, 1)


@given(st.lists(st.tuples(NAMES, VALUES)))
def test_what_is_written_with_end_marks_is_read_back(pairs: list[tuple[str, str]]) -> None:
    mark = "ghadelimiter_0123456789"
    text = "".join(f"{name}<<{mark}\n{value}\n{mark}\n" for name, value in pairs)
    assert parse_values(b"\xef\xbb\xbf" + text.encode(), "x").values == tuple(pairs)


@given(st.binary())
def test_no_file_breaks_the_parsers(data: bytes) -> None:
    for found in (parse_values(data, "x"), parse_env(data, "x")):
        lines = [problem.line for problem in found.problems]
        assert lines == sorted(set(lines))
    parse_path(data)
    parse_summary(data, "x")


@pytest.mark.parametrize("name", ["NODE_OPTIONS", "node_options", "GITHUB_SHA", "RUNNER_OS", "RUNNER_TRACKING_ID"])
def test_protected_variables_are_noted_and_left_out(name: str) -> None:
    found = parse_env(f"A=1\n{name}=x\nB=2\n".encode(), "GITHUB_ENV")
    assert found.values == (("A", "1"), ("B", "2"))
    assert found.problems == ()
    assert [note.message.split(":")[0] for note in found.notes] == [f"{name} is not set"]


@pytest.mark.parametrize("name", ["CI", "GITHUB_TOKEN", "GITHUB_", "MY_GITHUB_SHA", "RUNNER_COLOUR", "PATH"])
def test_all_other_variables_can_be_set(name: str) -> None:
    assert parse_env(f"{name}=x".encode(), "x") == parse_values(f"{name}=x".encode(), "x")


def test_a_variable_with_a_nul_is_left_out() -> None:
    found = parse_env(b"A=\0\nB\0=\nC=1\n", "x")
    assert (found.values, len(found.notes)) == ((("C", "1"),), 2)


def test_a_variable_with_which_nothing_starts_is_noted() -> None:
    fitting = b"A=" + b"x" * (LARGEST_VARIABLE - 2)
    assert parse_env(fitting, "x").notes == ()
    found = parse_env(fitting + b"x", "x")
    assert (len(found.values), [note.severity for note in found.notes]) == (1, ["warning"])


@pytest.mark.parametrize(
    ("text", "folders"),
    [
        ("", ()),
        ("/a\n/b\n", ("/a", "/b")),
        ("/a\r\n\r\n/b\r/c", ("/a", "/b", "/c")),
        ("/a\n/b\n/a\n", ("/b", "/a")),
        (" /with blank \n", (" /with blank ",)),
        ("\ufeff/a\n", ("/a",)),
    ],
)
def test_folders_for_the_path_come_one_a_line(text: str, folders: tuple[str, ...]) -> None:
    assert parse_path(text.encode()) == folders


def test_a_summary_may_have_one_mebibyte() -> None:
    assert parse_summary(b"x" * LARGEST_SUMMARY, "x") == ("x" * LARGEST_SUMMARY, None)
    text, problem = parse_summary(b"x" * (LARGEST_SUMMARY + 1), "GITHUB_STEP_SUMMARY")
    assert text == ""
    assert problem is not None
    assert "it has 1025 KiB, 1024 are allowed" in problem.message
