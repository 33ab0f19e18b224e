from __future__ import annotations

import json

from hypothesis import example, given
from hypothesis import strategies as st

from headway.repository.reading import names


@given(st.binary())
@example(b"\xff\xfe caf\xe9")
@example("\uf7ff".encode())
@example("\uf7ff".encode() + b"\xff")
def test_every_byte_of_a_name_survives(name: bytes) -> None:
    assert names.encode(names.decode(name)) == name


@given(st.binary())
def test_every_name_can_be_written_into_a_page_and_into_json(name: bytes) -> None:
    text = names.decode(name)
    assert json.loads(json.dumps(text, ensure_ascii=False).encode()) == text


@given(st.text())
@example("\udc80")
@example("\ud800")
def test_no_text_makes_encoding_raise(text: str) -> None:
    names.encode(text)


@given(st.binary(), st.binary())
def test_two_names_are_never_one_text(one: bytes, other: bytes) -> None:
    assert (names.decode(one) == names.decode(other)) == (one == other)


def test_a_name_is_shown_with_what_is_no_text_in_brackets() -> None:
    assert names.shown(names.decode(b"caf\xe9\n.txt")) == "caf<e9>\\n.txt"
    assert names.shown("Grüße.txt") == "Grüße.txt"


def test_a_message_in_an_encoding_that_nobody_knows_is_read_as_utf_8() -> None:
    assert names.prose("é".encode("latin-1"), "iso-8859-1") == "é"
    assert names.prose(b"abc \xff", "klingon") == "abc \ufffd"
    assert names.prose(b"abc", "utf\0-8") == "abc"
