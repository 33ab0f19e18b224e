from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headway.integration.local.parsed import ParsedFiles
from headway.kernel.errors import InputError
from headway.kernel.yaml import load

if TYPE_CHECKING:
    from pathlib import Path

TEXT = "on: push\njobs:\n  a: {steps: [{run: x}, {if: ~, with: {n: 1.5, 'q': \"é\"}}], empty: [], none: {}}\n"
PATH = ".github/workflows/ci.yml"


@pytest.fixture
def parsed(tmp_path: Path) -> ParsedFiles:
    return ParsedFiles(str(tmp_path), "/home/ada/shop")


def kept(folder: Path) -> Path:
    (file,) = [path for path in folder.rglob("*") if path.is_file()]
    return file


@pytest.mark.parametrize("text", [TEXT, TEXT.encode(), "", "just text", "[1, [2, [3]]]", "a: &x 1\nb: *x"])
def test_what_was_kept_is_what_was_parsed(parsed: ParsedFiles, text: str | bytes) -> None:
    first = parsed.parse(text, PATH)
    assert parsed.parse(text, PATH) == first == load(text, PATH)


def test_a_changed_text_is_parsed_again(parsed: ParsedFiles) -> None:
    parsed.parse(TEXT, PATH)
    changed = TEXT.replace("push", "pull_request")
    assert parsed.parse(changed, PATH) == load(changed, PATH)
    assert parsed.parse(TEXT, PATH) == load(TEXT, PATH)


def test_a_text_that_is_no_yaml_is_refused_each_time(parsed: ParsedFiles, tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(InputError):
            parsed.parse("a: [", PATH)
    assert not list(tmp_path.rglob("*.yml*"))


def test_files_of_one_name_in_two_repositories_are_two(tmp_path: Path) -> None:
    one, two = ParsedFiles(str(tmp_path), "/one"), ParsedFiles(str(tmp_path), "/two")
    one.parse("a: 1", PATH)
    assert two.parse("a: 2", PATH) == load("a: 2", PATH)
    assert one.parse("a: 1", PATH) == load("a: 1", PATH)


@pytest.mark.parametrize(
    "damage", [b"", b"\x00", b"not marshal", b"\xff" * 100, b"i\x01\x00\x00\x00", b"(\x03\x00\x00\x00NNN"]
)
def test_a_damaged_file_is_parsed_again_and_mended(parsed: ParsedFiles, tmp_path: Path, damage: bytes) -> None:
    parsed.parse(TEXT, PATH)
    whole = kept(tmp_path).read_bytes()
    kept(tmp_path).write_bytes(damage)
    assert parsed.parse(TEXT, PATH) == load(TEXT, PATH)
    assert kept(tmp_path).read_bytes() == whole


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 400))
def test_a_file_that_was_cut_short_is_parsed_again(parsed: ParsedFiles, tmp_path: Path, cut: int) -> None:
    parsed.parse(TEXT, PATH)
    file = kept(tmp_path)
    file.write_bytes(file.read_bytes()[:cut])
    assert parsed.parse(TEXT, PATH) == load(TEXT, PATH)


def test_a_folder_that_cannot_be_written_costs_only_the_memory(tmp_path: Path) -> None:
    (tmp_path / "parsed").write_text("in the way")
    assert ParsedFiles(str(tmp_path), "/shop").parse(TEXT, PATH) == load(TEXT, PATH)


def test_nothing_half_written_is_left(parsed: ParsedFiles, tmp_path: Path) -> None:
    parsed.parse(TEXT, PATH)
    assert kept(tmp_path).name == PATH.replace("/", "%")
    assert str(os.getpid()) not in kept(tmp_path).name


def test_what_is_kept_is_for_the_user_alone(parsed: ParsedFiles, tmp_path: Path) -> None:
    parsed.parse(TEXT, PATH)
    assert kept(tmp_path).parent.stat().st_mode & 0o077 == 0
