from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from headway.cli.request import request_of
from headway.cli.run import parser
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from pathlib import Path

    from headway.integration.local.request import RunRequest


def request(*arguments: str) -> RunRequest:
    return request_of(parser().parse_args(arguments))


def test_without_options_a_push_is_run_here() -> None:
    plain = request()
    assert (plain.folder, plain.workflows, plain.event, plain.payload, plain.jobs) == (".", (), "push", None, ())
    assert (plain.native, plain.offline, plain.debug, plain.failed_only, plain.any_runner) == (
        True,
        False,
        False,
        False,
        False,
    )
    assert plain.capacity == 2 * (os.cpu_count() or 1)


def test_every_option_reaches_the_request(tmp_path: Path) -> None:
    whole = request(
        "ci", "release.yml", "-C", "/shop", "--event", "release", "--job", "a", "--job", "b", "--jobs", "3",
        "--var", "V=1", "--secret", "S=2", "--env", "E=3", "--input", "I=4", "--matrix", "OS=x", "--matrix", "os=y",
        "--offline", "--refresh", "--no-native", "--failed", "--any-runner", "--debug",
        "--action-source", f"acme/x={tmp_path}", "--action-source", "https://git.example/base",
    )  # fmt: skip
    assert (whole.workflows, whole.folder, whole.event, whole.jobs, whole.capacity) == (
        ("ci", "release.yml"),
        "/shop",
        "release",
        ("a", "b"),
        3,
    )
    assert (whole.variables, whole.secrets, whole.environment, whole.inputs) == (
        {"V": "1"},
        {"S": "2"},
        {"E": "3"},
        {"I": "4"},
    )
    assert whole.matrix == {"os": ("x", "y")}
    assert (whole.offline, whole.refresh, whole.native, whole.failed_only, whole.any_runner, whole.debug) == (
        True,
        True,
        False,
        True,
        True,
        True,
    )
    assert (whole.action_sources, whole.action_base) == ({"acme/x": str(tmp_path)}, "https://git.example/base")


def test_an_input_asks_for_a_dispatch_unless_another_event_is_named() -> None:
    assert request("--input", "a=b").event == "workflow_dispatch"
    assert request("--input", "a=b", "--event", "push").event == "push"


def test_values_without_one_are_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MINE", "from here")
    assert request("--env", "MINE").environment == {"MINE": "from here"}
    assert request("--secret", "MINE").secrets == {"MINE": "from here"}
    assert request("--secret", "MINE=").secrets == {"MINE": ""}


def test_secrets_of_a_file_are_read_as_shells_write_them_and_options_win(tmp_path: Path) -> None:
    file = tmp_path / "secrets"
    file.write_text("# comment\n\nA=1\nexport B='two words'\n C = \"x=y\" \nD=\nE='\n")
    assert request("--secret-file", str(file), "--secret", "A=9").secrets == {
        "A": "9",
        "B": "two words",
        "C": "x=y",
        "D": "",
        "E": "'",
    }


@pytest.mark.parametrize("text", ["just text", "A=1\n=2", "A B=1"])
def test_a_file_of_secrets_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secrets"
    file.write_text(text)
    with pytest.raises(HeadwayError):
        request("--secret-file", str(file))


@pytest.mark.parametrize("text", ["", "{", "[]", "7", "[" * 100_000])
def test_a_payload_that_is_no_object_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "payload.json"
    file.write_text(text)
    with pytest.raises(HeadwayError, match="a JSON object was expected"):
        request("--payload", str(file))


def test_a_payload_is_read(tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_text('{"number": 7}')
    assert request("--payload", str(file)).payload == {"number": 7}


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--event", "psuh"], "push"),
        (["--env", "NO_SUCH_VARIABLE"], "--env NO_SUCH_VARIABLE=VALUE"),
        (["--secret", "9X=1"], "'9X'"),
        (["--payload", "/none"], "No such file"),
        (["--secret-file", "/none"], "No such file"),
        (["--action-source", "acme/x=/none"], "'/none' is no folder here"),
    ],
)
def test_what_is_wrong_is_named(arguments: list[str], named: str) -> None:
    with pytest.raises(HeadwayError) as raised:
        request(*arguments)
    assert named in str(raised.value)


def test_the_base_of_all_actions_may_be_any_address_that_git_takes() -> None:
    for where in ("https://git.example.org", "git@git.example.org:mirrors", "ssh://git@git.example.org/mirrors", "/"):
        request = request_of(parser().parse_args(["--action-source", where]))
        assert request.action_base == where


def test_a_file_of_secrets_may_begin_with_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "secrets").write_bytes(b"\xef\xbb\xbfTOKEN=x\r\n")
    assert request_of(parser().parse_args(["--secret-file", str(tmp_path / "secrets")])).secrets == {"TOKEN": "x"}
