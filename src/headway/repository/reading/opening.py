"""Opening bare repositories, and reading their objects."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

import pygit2
from pygit2.enums import ConfigLevel, ObjectType

from headway.kernel.errors import LimitError
from headway.repository.reading import process
from headway.repository.reading.errors import ObjectMissingError, RepositoryMissingError
from headway.repository.reading.recent import Recent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeVar

    Answer = TypeVar("Answer")

_OPEN_AT_MOST = 128
_CACHED_BYTES = 64 << 20
_CACHED_TREE_BYTES = 512 << 10
_OBJECT_LIMIT = 32 << 20
_KINDS = {ObjectType.COMMIT: "commit", ObjectType.TREE: "tree", ObjectType.BLOB: "blob", ObjectType.TAG: "tag"}

# Whatever is set on this machine or by the person who runs it must not change what a repository says, and the folder's
# owner is not the question either: the repositories are the server's own.
pygit2.settings.owner_validation = False
for _level in (ConfigLevel.PROGRAMDATA, ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL):
    pygit2.settings.search_path[_level] = ""
pygit2.settings.cache_max_size(_CACHED_BYTES)
pygit2.settings.cache_object_limit(ObjectType.TREE, _CACHED_TREE_BYTES)


class Repository:
    """A bare repository that is open for reading. Many threads may use it at once."""

    __slots__ = ("_also", "_handle", "_lock", "_odb", "identity", "path")

    def __init__(self, path: str, also: str = "") -> None:
        """Open it. Raises ``RepositoryMissingError`` when there is none. ``also``: another folder of objects."""
        self.path = path
        self._also = also
        self.identity = _identity(path)
        self._lock = threading.Lock()
        self._open()

    def __repr__(self) -> str:
        return f"Repository({self.path!r})"

    def _open(self) -> None:
        try:
            handle = pygit2.Repository(self.path, pygit2.enums.RepositoryOpenFlag.NO_SEARCH)
        except pygit2.GitError as error:
            raise RepositoryMissingError(f"there is no bare repository at '{self.path}': {error}") from None
        if not handle.is_bare:
            raise RepositoryMissingError(f"the repository at '{self.path}' has a working tree; a bare one is expected")
        objects = handle.odb
        if self._also:
            objects.add_disk_alternate(self._also)
        with self._lock:
            self._handle, self._odb = handle, objects

    @property
    def handle(self) -> pygit2.Repository:
        """The repository as libgit2 knows it. Each call into it holds Python's lock: ask it small questions only."""
        return self._handle

    def again(self, ask: Callable[[], Answer]) -> Answer:
        """Return what ``ask`` returns; if libgit2 fails, ask once more of a repository that was opened anew.

        A repack takes away packs that libgit2 had listed but not opened.
        """
        try:
            return ask()
        except (KeyError, pygit2.GitError, OSError):
            self._open()
            return ask()

    def header(self, oid: str) -> tuple[str, int]:
        """Return the kind of an object, and its size in bytes. Raises ``ObjectMissingError``."""
        try:
            kind, size = self.again(lambda: self._odb.read_header(pygit2.Oid(hex=oid)))
        except (KeyError, ValueError, pygit2.GitError, OSError):
            raise ObjectMissingError(f"the repository has no object {oid}") from None
        return _KINDS.get(kind, "unknown"), size

    def sizes(self, oids: Iterable[str]) -> list[int | None]:
        """Return the sizes of objects in bytes, None of those that are missing."""
        read = self._odb.read_header
        found: list[int | None] = []
        for oid in oids:
            try:
                found.append(read(pygit2.Oid(hex=oid))[1])
            except (KeyError, ValueError, pygit2.GitError, OSError):
                found.append(self._size(oid))
                read = self._odb.read_header
        return found

    def _size(self, oid: str) -> int | None:
        try:
            return self.header(oid)[1]
        except ObjectMissingError:
            return None

    def read(self, oid: str, kind: str, limit: int = _OBJECT_LIMIT) -> bytes:
        """Return an object's bytes. Raises ``ObjectMissingError``, and ``LimitError`` beyond ``limit`` bytes."""
        found, size = self.header(oid)
        if found != kind:
            raise ObjectMissingError(f"object {oid} is a {found}, not a {kind}")
        if size > limit:
            raise LimitError(f"the {kind} {oid} has {size} bytes, more than the {limit} that are read at once")
        return self.raw(oid)[1]

    def raw(self, oid: str) -> tuple[str, bytes]:
        """Return the kind of an object that is known to be small, and its bytes. Raises ``ObjectMissingError``."""
        try:
            kind, data = self.again(lambda: self._odb.read(pygit2.Oid(hex=oid)))
        except (KeyError, ValueError, pygit2.GitError, OSError) as error:
            raise ObjectMissingError(f"the object {oid} cannot be read: {error}") from None
        return _KINDS.get(kind, "unknown"), data

    def has(self, oid: str) -> bool:
        """Whether there is such an object; ``oid`` has 40 digits."""
        try:
            return self._odb.exists(pygit2.Oid(hex=oid))
        except ValueError:
            return False

    def run(
        self, *arguments: str, seconds: float = 10.0, limit: int = process.LIMIT, given: bytes = b""
    ) -> process.Output:
        """Run a git command here, as ``process.run`` does."""
        return process.run(self.path, *arguments, seconds=seconds, limit=limit, given=given)

    def ask(self, *arguments: str, seconds: float = 10.0, given: bytes = b"", limit: int = process.LIMIT) -> bytes:
        """Return all that a git command prints, as ``process.ask`` does."""
        return process.ask(self.path, *arguments, seconds=seconds, given=given, limit=limit)


_opened: Recent[Repository] = Recent(_OPEN_AT_MOST)


def _identity(path: str) -> tuple[int, int, int]:
    # The number of a file that was removed is given to the next one, whose time is another.
    try:
        status = os.stat(os.path.join(path, "config"))
    except (OSError, ValueError):
        raise RepositoryMissingError(f"there is no bare repository at '{path}'") from None
    return status.st_dev, status.st_ino, status.st_ctime_ns


def open_repository(path: str | os.PathLike[str]) -> Repository:
    """Return the bare repository at a path, open already if it was asked for before.

    Raises ``RepositoryMissingError``. A repository that was removed and made anew at the same path is opened anew.
    """
    place = os.fspath(path)
    found = _opened.get(place)
    if found is not None:
        if found.identity == _identity(place):
            return found
        _opened.drop(place)
    return _opened.put(place, Repository(place))


def quarantined(path: str | os.PathLike[str], quarantine: str) -> Repository:
    """Return the bare repository at a path with the objects of a push that has not been accepted yet.

    Raises ``RepositoryMissingError``.
    """
    return Repository(os.fspath(path), quarantine) if quarantine else open_repository(path)
