"""Files below a folder: listed, copied with all that they are, written where nothing leads out, and removed."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.results.errors import ResultsError
from headway.kernel.copying import Copier
from headway.kernel.errors import UnsafePathError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Entry(NamedTuple):
    """Something below a folder: its path relative to that, and whether it is a folder itself (not a link to one)."""

    path: str
    is_folder: bool


def entries_below(root: str) -> Iterator[Entry]:
    """Yield all that is below a folder, sorted by name; a folder comes before what is in it. Links are not followed."""
    pending = [""]
    while pending:
        folder = pending.pop()
        if folder:
            yield Entry(folder, True)
        with os.scandir(os.path.join(root, folder)) as listing:
            found = sorted(listing, key=lambda entry: entry.name)
        inner = []
        for entry in found:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                inner.append(path)
            else:
                yield Entry(path, False)
        pending.extend(reversed(inner))


class Target:
    """A folder to write into; links that are in it already lead nothing out of it."""

    __slots__ = ("_checked", "_fresh", "root")

    def __init__(self, root: str, *, fresh: bool = False) -> None:
        """``fresh``: the folder is new, so that nothing in it may be replaced."""
        os.makedirs(root, exist_ok=True)
        self.root = os.path.realpath(root)
        self._checked = {""}
        self._fresh = fresh

    def folder(self, path: str) -> str:
        """Make a folder, and those above it; return it. A file in its place is removed, a link that leads out too.

        Raises ``OSError``, and ``UnsafePathError`` for a path that leads out.
        """
        if path not in self._checked:
            if path.startswith("/") or ".." in path.split("/"):
                raise UnsafePathError(f"'{path}' leads out of '{self.root}'")
            known = ""
            for part in path.split("/"):
                known = f"{known}/{part}" if known else part
                if known not in self._checked:
                    self._make(os.path.join(self.root, known))
                    self._checked.add(known)
        return os.path.join(self.root, path)

    def _make(self, folder: str) -> None:
        if os.path.isdir(folder) and not (os.path.islink(folder) and not self._holds(os.path.realpath(folder))):
            return
        if not self._fresh:
            with suppress(FileNotFoundError):
                os.unlink(folder)
        os.mkdir(folder)

    def make_room(self, path: str) -> str:
        """Make the folders above a file, remove what has its name, and return its full path. Raises as ``folder``."""
        full = os.path.join(self.folder(os.path.dirname(path)), os.path.basename(path))
        with suppress(FileNotFoundError):
            os.unlink(full)
        return full

    def _holds(self, path: str) -> bool:
        return path == self.root or path.startswith(f"{self.root}/")


def copy_tree(source: str, target: str) -> Copier:
    """Copy a folder with its links, modes and times over what is there; return how much it was.

    Links among what is written over are replaced, never followed. Raises ``OSError``.
    """
    place = Target(target)
    copier = Copier(source, place.root)
    folders = [""]
    for path, is_folder in entries_below(source):
        if is_folder:
            _replace_link(place, path)
            folders.append(path)
        else:
            place.make_room(path)
            copier.copy(path)
    copier.finish()
    for path in reversed(folders):
        status = os.stat(os.path.join(source, path))
        with suppress(OSError):  # of folders that belong to somebody else only the content is ours
            os.chmod(os.path.join(place.root, path), stat.S_IMODE(status.st_mode))
            os.utime(os.path.join(place.root, path), ns=(status.st_atime_ns, status.st_mtime_ns))
    return copier


def _replace_link(place: Target, path: str) -> None:
    full = os.path.join(place.root, path)
    if os.path.islink(full):
        os.unlink(full)
    place.folder(path)


def remove(path: str) -> None:
    """Remove a file, or a folder with all below it, whatever its permissions; what cannot be removed stays."""
    if not os.path.isdir(path) or os.path.islink(path):
        with suppress(OSError):
            os.unlink(path)
        return
    folders = [path]
    for folder in folders:  # which grows on the way
        with suppress(OSError):
            os.chmod(folder, stat.S_IRWXU)
            with os.scandir(folder) as listing:
                entries = list(listing)
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                else:
                    os.unlink(entry.path)
    for folder in reversed(folders):
        with suppress(OSError):
            os.rmdir(folder)


def remove_older(folder: str, seconds: float) -> None:
    """Remove what is in a folder and was not changed for so long."""
    import time

    with suppress(FileNotFoundError):
        for name in os.listdir(folder):
            path = os.path.join(folder, name)
            with suppress(FileNotFoundError):
                if time.time() - os.lstat(path).st_mtime > seconds:
                    remove(path)


def unwritable(path: str, error: OSError) -> ResultsError:
    """Return the error that says why something could not be written."""
    return ResultsError(
        f"'{path}' could not be written: {error.strerror or error} ({error.filename or path}). "
        "Free some space, or check who may write there"
    )
