"""What artifacts and caches are, and what a store of them can do. Local runs and servers have stores of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from contextlib import AbstractContextManager

ZIP = "application/zip"
DAY = 86400.0


class SourceFile(NamedTuple):
    """A file of this machine, absolute, and where it shall be in an artifact."""

    origin: str
    path: str


class Draft(NamedTuple):
    """An artifact that shall be kept. ``retention`` counts seconds.

    ``mime`` is the type of what is downloaded: a zip of all files, or one file as it is.
    """

    name: str
    job: str
    retention: float = 90 * DAY
    mime: str = ZIP


class Artifact(NamedTuple):
    """An artifact that is kept.

    ``size`` is that of its files and ``archive_size`` that of what is downloaded, in bytes; ``digest`` is the SHA-256
    of the latter in hex. ``created`` and ``expires`` are seconds since 1970.
    """

    id: int
    name: str
    job: str
    files: int
    size: int
    archive_size: int
    digest: str
    created: float
    expires: float
    mime: str = ZIP


class ArtifactStore(Protocol):
    """The artifacts of one run. All methods may be called from any thread."""

    def reserve(self, name: str, *, overwrite: bool = False) -> None:
        """Claim a name until it is kept or released.

        Raises ``InvalidRequestError`` for a name that is not allowed, ``AlreadyExistsError`` when it is taken.
        """

    def release(self, name: str) -> None:
        """Give up a claim."""

    def keep_files(self, draft: Draft, files: Sequence[SourceFile]) -> Artifact:
        """Keep copies of files under a name that was reserved. Raises ``HeadwayError`` when one cannot be read."""

    def keep_archive(self, draft: Draft, path: str, digest: str = "") -> Artifact:
        """Keep what a client has uploaded, a zip or a file as it is, under a name that was reserved.

        The file at ``path`` is taken over; its SHA-256 must be ``digest`` if there is one. Raises
        ``InvalidArchiveError`` for a zip that is broken or would do harm.
        """

    def artifacts(self) -> list[Artifact]:
        """Return what is kept and has not expired, oldest first."""

    def find(self, name: str) -> Artifact | None:
        """Return the artifact of a name, None if there is none."""

    def delete(self, name: str) -> Artifact | None:
        """Delete an artifact, and return it; None if there is none."""

    def copy(self, artifact: Artifact, target: str) -> None:
        """Write its files below a folder. Raises ``HeadwayError`` when they cannot be written there."""

    def archive(self, artifact: Artifact) -> Generator[bytes, None, None]:
        """Yield what is downloaded, in pieces. Raises ``NotFoundError`` when it is gone."""

    def location(self, artifact: Artifact) -> str:
        """Return where people find it."""


class CacheEntry(NamedTuple):
    """A cache that is kept. ``created`` and ``used`` are seconds since 1970, ``size`` is bytes."""

    id: int
    key: str
    version: str
    scope: str
    created: float
    used: float
    size: int


class CacheStore(Protocol):
    """The caches that one run may see: those of its own ref first, then those of others in order.

    Entries never change. All methods may be called from any thread.
    """

    def find(self, keys: Sequence[str], version: str) -> CacheEntry | None:
        """Return the entry that the keys lead to; the first of them is the primary key.

        Raises ``InvalidRequestError`` for keys that are not allowed.
        """

    def entry(self, number: int) -> CacheEntry | None:
        """Return the entry of an id that the run may see, None if there is none."""

    def reserve(self, key: str, version: str) -> None:
        """Claim a key in the run's own scope until it is kept or released.

        Raises ``InvalidRequestError`` for a key that is not allowed, ``AlreadyExistsError`` when it is taken.
        """

    def release(self, key: str, version: str) -> None:
        """Give up a claim."""

    def keep(self, key: str, version: str, fill: Callable[[str], None]) -> CacheEntry:
        """Keep what ``fill`` puts into the folder that it is given, under a key that was reserved.

        Raises ``AlreadyExistsError`` when another run was faster, ``TooLargeError`` when it is larger than all caches
        together may be.
        """

    def content(self, entry: CacheEntry) -> AbstractContextManager[str]:
        """Return the folder with what was kept; it stays whole while the context lasts.

        Raises ``NotFoundError`` when it is gone.
        """


class Stores(Protocol):
    """What the actions of a run keep things in."""

    @property
    def artifacts(self) -> ArtifactStore:
        """The artifacts of the run."""

    @property
    def caches(self) -> CacheStore:
        """The caches that the run may see."""

    def artifacts_of(self, run: str) -> ArtifactStore | None:
        """Return the artifacts of another run of the same repository, None if it is not known here."""
