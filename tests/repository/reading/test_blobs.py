from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headway.repository.reading import blobs, open_repository, text
from headway.repository.reading.errors import PathMissingError
from tests.repository.reading.building import Bare, Put

POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"a" * 64 + b"\nsize 12345\n"


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"", "utf-8"),
        (b"abc", "utf-8"),
        ("Grüße".encode(), "utf-8"),
        ("Grüße".encode("latin-1"), "cp1252"),
        ("Grüße".encode("utf-16"), "utf-16"),
        ("Grüße".encode("utf-8-sig"), "utf-8-sig"),
        (b"a\0b", ""),
        ("ü".encode()[:1], "utf-8"),
    ],
)
def test_the_encoding_of_a_text_is_recognised(data: bytes, encoding: str) -> None:
    assert text.encoding(data) == encoding


@given(st.binary())
def test_whatever_the_bytes_are_decoding_does_not_raise(data: bytes) -> None:
    text.decoded(data, text.encoding(data))
    text.split(text.decoded(data, "cp1252"))


@pytest.mark.parametrize(
    ("whole", "lines"),
    [
        ("", []),
        ("a", ["a"]),
        ("a\n", ["a"]),
        ("a\r\nb\rc\n\n", ["a", "b\rc", ""]),
        ("a\x0bb\u2028c", ["a\x0bb\u2028c"]),
    ],
)
def test_lines_end_where_editors_end_them(whole: str, lines: list[str]) -> None:
    assert text.split(whole) == lines


def test_a_pointer_to_a_large_file_is_recognised() -> None:
    assert text.large_file(POINTER) == ("a" * 64, 12345)
    assert text.large_file(POINTER + b"more") is None
    assert text.large_file(POINTER.replace(b"sha256", b"md5")) is None


def test_a_file_tells_what_it_is(bare: Bare) -> None:
    bare.commit(
        {
            "a.txt": "one\ntwo\n",
            "b.png": b"\x89PNG\0",
            "big": POINTER,
            "link": Put(b"../caf\xe9", "120000"),
            "d/x": "",
            "s": Put(b"1" * 40, "160000"),
        }
    )
    repository = open_repository(bare.build().path)
    commit = bare.ids[1]
    one = blobs.file(repository, commit, "a.txt")
    assert (one.binary, one.content.data, one.content.complete) == (False, b"one\ntwo\n", True)
    picture = blobs.file(repository, commit, "b.png")
    assert (picture.binary, picture.image) == (True, "image/png")
    assert blobs.lines(picture).lines == ()
    large = blobs.file(repository, commit, "big").large_file
    assert large is not None
    assert large.size == 12345
    assert blobs.file(repository, commit, "link").target == "../caf\uf7e9"
    for other in ("d", "s"):
        with pytest.raises(PathMissingError, match="not a file"):
            blobs.file(repository, commit, other)


def test_slices_of_lines_stay_within_the_file(bare: Bare) -> None:
    bare.commit({"a": "".join(f"{number}\n" for number in range(1, 101))})
    repository = open_repository(bare.build().path)
    held = blobs.file(repository, bare.ids[1], "a")
    assert blobs.lines(held, 10, 2) == (10, ("10", "11"), 100, True, ())
    assert blobs.lines(held, 100, 50).lines == ("100",)
    assert blobs.lines(held, 500, 50).lines == ()
    assert blobs.lines(held, -5, 1).lines == ("1",)


def test_a_file_beyond_the_limit_is_read_to_the_limit(bare: Bare) -> None:
    bare.commit({"a": b"0123456789\n" * 100_000})
    repository = open_repository(bare.build().path)
    held = blobs.file(repository, bare.ids[1], "a", limit=1100)
    assert (len(held.content.data), held.content.size, held.content.complete) == (1100, 1_100_000, False)
    assert blobs.lines(held)[2:4] == (100, False)
    assert b"".join(blobs.stream(repository, held.entry.oid)) == b"0123456789\n" * 100_000


def test_a_line_of_ten_megabytes_is_cut(bare: Bare) -> None:
    bare.commit({"a": b"x" * 10_000_000 + b"\ny\n"})
    repository = open_repository(bare.build().path)
    start = time.monotonic()
    held = blobs.file(repository, bare.ids[1], "a", limit=20_000_000)
    lines = blobs.lines(held)
    assert (len(lines.lines[0]), lines.lines[1], lines.cut) == (blobs.WIDTH, "y", (1,))
    assert time.monotonic() - start < 5
