from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.kernel.engines.options import parse_options
from headway.kernel.engines.specs import add_ports, add_volumes, merge
from headway.kernel.engines.words import split_words
from headway.kernel.errors import HeadwayError

CASES = json.loads((Path(__file__).parent / "options.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(("text", "expected"), [case for case in CASES if isinstance(case[1], dict)])
def test_options_become_parts_of_the_body(text: str, expected: dict[str, Any]) -> None:
    assert parse_options(text) == expected


@pytest.mark.parametrize(("text", "message"), [case for case in CASES if isinstance(case[1], str)])
def test_options_that_cannot_be_read_are_named(text: str, message: str) -> None:
    with pytest.raises(HeadwayError) as caught:
        parse_options(text)
    assert message in str(caught.value)


def test_further_options_can_be_refused() -> None:
    with pytest.raises(HeadwayError, match="'--entrypoint' is not supported: because"):
        parse_options("--entrypoint sh", {"entrypoint": "because"})


@given(st.text(max_size=60))
def test_no_options_lead_to_anything_but_a_body_or_an_error(text: str) -> None:
    try:
        parse_options(text)
    except HeadwayError:
        return


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("  a\tb\nc ", ["a", "b", "c"]),
        ('"a b" c"d e"f', ["a b", "cd ef"]),
        ("'a b'", ["'a", "b'"]),
        ('""', [""]),
        (r"a\b", [r"a\b"]),
        (r"\"a\" b", ['"a"', "b"]),
        (r'"a\\" b', ["a\\", "b"]),
        (r'"a\"b c"', ['a"b c']),
        ('"a""b"', ['a"b']),
        ('"open', ["open"]),
        ("a\\", ["a\\"]),
    ],
)
def test_words_are_split_as_the_runner_splits_them(text: str, words: list[str]) -> None:
    assert split_words(text) == words


@given(st.lists(st.text(alphabet='ab "\\\t', max_size=6), max_size=5))
def test_words_that_were_quoted_are_split_into_themselves(words: list[str]) -> None:
    line = " ".join('"' + _escaped(word) + '"' for word in words)
    assert split_words(line) == words


def _escaped(word: str) -> str:
    result = ""
    slashes = 0
    for character in word:
        if character == "\\":
            slashes += 1
        elif character == '"':
            result += "\\" * (2 * slashes + 1) + '"'
            slashes = 0
        else:
            result += "\\" * slashes + character
            slashes = 0
    return result + "\\" * (2 * slashes)


@pytest.mark.parametrize(
    ("volume", "body"),
    [
        ("/a", {"Volumes": {"/a": {}}}),
        ("name:/a", {"HostConfig": {"Binds": ["name:/a"]}}),
        ("/b:/a:ro", {"HostConfig": {"Binds": ["/b:/a:ro"]}}),
        ("/b:/a:ro,z", {"HostConfig": {"Binds": ["/b:/a:ro,z"]}}),
    ],
)
def test_volumes_become_parts_of_the_body(volume: str, body: dict[str, Any]) -> None:
    made: dict[str, Any] = {}
    add_volumes(made, [volume])
    assert made == body


@pytest.mark.parametrize("volume", ["a", "a:b", "/a:/b:frozen", "/a:/b:ro:x", "/a:", ""])
def test_volumes_that_cannot_be_read_are_named(volume: str) -> None:
    with pytest.raises(HeadwayError, match="The volume"):
        add_volumes({}, [volume])


@pytest.mark.parametrize(
    ("port", "bindings"),
    [
        ("80", {"80/tcp": [("0.0.0.0", "")]}),
        ("8080:80", {"80/tcp": [("0.0.0.0", "8080")]}),
        ("53:53/udp", {"53/udp": [("0.0.0.0", "53")]}),
        ("10.0.0.1:8080:80", {"80/tcp": [("10.0.0.1", "8080")]}),
        ("8000-8001:80-81", {"80/tcp": [("0.0.0.0", "8000")], "81/tcp": [("0.0.0.0", "8001")]}),
    ],
)
def test_ports_become_parts_of_the_body(port: str, bindings: dict[str, list[tuple[str, str]]]) -> None:
    body: dict[str, Any] = {}
    add_ports(body, [port])
    made = body["HostConfig"]["PortBindings"]
    assert {key: [(one["HostIp"], one["HostPort"]) for one in made[key]] for key in made} == bindings
    assert set(body["ExposedPorts"]) == set(bindings)


def test_ports_are_bound_to_the_address_that_is_given_unless_they_name_one() -> None:
    body: dict[str, Any] = {}
    add_ports(body, ["1:1", "10.0.0.1:2:2"], "127.0.0.1")
    made = body["HostConfig"]["PortBindings"]
    assert (made["1/tcp"][0]["HostIp"], made["2/tcp"][0]["HostIp"]) == ("127.0.0.1", "10.0.0.1")


@pytest.mark.parametrize("port", ["x", "1-2:3-5", "80/icmp/x"])
def test_ports_that_cannot_be_read_are_named(port: str) -> None:
    with pytest.raises(HeadwayError, match="The port"):
        add_ports({}, [port])


def test_bodies_are_merged_deeply() -> None:
    one = {"Env": ["A=1"], "HostConfig": {"Memory": 1, "CapAdd": ["X"]}}
    two = {"Env": ["B=2"], "HostConfig": {"Memory": 2, "CapAdd": ["Y"]}, "User": "root"}
    assert merge(one, two) == {
        "Env": ["A=1", "B=2"],
        "HostConfig": {"Memory": 2, "CapAdd": ["X", "Y"]},
        "User": "root",
    }
    assert one == {"Env": ["A=1"], "HostConfig": {"Memory": 1, "CapAdd": ["X"]}}
