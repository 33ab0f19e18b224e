from __future__ import annotations

import hashlib
import io
import os
import struct
import subprocess
import zipfile
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headway.integration.results.errors import InvalidArchiveError
from headway.integration.results.zips import Member, UnpackLimits, central_directory, unpack, zip_stream

if TYPE_CHECKING:
    from pathlib import Path

LINK = 0o120777 << 16
DEVICE = 0o020666 << 16


def write(folder: Path, **files: bytes) -> Path:
    for name, content in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def zipped(path: Path, members: list[tuple[str, bytes]], attributes: int = 0) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            member = zipfile.ZipInfo(name)
            member.external_attr = attributes
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, content)
    return str(path)


# Writing


def test_a_stream_is_a_zip_that_others_read_with_modes_that_github_gives(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", a=b"one", sub__b=b"", sub__ü=os.urandom(3_000_000))
    paths = ["a", "sub/b", "sub/ü"]
    pieces = list(zip_stream(str(tree), paths))
    assert max(map(len, pieces)) <= 1 << 20
    archive = zipfile.ZipFile(io.BytesIO(b"".join(pieces)))
    assert archive.testzip() is None
    assert archive.namelist() == paths
    assert [archive.read(path) for path in paths] == [(tree / path).read_bytes() for path in paths]
    assert {member.external_attr >> 16 for member in archive.infolist()} == {0o100644}


def test_the_programs_of_the_system_read_it_too(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", a=b"one" * 1000, sub__b=b"two")
    (tmp_path / "x.zip").write_bytes(b"".join(zip_stream(str(tree), ["a", "sub/b"])))
    done = subprocess.run(
        ["python3", "-m", "zipfile", "-t", "x.zip"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_same_files_give_the_same_bytes(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", a=b"one", b=b"two")

    def digest() -> str:
        return hashlib.sha256(b"".join(zip_stream(str(tree), ["a", "b"]))).hexdigest()

    first = digest()
    assert digest() == first
    os.utime(tree / "a", (0, 0))
    assert digest() != first


@pytest.mark.parametrize("moment", [-1, 0, 1e11])
def test_times_that_a_zip_cannot_hold_become_the_nearest_it_can(tmp_path: Path, moment: float) -> None:
    tree = write(tmp_path / "tree", a=b"")
    os.utime(tree / "a", (moment, moment))
    (member,) = zipfile.ZipFile(io.BytesIO(b"".join(zip_stream(str(tree), ["a"])))).infolist()
    assert member.date_time[0] in (1980, 2107)


def test_more_members_than_the_first_zips_could_hold_are_all_there(tmp_path: Path) -> None:
    tree = write(tmp_path / "tree", a=b"")
    archive = zipfile.ZipFile(io.BytesIO(b"".join(zip_stream(str(tree), ["a"] * 65_536))))
    assert len(archive.infolist()) == 65_536


def test_a_file_of_more_than_4_gib_and_those_behind_it_are_described_in_64_bits(tmp_path: Path) -> None:
    size = (4 << 30) + 5
    large = Member(b"large", 0, size, 0, 33, 0)
    last = Member(b"last", zlib.crc32(b"last"), 4, len(large.local()) + size, 33, 0)
    with open(tmp_path / "x.zip", "wb") as file:  # the large content is a hole
        file.write(large.local())
        file.seek(size, os.SEEK_CUR)
        file.write(last.local() + b"last")
        file.writelines(central_directory([large, last], file.tell()))
    with zipfile.ZipFile(tmp_path / "x.zip") as archive:
        assert [member.file_size for member in archive.infolist()] == [size, 4]
        assert archive.read("last") == b"last"
        with archive.open("large") as content:
            assert content.read(10) == bytes(10)


# Unpacking


def test_a_zip_is_unpacked_with_its_folders(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "x.zip", [("a/", b""), ("a/b", b"one"), ("c", b"two"), ("empty/", b"")])
    assert unpack(archive, str(tmp_path / "out")) == (2, 6)
    assert (tmp_path / "out/a/b").read_bytes() == b"one"
    assert (tmp_path / "out/empty").is_dir()
    assert (tmp_path / "out/c").stat().st_mode & 0o7777 == 0o644 & ~current_umask()


def current_umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/evil", "..", "a\\..\\..\\evil", "C:\\evil", "./../evil", "a/../../../evil"]
)
def test_a_member_that_leads_out_is_refused_and_nothing_appears_outside(tmp_path: Path, name: str) -> None:
    archive = zipped(tmp_path / "x.zip", [("fine", b""), (name, b"evil")])
    with pytest.raises(InvalidArchiveError, match="lead out"):
        unpack(archive, str(tmp_path / "deep/out"))
    assert not list(tmp_path.rglob("*evil*"))


@pytest.mark.parametrize(("attributes", "content"), [(LINK, b"/etc"), (LINK, b".."), (DEVICE, b"")])
def test_links_and_devices_are_refused(tmp_path: Path, attributes: int, content: bytes) -> None:
    archive = zipped(tmp_path / "x.zip", [("a", content)], attributes)
    with pytest.raises(InvalidArchiveError, match="a link or a device"):
        unpack(archive, str(tmp_path / "out"))
    assert not os.path.lexists(tmp_path / "out/a")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    "members",
    [["a", "a"], ["a", "./a"], ["a", "a/b"], ["a/b", "a"], ["a/", "a"], ["n" * 300], ["a/" + "n" * 300 + "/b"]],
)
def test_members_that_contradict_each_other_or_fit_no_file_are_refused(tmp_path: Path, members: list[str]) -> None:
    archive = zipped(tmp_path / "x.zip", [(name, b"" if name.endswith("/") else b"x") for name in members])
    with pytest.raises(InvalidArchiveError):
        unpack(archive, str(tmp_path / "out"))


def test_a_bomb_is_refused_before_it_fills_the_disk(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "x.zip", [(f"{number}", bytes(64 << 20)) for number in range(6)])
    assert os.path.getsize(archive) < 1 << 20
    with pytest.raises(InvalidArchiveError, match="far more"):
        unpack(archive, str(tmp_path / "out"))
    assert sum(path.stat().st_size for path in (tmp_path / "out").rglob("*")) <= 256 << 20


def test_a_size_that_the_zip_lies_about_does_not_help_it(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    zipped(path, [("a", b"x" * 5000)])
    data = path.read_bytes().replace(struct.pack("<I", 5000), struct.pack("<I", 10))
    path.write_bytes(data)
    with pytest.raises(InvalidArchiveError):
        unpack(str(path), str(tmp_path / "out"), UnpackLimits(size=100))


def test_limits_on_members_and_bytes_hold(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "x.zip", [("a", b"12345"), ("b", b"67890")])
    with pytest.raises(InvalidArchiveError, match="2 members"):
        unpack(archive, str(tmp_path / "out1"), UnpackLimits(members=1))
    with pytest.raises(InvalidArchiveError, match="far more"):
        unpack(archive, str(tmp_path / "out2"), UnpackLimits(size=9))
    assert unpack(archive, str(tmp_path / "out3"), UnpackLimits(members=2, size=10)) == (2, 10)


def test_an_encrypted_member_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    zipped(path, [("a", b"secret")])
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(InvalidArchiveError, match="encrypted"):
        unpack(str(path), str(tmp_path / "out"))


@pytest.mark.parametrize("content", [b"", b"PK", b"no zip at all", b"PK\5\6" + bytes(17), bytes(100)])
def test_what_is_no_zip_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.zip").write_bytes(content)
    with pytest.raises(InvalidArchiveError, match="cannot be read"):
        unpack(str(tmp_path / "x.zip"), str(tmp_path / "out"))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=8), st.integers(0, 400))
def test_a_zip_that_is_damaged_anywhere_is_unpacked_or_refused_but_never_anything_else(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int]], cut: int
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    path = folder / "x.zip"
    zipped(path, [("a/b", b"one" * 50), ("c", b"two"), ("d/", b"")])
    data = bytearray(path.read_bytes())
    for place, value in damage:
        data[place % len(data)] = value
    path.write_bytes(data[: len(data) - cut] if cut < 20 else data)
    with suppress(InvalidArchiveError):
        unpack(str(path), str(folder / "sub/out"))
    assert {entry.name for entry in folder.iterdir()} <= {"x.zip", "sub"}
    assert {entry.name for entry in (folder / "sub").iterdir()} <= {"out"} if (folder / "sub").exists() else True
