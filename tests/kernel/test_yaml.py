from __future__ import annotations

import contextlib
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.kernel.errors import InputError
from headway.kernel.yaml import Mapping, Node, Scalar, Sequence, load, plain_value


def plain(node: Node) -> Any:
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key.text: plain(value) for key, value in node.pairs}


def refusal(text: str | bytes, **limits: int) -> str:
    with pytest.raises(InputError) as raised:
        load(text, "f.yml", **limits)
    return str(raised.value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("Null", None), ("nULL", "nULL"),
        ("true", True), ("True", True), ("TRUE", True), ("tRUE", "tRUE"), ("yes", "yes"), ("on", "on"), ("off", "off"),
        ("12", 12), ("-3", -3), ("+4", 4), ("0o17", 15), ("017", 17), ("0x1F", 31), ("1_000", "1_000"), ("0b11", "0b11"),
        ("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("3.10", 3.1), ("1.2.3", "1.2.3"), ("12:30", "12:30"),
        (".inf", math.inf), ("-.INF", -math.inf), ("2026-11-24", "2026-11-24"), ("9" * 400, math.inf), ("-", "-"), (".", "."),
    ],
)  # fmt: skip
def test_plain_scalars_mean_what_the_core_schema_says(text: str, value: object) -> None:
    assert plain_value(text) == value
    assert type(plain_value(text)) is type(value)


def test_quoted_scalars_are_texts_and_tags_decide() -> None:
    document = load("[\"1\", 'true', !!str 2, !!int '3', !!bool 'TRUE', !<tag:yaml.org,2002:float> 4]", "f.yml")
    assert plain(document) == ["1", "true", "2", 3, True, 4]


def test_every_node_knows_its_place() -> None:
    root = load("on: push\njobs:\n  a:\n    - x\n    - {y: z}\n", "f.yml")
    assert isinstance(root, Mapping)
    jobs = root.get("jobs")
    assert isinstance(jobs, Mapping)
    assert (jobs.line, jobs.column) == (3, 3)
    items = jobs.get("a")
    assert isinstance(items, Sequence)
    assert [(item.line, item.column) for item in items.items] == [(4, 7), (5, 7)]


def test_an_alias_stands_for_its_anchor_where_that_was_written() -> None:
    root = load("a: &x {b: 1}\nc: *x\n", "f.yml")
    assert plain(root) == {"a": {"b": 1}, "c": {"b": 1}}


def test_a_key_that_stands_twice_is_kept_twice() -> None:
    root = load("a: 1\na: 2", "f.yml")
    assert isinstance(root, Mapping)
    assert [(key.text, plain(value)) for key, value in root.pairs] == [("a", 1), ("a", 2)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: !!float test", "f.yml:1:4: error: The value 'test' is invalid for the type 'tag:yaml.org,2002:float'"),
        ("a: !thing x", "f.yml:1:4: error: Unexpected tag '!thing'"),
        ("a: *b", "f.yml:1:4: error: The alias '*b' refers to an anchor that is not defined before it"),
        ("a: &a [*a]", "f.yml:1:8: error: The alias '*a' refers to an anchor that is not defined"),
        ("? [a]\n: b", "f.yml:1:3: error: A key must be a scalar"),
        ("a\n---\nb", "f.yml:2:1: error: Only one YAML document is allowed"),
        ("a: \x07", "f.yml:1:4: error: The character U+0007 is not allowed in YAML"),
        ("a: b: c", "f.yml:1:5: error: This is not valid YAML: mapping values are not allowed in this context"),
        ("a: 'open", "error: This is not valid YAML: found unexpected end of stream"),
        (b"a: \xff", "f.yml:1:4: error: The byte 0xff is not UTF-8"),
        (b"\xff\xfea", "f.yml:1:1: error: The byte 0xff is not UTF-8"),
    ],
)
def test_what_is_no_yaml_is_refused_with_its_place(text: str | bytes, message: str) -> None:
    assert message in refusal(text)


def test_limits_are_kept() -> None:
    assert "The maximum file size of 3 characters has been exceeded" in refusal("abcd", max_bytes=3)
    assert "Maximum object depth exceeded" in refusal("[[[]]]", max_depth=2)
    assert plain(load("[[]]", "f.yml", max_depth=2)) == [[]]
    bomb = "a: &a [x]\n" + "".join(f"b{n}: &b{n} [{', '.join([f'*b{n - 1}' if n else '*a'] * 30)}]\n" for n in range(5))
    assert "more than 100,000 nodes" in refusal(bomb)


def test_a_byte_order_mark_is_no_content() -> None:
    assert plain(load(b"\xef\xbb\xbfa: 1", "f.yml")) == {"a": 1}


@given(st.binary(max_size=200) | st.text(max_size=200))
def test_any_input_is_read_or_refused(data: bytes | str) -> None:
    with contextlib.suppress(InputError):
        load(data, "f.yml")
