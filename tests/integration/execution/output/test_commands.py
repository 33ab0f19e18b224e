from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.integration.execution.output.commands import COMMANDS, Command, parse_command

CASES = json.loads(Path(__file__).with_name("commands.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["about"] for case in CASES])
def test_a_line_is_read_as(case: dict[str, Any]) -> None:
    expected = None
    if case["name"] is not None:
        expected = Command(case["name"], case.get("properties", {}), case["data"])
    assert parse_command(case["line"]) == expected


def test_only_the_given_names_are_commands() -> None:
    assert parse_command("::my-token::", ("my-token",)) == Command("my-token", {}, "")
    assert parse_command("##[My-Token]", ("my-token",)) == Command("my-token", {}, "")
    assert parse_command("::debug::x", ("my-token",)) is None


def escape(text: str, more: str = "") -> str:
    return "".join(f"%{ord(char):02X}" if char in "%\r\n" + more else char for char in text)


@given(st.sampled_from(sorted(COMMANDS)), st.text(min_size=1), st.text())
def test_what_is_escaped_comes_back(name: str, value: str, data: str) -> None:
    line = f"::{name} key=x{escape(value, ':,')}x::{escape(data)}"
    assert parse_command(line) == Command(name, {"key": f"x{value}x"}, data)


@given(st.text(st.sampled_from("::##[] =,;%0Aerrordebug\n\x00")))
def test_no_line_breaks_the_parser(line: str) -> None:
    command = parse_command(line)
    assert command is None or command.name in COMMANDS
