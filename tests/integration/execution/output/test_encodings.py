from __future__ import annotations

import base64
import json
import urllib.parse
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.integration.execution.output.encodings import base64_forms, forms
from headway.integration.execution.output.masks import MaskSet

if TYPE_CHECKING:
    from collections.abc import Callable

ODD = """it's <a "b"> & \\c\ttab é 🔑 100%"""
ENCODERS: dict[str, Callable[[str], str]] = {
    "json": lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
    "ascii json": lambda text: json.dumps(text)[1:-1],
    "uri": lambda text: urllib.parse.quote(text, safe=""),
    "xml": lambda text: escape(text, {'"': "&quot;", "'": "&apos;"}),
    "command line": lambda text: text.replace('"', '\\"'),
    "expression": lambda text: text.replace("'", "''"),
    "shell trace": lambda text: text.replace("'", "'\\''"),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
}
SECRETS = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=8)


def masked(secret: str, text: str) -> str:
    return MaskSet([secret]).apply(text.encode()).decode()


@pytest.mark.parametrize("name", ENCODERS)
def test_an_encoded_secret_is_masked(name: str) -> None:
    assert masked(ODD, f"<{ENCODERS[name](ODD)}>") == "<***>"


@given(SECRETS)
def test_any_secret_is_masked_in_any_encoding(secret: str) -> None:
    for encode in ENCODERS.values():
        assert masked(secret, f"\n{encode(secret)}\n") == "\n***\n"


@given(st.binary(max_size=7), SECRETS, st.binary(max_size=7))
def test_base64_of_a_secret_between_other_bytes_shows_only_what_the_neighbours_decide(
    before: bytes, secret: str, after: bytes
) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        shown = MaskSet([secret]).apply(encode(before + secret.encode() + after))
        # One character on each side holds bits of the secret and of its neighbour; padding may follow.
        assert b"***" in shown
        assert len(shown) <= len(before) * 8 // 6 + 1 + 3 + len(after) * 8 // 6 + 1 + 3


def test_a_secret_in_quotes_is_masked_without_them_too() -> None:
    assert masked('"quoted-value"', "quoted-value") == "***"
    assert masked('"short"', "short") == "short"


@pytest.mark.parametrize(
    ("secret", "parts"),
    [
        ("secretpart1&secretpart2&secretpart3", ["secretpart1&secretpart2&", "secretpart3"]),
        ("secretpart1&+secretpart2&secretpart3", ["secretpart1&+", "ecretpart2&secretpart3"]),
        ("short&secretpart2", ["short&", "secretpart2"]),
    ],
)
def test_the_parts_that_powershell_shows_are_masked(secret: str, parts: list[str]) -> None:
    for part in parts:
        assert masked(secret, f"<{part}>") == "<***>"


def test_short_parts_that_powershell_shows_are_left() -> None:
    assert masked("a&b&c", "a&b& c") == "a&b& c"


def test_short_secrets_yield_no_encoding_that_would_mask_everything() -> None:
    assert min(map(len, base64_forms(b"a"))) >= 4
    assert min(map(len, forms("ab"))) >= 2


@given(st.text(max_size=30))
def test_no_form_is_shorter_than_reason(value: str) -> None:
    assert all(len(form) >= min(len(value), 4) for form in forms(value) if form)
