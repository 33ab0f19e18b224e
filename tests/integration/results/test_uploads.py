from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headway.integration.results.blobs import block_list, byte_range
from headway.integration.results.errors import InvalidRequestError, NotFoundError, TooLargeError
from headway.integration.results.tokens import ADDRESS_SECONDS
from headway.integration.results.uploads import UploadLimits, Uploads

if TYPE_CHECKING:
    import random

    from headway.integration.results.uploads import Upload


def block(upload: Upload, name: str, content: bytes) -> None:
    path = os.path.join(upload.folder, "incoming")
    Path(path).write_bytes(content)
    upload.check_room(len(content))
    upload.keep_block(name, path)


def begin(folder: Path, limits: UploadLimits | None = None) -> Upload:
    return Uploads(str(folder / "uploads"), limits or UploadLimits()).begin(("cache", "k"), lambda: None)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=20), min_size=1, max_size=6), st.randoms())
def test_blocks_in_any_order_become_what_the_list_says(
    tmp_path_factory: pytest.TempPathFactory, contents: list[bytes], shuffle: random.Random
) -> None:
    upload = begin(tmp_path_factory.mktemp("blocks"))
    numbers = list(range(len(contents)))
    shuffle.shuffle(numbers)
    for number in numbers:
        block(upload, f"block-{number}", contents[number])
    upload.put_together([f"block-{number}" for number in range(len(contents))])
    assert Path(upload.content).read_bytes() == b"".join(contents)


def test_a_block_that_comes_again_replaces_the_one_before(tmp_path: Path) -> None:
    upload = begin(tmp_path, UploadLimits(upload=10))
    for content in (b"12345678", b"abcdefgh", b"now"):
        block(upload, "a", content[: 10 - 8] if content == b"now" else content[:2])
    block(upload, "b", b"rest")
    upload.put_together(["a", "b"])
    assert Path(upload.content).read_bytes() == b"norest"


@pytest.mark.parametrize("names", [[], ["a", "missing"], ["a", "a"], ["missing"]])
def test_a_list_that_does_not_fit_the_blocks_is_refused(tmp_path: Path, names: list[str]) -> None:
    upload = begin(tmp_path)
    block(upload, "a", b"x")
    with pytest.raises(InvalidRequestError):
        upload.put_together(names)
    upload.put_together(["a"])


@pytest.mark.parametrize("name", ["../../evil", "/etc/evil", "..", "content", "a/b", "\0", "x" * 128])
def test_no_name_of_a_block_leads_anywhere(tmp_path: Path, name: str) -> None:
    upload = begin(tmp_path)
    block(upload, name, b"x")
    assert {path.parent for path in tmp_path.rglob("*") if path.is_file()} == {Path(upload.folder)}
    upload.put_together([name])
    assert Path(upload.content).read_bytes() == b"x"


def test_limits_on_a_part_on_all_of_them_and_on_their_number_hold(tmp_path: Path) -> None:
    upload = begin(tmp_path, UploadLimits(upload=10, block=6, blocks=2))
    with pytest.raises(TooLargeError, match="at most 6 bytes"):
        upload.check_room(7)
    block(upload, "a", b"123456")
    with pytest.raises(TooLargeError, match="at most 10 bytes"):
        upload.check_room(5)
    upload.pending = 2
    with pytest.raises(TooLargeError):
        upload.check_room(3)
    upload.pending = 0
    block(upload, "b", b"1")
    with pytest.raises(TooLargeError, match="at most 2 blocks"):
        block(upload, "c", b"1")


def test_nothing_is_finished_before_it_is_put_together(tmp_path: Path) -> None:
    upload = begin(tmp_path)
    block(upload, "a", b"x")
    with pytest.raises(InvalidRequestError, match="Nothing was uploaded"):
        assert upload.content


def test_what_nobody_finishes_is_given_up_when_its_address_has_expired(tmp_path: Path) -> None:
    now = [0.0]
    uploads = Uploads(str(tmp_path), clock=lambda: now[0])
    given_up: list[str] = []
    first = uploads.begin(("cache", "a"), lambda: given_up.append("a"))
    going_on = uploads.begin(("cache", "b"), lambda: given_up.append("b"))
    going_on.pending = 1
    now[0] = ADDRESS_SECONDS
    uploads.begin(("cache", "c"), lambda: given_up.append("c"))
    assert given_up == ["a"]
    assert not Path(first.folder).exists()
    with pytest.raises(NotFoundError):
        uploads.get(first.id)
    uploads.close()
    assert sorted(given_up) == ["a", "b", "c"]
    assert not tmp_path.exists()


def test_an_upload_is_finished_once(tmp_path: Path) -> None:
    uploads = Uploads(str(tmp_path))
    upload = uploads.begin(("cache", "run", "v", "k"), lambda: None)
    assert uploads.take(("cache", "run", "v", "k")) is upload
    for subject in (("cache", "run", "v", "k"), ("cache", "run", "v", "other")):
        with pytest.raises(NotFoundError):
            uploads.take(subject)


# What requests say


def test_a_block_list_is_read_in_order_whatever_kind_its_blocks_are() -> None:
    text = b"<?xml version='1.0' encoding='utf-8'?><BlockList><Latest>YQ==</Latest><Uncommitted>Yg==</Uncommitted></BlockList>"
    assert block_list(text) == ["YQ==", "Yg=="]
    assert block_list(b"<BlockList/>") == []


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"no xml",
        b"<BlockList>",
        b"<Other/>",
        b"<BlockList><Latest/></BlockList>",
        b"<BlockList><Other>YQ==</Other></BlockList>",
        b"<BlockList><Latest>" + b"x" * 129 + b"</Latest></BlockList>",
        b"<!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><BlockList><Latest>&a;</Latest></BlockList>",
        b"<!DOCTYPE x [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><BlockList><Latest>&b;</Latest></BlockList>",
        b"<?xml version='1.0' encoding='no-such'?><BlockList/>",
        b"\xff\xfe<",
        b"\0",
    ],
)
def test_a_block_list_that_is_none_or_wants_more_is_refused(text: bytes) -> None:
    with pytest.raises(InvalidRequestError):
        block_list(text)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("", (0, 10)),
        ("bytes=0-9", (0, 10)),
        ("bytes=2-4", (2, 5)),
        ("bytes=2-", (2, 10)),
        ("bytes=2-99", (2, 10)),
        ("bytes=-3", (7, 10)),
        ("bytes=-99", (0, 10)),
        ("bytes=-", (0, 10)),
        ("bytes=0-1,4-5", (0, 10)),
        ("items=0-1", (0, 10)),
        ("bytes=" + "9" * 30 + "-", (0, 10)),
    ],
)
def test_a_range_is_the_part_that_it_says_or_everything(text: str, part: tuple[int, int]) -> None:
    assert byte_range(text, 10) == part


@pytest.mark.parametrize("text", ["bytes=10-", "bytes=99-100", "bytes=5-4"])
def test_a_range_that_is_not_in_the_file_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequestError, match="not in a file"):
        byte_range(text, 10)
