from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.integration.results.errors import InvalidRequestError
from headway.integration.results.messages import Message, read_message


def test_both_spellings_of_a_field_are_read() -> None:
    assert read_message(b'{"size_bytes": "7", "mimeType": "text/plain"}').number("size_bytes") == 7
    assert read_message(b'{"mimeType": "text/plain"}').text("mime_type") == "text/plain"


def test_a_missing_field_has_its_default() -> None:
    empty = read_message(b"{}")
    assert (empty.text("a"), empty.number("a"), empty.texts("a")) == ("", None, [])
    null = read_message(b'{"a": null}')
    assert (null.text("a"), null.number("a"), null.texts("a")) == ("", None, [])
    with pytest.raises(InvalidRequestError, match="'a' is required"):
        empty.needed("a")


@pytest.mark.parametrize("value", ["1", 1, "9223372036854775807", 0])
def test_numbers_are_numbers_or_texts(value: Any) -> None:
    assert Message({"n": value}).number("n") == int(value)


@pytest.mark.parametrize("value", ["-1", -1, "1.5", 1.5, True, [], {}, "", "x", "9" * 5000, 1 << 63, "٣", "0x1", " 1"])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(InvalidRequestError, match="'n' must be a number"):
        Message({"n": value}).number("n")


@pytest.mark.parametrize("value", [1, True, [], {}, 1.5, "\ud800"])
def test_what_is_no_text_is_refused(value: Any) -> None:
    with pytest.raises(InvalidRequestError, match="'t'"):
        Message({"t": value}).text("t")
    with pytest.raises(InvalidRequestError, match="'t'"):
        Message({"t": [value]}).texts("t")


@pytest.mark.parametrize("value", ["a", 1, {}, [None], [["a"]]])
def test_what_is_no_list_of_texts_is_refused(value: Any) -> None:
    with pytest.raises(InvalidRequestError):
        Message({"t": value}).texts("t")


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"1", b"null", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"a":' * 50_000, b"{'a': 1}"]
)
def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        read_message(data)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_refused(data: bytes) -> None:
    try:
        read_message(data)
    except InvalidRequestError as error:
        assert str(error)  # noqa: PT017 - either is fine
