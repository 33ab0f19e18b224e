"""Zips: written as a stream without compression, and unpacked without harm.

The standard library cannot write an uncompressed member into a stream so that a reader of streams finds its end (the
sizes have to be in front), which is what GitHub's client is; hence the writer. The same files give the same bytes, so
that the digest of an artifact is known without keeping its zip.
"""

from __future__ import annotations

import errno
import os
import struct
import time
import zlib
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.results.errors import InvalidArchiveError, InvalidRequestError
from headway.integration.results.names import member_path
from headway.integration.results.trees import Target

if TYPE_CHECKING:
    import zipfile
    from collections.abc import Iterable, Iterator
    from io import FileIO

_PIECE = 1 << 20
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_END_64 = struct.Struct("<4sQ2H2I4Q")
_LOCATOR_64 = struct.Struct("<4sIQI")
_LIMIT = 0xFFFFFFFF
_UTF8 = 0x800
_MODE = 0o100644 << 16


class Member(NamedTuple):
    """A member of a zip: its name in UTF-8, CRC-32, size, where its header begins, and its time in MS-DOS' format."""

    name: bytes
    crc: int
    size: int
    offset: int
    date: int
    time: int

    def extra(self, *, central: bool) -> bytes:
        """Return the sizes and the offset that need more than 32 bits."""
        large = [self.size, self.size] if self.size >= _LIMIT else []
        if central and self.offset >= _LIMIT:
            large.append(self.offset)
        return struct.pack(f"<2H{len(large)}Q", 1, 8 * len(large), *large) if large else b""

    def local(self) -> bytes:
        """Return the header in front of the content."""
        extra = self.extra(central=False)
        size = min(self.size, _LIMIT)
        return (
            _LOCAL.pack(b"PK\3\4", 45, _UTF8, 0, self.time, self.date, self.crc, size, size, len(self.name), len(extra))
            + self.name
            + extra
        )

    def central(self) -> bytes:
        """Return the entry in the directory at the end."""
        extra = self.extra(central=True)
        size, offset = min(self.size, _LIMIT), min(self.offset, _LIMIT)
        head = (b"PK\1\2", 0x32D, 45, _UTF8, 0, self.time, self.date, self.crc, size, size, len(self.name))
        return _CENTRAL.pack(*head, len(extra), 0, 0, 0, _MODE, offset) + self.name + extra


def zip_stream(root: str, paths: Iterable[str]) -> Iterator[bytes]:
    """Yield the zip of files below a folder, in pieces of at most 1 MiB. Raises ``OSError``.

    Modes are 0644 and times are those of the files, as they are in what GitHub's client uploads.
    """
    members: list[Member] = []
    offset = 0
    for path in paths:
        with open(os.path.join(root, path), "rb", buffering=0) as file:
            status = os.fstat(file.fileno())
            crc, size = _checksum(file)
            member = Member(path.encode(errors="surrogateescape"), crc, size, offset, *_dos_time(status.st_mtime))
            members.append(member)
            head = member.local()
            yield head
            file.seek(0)
            while data := file.read(_PIECE):
                yield data
        offset += len(head) + size
    yield from central_directory(members, offset)


def _checksum(file: FileIO) -> tuple[int, int]:
    crc = size = 0
    while data := file.read(_PIECE):
        crc = zlib.crc32(data, crc)
        size += len(data)
    return crc, size


def _dos_time(seconds: float) -> tuple[int, int]:
    moment = time.gmtime(min(max(seconds, 315532800.0), 4354819198.0))  # what the format can say: 1980 to 2107
    return (
        (moment.tm_year - 1980) << 9 | moment.tm_mon << 5 | moment.tm_mday,
        moment.tm_hour << 11 | moment.tm_min << 5 | moment.tm_sec // 2,
    )


def central_directory(members: list[Member], start: int) -> Iterator[bytes]:
    """Yield the directory of a zip; ``start`` is where it begins."""
    size = 0
    for member in members:
        entry = member.central()
        size += len(entry)
        yield entry
    count = len(members)
    if count >= 0xFFFF or start >= _LIMIT or size >= _LIMIT:
        yield _END_64.pack(b"PK\6\6", 44, 0x32D, 45, 0, 0, count, count, size, start)
        yield _LOCATOR_64.pack(b"PK\6\7", 0, start + size, 1)
    short = min(count, 0xFFFF)
    yield _END.pack(b"PK\5\6", 0, 0, short, short, min(size, _LIMIT), min(start, _LIMIT), 0)


# Unpacking


class UnpackLimits(NamedTuple):
    """How much a zip may hold: members, bytes, and bytes for each byte of the zip once they are more than 256 MiB."""

    members: int = 500_000
    size: int = 64 << 30
    ratio: int = 250


DEFAULT_LIMITS = UnpackLimits()


class Unpacked(NamedTuple):
    """What a zip held."""

    files: int
    size: int


_RATIO_FROM = 256 << 20
_IMPOSSIBLE = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.EILSEQ, errno.EINVAL)


def unpack(archive: str, folder: str, limits: UnpackLimits = DEFAULT_LIMITS) -> Unpacked:
    """Write the members of a zip below a folder that is new.

    Raises ``InvalidArchiveError`` for a zip that is broken, whose members lead out of the folder, are links, come twice
    or are encrypted, or that exceeds the limits; what was written by then is left to the caller. Raises ``OSError``.
    """
    import zipfile

    try:
        with zipfile.ZipFile(archive) as opened:
            allowed = _allowed_size(archive, limits)
            return _extract(opened, Target(folder, fresh=True), allowed, limits)
    except InvalidRequestError as error:
        raise InvalidArchiveError(str(error)) from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise InvalidArchiveError(f"The zip cannot be read: {error}") from error
    except OSError as error:
        if error.errno not in _IMPOSSIBLE:
            raise
        raise InvalidArchiveError(f"The zip holds what no file can have or be here: {error.strerror}") from error


def _allowed_size(archive: str, limits: UnpackLimits) -> int:
    return min(limits.size, max(_RATIO_FROM, limits.ratio * os.path.getsize(archive)))


def _extract(opened: zipfile.ZipFile, place: Target, allowed: int, limits: UnpackLimits) -> Unpacked:
    members = opened.infolist()
    if len(members) > limits.members:
        raise InvalidArchiveError(f"The zip holds {len(members):,} members; at most {limits.members:,} are unpacked")
    seen: set[str] = set()
    files = size = 0
    for member in members:
        path = _checked(member)
        if path in seen:
            raise InvalidArchiveError(f"The zip holds '{path}' twice")
        seen.add(path)
        if member.is_dir():
            place.folder(path)
            continue
        size += _write(opened, member, place, path, allowed - size)
        files += 1
    return Unpacked(files, size)


def _checked(member: zipfile.ZipInfo) -> str:
    kind = member.external_attr >> 28
    if kind not in (0, 0o4, 0o10):
        raise InvalidArchiveError(f"The zip holds '{member.filename}', which is a link or a device, not a file")
    return member_path(member.filename)


def _write(opened: zipfile.ZipFile, member: zipfile.ZipInfo, place: Target, path: str, allowed: int) -> int:
    target = os.path.join(place.folder(os.path.dirname(path)), os.path.basename(path))
    size = 0
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    with open(os.open(target, flags, 0o644), "wb") as output, opened.open(member) as content:
        while data := content.read(_PIECE):
            size += len(data)
            if size > allowed:
                raise InvalidArchiveError("The zip unpacks to far more than a zip of its size should; nothing was kept")
            output.write(data)
    return size
