from __future__ import annotations

import io
import tarfile
import zipfile
from typing import TYPE_CHECKING

import pytest

from headway.kernel.errors import DeadlineError
from headway.repository.reading import archives, open_repository
from headway.repository.reading.errors import CommandError
from tests.repository.reading.building import Put

if TYPE_CHECKING:
    from tests.repository.reading.building import Bare


def test_an_archive_holds_the_files_in_one_folder(bare: Bare) -> None:
    bare.commit({"a.txt": "1", "d/run": Put(b"#!/bin/sh", "100755"), "link": Put(b"a.txt", "120000")})
    repository = open_repository(bare.build().path)
    data = b"".join(archives.archive(repository, bare.ids[1], "tar.gz", "shop-main"))
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        assert tar.getnames() == ["shop-main", "shop-main/a.txt", "shop-main/d", "shop-main/d/run", "shop-main/link"]
        assert tar.getmember("shop-main/d/run").mode & 0o100
    data = b"".join(archives.archive(repository, bare.ids[1], "zip", "shop-main"))
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.read("shop-main/a.txt") == b"1"


def test_an_archive_of_nothing_fails_before_it_is_sent(bare: Bare) -> None:
    with pytest.raises(CommandError):
        archives.archive(open_repository(bare.path), "1" * 40, "zip", "x")


def test_an_archive_that_takes_too_long_does_not_look_whole(bare: Bare) -> None:
    bare.commit({"a": b"x" * 1_000_000})
    repository = open_repository(bare.build().path)
    with pytest.raises(DeadlineError):
        list(archives.archive(repository, bare.ids[1], "zip", "x", seconds=0))


@pytest.mark.parametrize(
    ("ref", "folder"),
    [("main", "shop-main"), ("feature/log in", "shop-feature-log-in"), ("v1.0", "shop-v1.0"), ("../..", "shop-..-..")],
)
def test_the_folder_of_an_archive_is_one_safe_name(ref: str, folder: str) -> None:
    assert archives.folder_name("shop", ref) == folder.strip("-.")
    assert "/" not in archives.folder_name("shop", ref)
    assert archives.folder_name("..", "/") == "archive"
