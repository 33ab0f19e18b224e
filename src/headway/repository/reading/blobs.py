"""Files of a commit: what they are, and slices of their lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.errors import DeadlineError
from headway.repository.reading import names, process, text, trees
from headway.repository.reading.errors import PathMissingError

if TYPE_CHECKING:
    from collections.abc import Generator

    from headway.repository.reading.opening import Repository
    from headway.repository.reading.trees import Entry

LIMIT = 5 << 20
"""Bytes of a file that are looked at, unless said otherwise."""
WIDTH = 5000
"""Characters of a line that are returned."""
LINES_AT_MOST = 20_000


class Content(NamedTuple):
    """The bytes of a blob, all of them or the first. ``size`` is that of the whole blob."""

    data: bytes
    size: int

    @property
    def complete(self) -> bool:
        """Whether these are all."""
        return len(self.data) == self.size


class File(NamedTuple):
    """A file at a path of a commit.

    ``encoding`` is empty for binary data; ``target`` is where a symbolic link leads, as it is written; ``image`` is the
    media type of an image. ``content`` holds at most the bytes that were asked for.
    """

    entry: Entry
    content: Content
    encoding: str
    image: str
    large_file: text.LargeFile | None
    target: str

    @property
    def binary(self) -> bool:
        """Whether it is no text."""
        return not self.encoding


class Lines(NamedTuple):
    """A slice of the lines of a file.

    ``first`` counts from 1. ``total`` is the number of lines; where ``complete`` is False, of those that were looked
    at. ``cut`` are the numbers of lines that are longer than ``WIDTH`` characters and were cut.
    """

    first: int
    lines: tuple[str, ...]
    total: int
    complete: bool
    cut: tuple[int, ...]


def file(repository: Repository, commit: str, path: str, limit: int = LIMIT) -> File:
    """Return the file at a path of a commit, with at most ``limit`` bytes of it. Raises ``PathMissingError``."""
    entry = trees.entry(repository, commit, path)
    if entry.kind in {"folder", "submodule"}:
        raise PathMissingError(f"'{names.shown(path)}' at {commit[:12]} is a {entry.kind}, not a file", [entry.path])
    held = content(repository, entry.oid, limit)
    link = entry.kind == "symlink"
    return File(
        entry,
        held,
        text.encoding(held.data),
        "" if link else text.image(entry.name),
        None if link else text.large_file(held.data),
        names.decode(held.data) if link else "",
    )


def content(repository: Repository, oid: str, limit: int = LIMIT) -> Content:
    """Return the bytes of a blob, at most the first ``limit``. Raises ``ObjectMissingError``."""
    _, size = repository.header(oid)
    if size <= limit:
        return Content(repository.read(oid, "blob", limit), size)
    # libgit2 would load all of it; git prints it, and is ended when we have enough.
    return Content(repository.run("cat-file", "blob", oid, limit=limit).data, size)


def stream(repository: Repository, oid: str, seconds: float = 600.0) -> Generator[bytes, None, None]:
    """Yield the bytes of a blob of any size. Raises ``DeadlineError`` when the time is up before it has yielded all."""
    with process.Command(repository.path, ("cat-file", "blob", oid), seconds) as command:
        yield from command.chunks()
        if command.late:
            raise DeadlineError(f"reading the blob {oid} took longer than {seconds:g} s")
        command.finish()


def lines(held: File, first: int = 1, count: int = LINES_AT_MOST) -> Lines:
    """Return ``count`` lines of a text from line ``first`` on; none of a binary file."""
    every = [] if held.binary else text.split(text.decoded(held.content.data, held.encoding))
    first = max(1, first)
    some = every[first - 1 : first - 1 + max(0, min(count, LINES_AT_MOST))]
    cut = tuple(first + position for position, line in enumerate(some) if len(line) > WIDTH)
    return Lines(first, tuple(line[:WIDTH] for line in some), len(every), held.content.complete, cut)
