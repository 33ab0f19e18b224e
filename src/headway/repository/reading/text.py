"""What the bytes of a file are: binary or text, in which encoding, a pointer to a large file, an image. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple

_LOOKED_AT = 8000
_POINTER_LIMIT = 1024
_POINTER = re.compile(
    rb"version https://(?:git-lfs\.github\.com|hawser\.github\.com)/spec/v1\r?\n"
    rb"(?:ext-\d-[^\n]*\n)*oid sha256:([0-9a-f]{64})\r?\nsize (\d{1,19})\r?\n?"
)
_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_IMAGES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "avif": "image/avif",
    "ico": "image/x-icon",
    "bmp": "image/bmp",
    "svg": "image/svg+xml",
}


class LargeFile(NamedTuple):
    """A Git LFS pointer: the sha256 of the file that it stands for, and its size in bytes."""

    sha256: str
    size: int


def encoding(data: bytes) -> str:
    """Return the encoding of a text as Python names it, empty for binary data. ``data`` may be a beginning."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name
    if b"\0" in data[:_LOOKED_AT]:
        return ""
    try:
        data.decode()
    except UnicodeDecodeError as error:
        # The beginning of a text may end within a character.
        return "utf-8" if error.reason == "unexpected end of data" else "cp1252"
    return "utf-8"


def decoded(data: bytes, name: str) -> str:
    """Return a text in an encoding that ``encoding`` found. Never raises."""
    return data.decode(name or "utf-8", errors="replace")


def split(text: str) -> list[str]:
    """Return the lines of a text, as Git counts them: ended by LF, with CR before it or not.

    What follows the last end counts if it is not empty.
    """
    lines = text.split("\n")
    if not lines[-1]:
        lines.pop()
    return [line.removesuffix("\r") for line in lines]


def large_file(data: bytes) -> LargeFile | None:
    """Return what a Git LFS pointer says, or None if this is none."""
    if len(data) > _POINTER_LIMIT:
        return None
    found = _POINTER.fullmatch(data)
    return LargeFile(found[1].decode(), int(found[2])) if found else None


def image(path: str) -> str:
    """Return the media type of an image that browsers show, by the name of its file; empty for anything else."""
    return _IMAGES.get(path.rpartition(".")[2].lower(), "") if "." in path else ""
