from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headway.integration.results.errors import InvalidRequestError
from headway.integration.results.names import check_artifact_name, check_file_path, check_keys, member_path

CASES: dict[str, Any] = json.loads(Path(__file__).with_name("names.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CASES["names"]["allowed"])
def test_an_artifact_may_have_a_name_that_any_file_system_knows(name: str) -> None:
    check_artifact_name(name)


@pytest.mark.parametrize("name", [*CASES["names"]["refused"], "n" * 256])
def test_an_artifact_name_that_leads_out_of_its_folder_or_is_not_portable_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequestError):
        check_artifact_name(name)


def test_a_refused_name_is_told_with_the_character_and_all_that_are_not_allowed() -> None:
    with pytest.raises(InvalidRequestError, match=r"not valid: a/b.*forward slash /.*Invalid characters include"):
        check_artifact_name("a/b")


@pytest.mark.parametrize("path", CASES["files"]["allowed"])
def test_a_file_may_have_a_path_that_any_file_system_knows(path: str) -> None:
    check_file_path(path)


@pytest.mark.parametrize("path", CASES["files"]["refused"])
def test_a_file_whose_path_is_not_portable_is_refused(path: str) -> None:
    with pytest.raises(InvalidRequestError, match="not valid"):
        check_file_path(path)


@pytest.mark.parametrize(("name", "path"), CASES["members"]["allowed"].items())
def test_a_member_of_an_archive_has_a_path_below_its_folder(name: str, path: str) -> None:
    assert member_path(name) == path


@pytest.mark.parametrize("name", CASES["members"]["refused"])
def test_a_member_that_leads_out_of_its_folder_is_refused(name: str) -> None:
    with pytest.raises(InvalidRequestError, match="would lead out"):
        member_path(name)


@pytest.mark.parametrize(
    ("keys", "words"),
    [
        (["k"] * 11, "maximum of 10"),
        (["a,b"], "commas"),
        (["k" * 513], "larger than 512"),
        ([""], "empty"),
        (["\udc80"], "UTF-8"),
    ],
)
def test_keys_of_caches_that_github_refuses_are_refused_in_its_words(keys: list[str], words: str) -> None:
    with pytest.raises(InvalidRequestError, match=words):
        check_keys(keys)


def test_ten_keys_of_512_characters_are_allowed() -> None:
    check_keys([str(number) * 512 for number in range(10)])
