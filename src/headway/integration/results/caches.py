"""Caches on disk: ``<root>/<digest of scope, version and key>/`` with ``entry.json`` and what was kept in ``content/``.

An entry appears by a rename, so that it is whole or not there, and of two writers the first wins. Readers hold a shared
lock on ``entry.json``, whose time of change is when the entry was last used.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from headway.integration.results.errors import AlreadyExistsError, NotFoundError, TooLargeError
from headway.integration.results.matching import TOTAL, UNUSED, choose, superfluous
from headway.integration.results.names import check_keys
from headway.integration.results.records import DAY, CacheEntry
from headway.integration.results.trees import entries_below, remove, unwritable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_ENTRY = "entry.json"
_CONTENT = "content"


class FolderCaches:
    """The caches of one repository, as a run sees them that may read ``scopes`` and write the first of them."""

    __slots__ = ("_clock", "_limit", "_lock", "_reserved", "_root", "_scopes")

    def __init__(
        self, root: str, scopes: Sequence[str], *, limit: int = TOTAL, clock: Callable[[], float] = time.time
    ) -> None:
        self._root = root
        self._scopes = tuple(scopes)
        self._limit = limit
        self._clock = clock
        self._lock = threading.Lock()
        self._reserved: set[str] = set()

    def find(self, keys: Sequence[str], version: str) -> CacheEntry | None:
        """Return the entry that the keys lead to, and note that it was used; see ``CacheStore``."""
        check_keys(list(keys))
        now = self._clock()
        alive = (entry for entry in self._entries() if now - entry.used <= UNUSED)
        found = choose(alive, keys, version, self._scopes)
        if found is not None:
            with suppress(OSError):
                os.utime(os.path.join(self._folder(found), _ENTRY), (now, now))
        return found

    def entry(self, number: int) -> CacheEntry | None:
        """Return the entry of an id; see ``CacheStore``."""
        visible = (entry for entry in self._entries() if entry.scope in self._scopes)
        return next((entry for entry in visible if entry.id == number), None)

    def reserve(self, key: str, version: str) -> None:
        """Claim a key; see ``CacheStore``."""
        check_keys([key])
        name = _digest(self._scopes[0], version, key)
        with self._lock:
            if name in self._reserved or self._is_alive(name):
                raise AlreadyExistsError(
                    f"Unable to reserve cache with key {key}, another job may be creating this cache."
                )
            self._reserved.add(name)

    def release(self, key: str, version: str) -> None:
        """Give up a claim."""
        with self._lock:
            self._reserved.discard(_digest(self._scopes[0], version, key))

    def keep(self, key: str, version: str, fill: Callable[[str], None]) -> CacheEntry:
        """Keep what ``fill`` puts into a folder; see ``CacheStore``."""
        import tempfile

        try:
            os.makedirs(self._root, mode=0o700, exist_ok=True)
            partial = tempfile.mkdtemp(prefix=".", suffix=".partial", dir=self._root)
        except OSError as error:
            raise unwritable(self._root, error) from error
        try:
            content = os.path.join(partial, _CONTENT)
            os.mkdir(content)
            fill(content)
            entry = self._described(key, version, content)
            self._commit(entry, partial)
        except OSError as error:
            raise unwritable(self._root, error) from error
        finally:
            remove(partial)
            self.release(key, version)
        self._evict(entry)
        return entry

    def _described(self, key: str, version: str, content: str) -> CacheEntry:
        size = sum(
            os.lstat(os.path.join(content, path)).st_size for path, is_folder in entries_below(content) if not is_folder
        )
        if size > self._limit:
            raise TooLargeError(
                f"Cache size of ~{size >> 20} MB ({size} B) is over the {self._limit / 1024**3:.0f} GB limit, "
                "not saving cache."
            )
        now = self._clock()
        scope = self._scopes[0]
        # 52 bits: JavaScript reads ids as floating-point numbers.
        number = int(_digest(scope, version, key)[:13], 16)
        return CacheEntry(number, key, version, scope, now, now, size)

    def _commit(self, entry: CacheEntry, partial: str) -> None:
        import json

        path = os.path.join(partial, _ENTRY)
        with open(path, "w", encoding="utf-8") as file:
            json.dump(entry._asdict(), file)
        os.utime(path, (entry.used, entry.used))
        name = os.path.basename(self._folder(entry))
        with self._lock:
            if not self._is_alive(name):
                self._remove(name)
            try:
                os.rename(partial, self._folder(entry))
            except OSError as error:
                if not os.path.isdir(self._folder(entry)):
                    raise
                raise AlreadyExistsError(
                    f"Unable to save cache with key {entry.key}: another run has saved it in the meantime."
                ) from error

    @contextmanager
    def content(self, entry: CacheEntry) -> Iterator[str]:
        """Return the folder with what was kept, which nobody removes meanwhile; see ``CacheStore``."""
        folder = self._folder(entry)
        try:
            descriptor = os.open(os.path.join(folder, _ENTRY), os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise NotFoundError(f"The cache with key {entry.key} is gone: another run has evicted it") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            if not os.path.isdir(os.path.join(folder, _CONTENT)):
                raise NotFoundError(f"The cache with key {entry.key} is gone: another run has evicted it")
            yield os.path.join(folder, _CONTENT)
        finally:
            os.close(descriptor)

    # The folder as a whole

    def _entries(self) -> list[CacheEntry]:
        names: list[str] = []
        with suppress(FileNotFoundError):
            names = [name for name in os.listdir(self._root) if not name.startswith(".")]
        return [entry for name in names if (entry := self._read(name)) is not None]

    def _read(self, name: str) -> CacheEntry | None:
        import json

        path = os.path.join(self._root, name, _ENTRY)
        try:
            with open(path, encoding="utf-8") as file:
                entry = CacheEntry(**json.load(file))
                return entry._replace(used=os.fstat(file.fileno()).st_mtime)
        except (OSError, ValueError, TypeError):
            return None

    def _is_alive(self, name: str) -> bool:
        entry = self._read(name)
        return entry is not None and self._clock() - entry.used <= UNUSED

    def _folder(self, entry: CacheEntry) -> str:
        return os.path.join(self._root, _digest(entry.scope, entry.version, entry.key))

    def _evict(self, newest: CacheEntry) -> None:
        """Remove what is too old or too much, and what crashed runs left half done."""
        now = self._clock()
        room = self._limit - newest.size
        others = [entry for entry in self._entries() if self._folder(entry) != self._folder(newest)]
        for entry in superfluous(others, now, total=room):
            self._remove(os.path.basename(self._folder(entry)))
        with suppress(OSError):
            for name in os.listdir(self._root):
                path = os.path.join(self._root, name)
                if name.startswith(".") and now - os.lstat(path).st_mtime > DAY:
                    remove(path)

    def _remove(self, name: str) -> None:
        """Remove an entry unless somebody reads it; it is gone at once, before its files are."""
        path = os.path.join(self._root, name)
        gone = os.path.join(self._root, f".{name}.{time.time_ns()}.gone")
        try:
            descriptor = os.open(os.path.join(path, _ENTRY), os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            descriptor = -1
        try:
            if descriptor >= 0:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.rename(path, gone)
        except OSError:
            return
        finally:
            if descriptor >= 0:
                os.close(descriptor)
        remove(gone)


def _digest(scope: str, version: str, key: str) -> str:
    import hashlib
    import json

    return hashlib.sha256(json.dumps([scope, version, key]).encode()).hexdigest()[:40]
