"""From the bytes of commits, tags and trees to what they say. Pure.

Damaged and strange objects are read as far as they go.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import Literal, NamedTuple

from headway.repository.reading.messages import Trailer, split, trailers
from headway.repository.reading.names import prose

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
"""The tree without entries, which every repository has without storing it."""

Kind = Literal["file", "executable", "symlink", "submodule", "folder"]
_PERSON = re.compile(rb"(.*?) ?<([^>]*)>(?: (-?\d+))?(?: ([+-]\d{4}))?", re.DOTALL)
_ENTRY = re.compile(rb"([0-7]{5,6}) ([^\0]+)\0(.{20})", re.DOTALL)
_EARLIEST, _LATEST = -62135596800, 253402300799


class Person(NamedTuple):
    """Who, and when: ``time`` in UTC, ``offset`` the minutes that the person's clock was ahead of it."""

    name: str
    email: str
    time: datetime
    offset: int


class Commit(NamedTuple):
    """One commit. ``signature`` is the raw text of its signature, empty when it has none."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    author: Person
    committer: Person
    subject: str
    body: str
    trailers: tuple[Trailer, ...]
    signature: str

    @property
    def is_merge(self) -> bool:
        """Whether it has several parents."""
        return len(self.parents) > 1


class Tag(NamedTuple):
    """An annotated tag: what it points to, who made it (None in some old tags), and its text with the signature."""

    oid: str
    target: str
    target_kind: str
    tagger: Person | None
    message: str


class RawEntry(NamedTuple):
    """An entry of a tree as it is stored."""

    mode: int
    name: bytes
    oid: str

    @property
    def kind(self) -> Kind:
        """What the entry is."""
        return kind(self.mode)


@lru_cache(64)
def kind(mode: int) -> Kind:
    """Return what a mode says. Modes that old tools wrote (100664) are files too."""
    match mode >> 12:
        case 0o4:
            return "folder"
        case 0o12:
            return "symlink"
        case 0o16:
            return "submodule"
    return "executable" if mode & 0o100 else "file"


def tree(data: bytes) -> list[RawEntry]:
    """Return the entries of a tree, in Git's order."""
    return [RawEntry(int(mode, 8), name, oid.hex()) for mode, name, oid in _ENTRY.findall(data)]


def commit(oid: str, data: bytes) -> Commit:
    """Return what the bytes of a commit say."""
    headers, message = _headers(data)
    encoding = prose(headers.get(b"encoding", [b"utf-8"])[0], "ascii")
    text = prose(message, encoding)
    subject, body = split(text)
    return Commit(
        oid,
        _first(headers, b"tree"),
        tuple(prose(parent) for parent in headers.get(b"parent", ())),
        person(headers.get(b"author", [b""])[0], encoding),
        person(headers.get(b"committer", [b""])[0], encoding),
        subject,
        body,
        trailers(text),
        _first(headers, b"gpgsig") or _first(headers, b"gpgsig-sha256"),
    )


def tag(oid: str, data: bytes) -> Tag:
    """Return what the bytes of an annotated tag say."""
    headers, message = _headers(data)
    tagger = person(headers[b"tagger"][0]) if b"tagger" in headers else None
    return Tag(oid, _first(headers, b"object"), _first(headers, b"type"), tagger, prose(message))


def person(line: bytes, encoding: str = "utf-8") -> Person:
    """Return who a line ``name <address> seconds zone`` names; what is missing is empty, and the time 1970."""
    found = _PERSON.match(line)
    if not found:
        return Person(prose(line, encoding).strip(), "", moment(0), 0)
    name, email, seconds, zone = found.groups()
    minutes = int(zone[1:3]) * 60 + int(zone[3:5]) if zone else 0
    return Person(
        prose(name, encoding).strip(),
        prose(email, encoding).strip(),
        moment(int(seconds[:20]) if seconds else 0),
        -minutes if zone and zone.startswith(b"-") else minutes,
    )


def moment(seconds: int) -> datetime:
    """Return the time of so many seconds after 1970; what a calendar cannot hold is its first or last second."""
    return datetime.fromtimestamp(max(_EARLIEST, min(seconds, _LATEST)), UTC)


def _headers(data: bytes) -> tuple[dict[bytes, list[bytes]], bytes]:
    head, _, message = data.partition(b"\n\n")
    headers: dict[bytes, list[bytes]] = {}
    values: list[bytes] = []
    for line in head.split(b"\n"):
        if line.startswith(b" ") and values:
            values[-1] += b"\n" + line[1:]
        else:
            name, _, value = line.partition(b" ")
            values = headers.setdefault(name, [])
            values.append(value)
    return headers, message


def _first(headers: dict[bytes, list[bytes]], name: bytes) -> str:
    return prose(headers[name][0]) if name in headers else ""
