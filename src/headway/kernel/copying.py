"""Copying trees fast: reflinks where the filesystem has them, copies inside the kernel elsewhere."""

from __future__ import annotations

import errno
import os
import stat
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from headway.kernel.errors import UnsafePathError

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

    _Task = tuple[str, str, os.stat_result, int]

_FICLONE = 0x40049409
_GET_FLAGS, _SET_FLAGS, _TOP_OF_HIERARCHY = 0x80086601, 0x40086602, 0x20000
_CHUNK = 128 * 1024 * 1024
_FEW = 100
_BATCH = 64
_BATCH_BYTES = 1024 * 1024
_THREADS = min(4, os.cpu_count() or 1)
_CANNOT = frozenset((errno.EXDEV, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EPERM, errno.ENOTTY))


class Copier:
    """Copies files below one root to the same places below another.

    The first files are copied at once; of a larger tree the rest is copied in batches by a few threads, since making a
    file can cost the kernel more time than filling it. ``finish`` waits for them. Modes and times are kept, symbolic
    links stay links.
    """

    __slots__ = (
        "_batch",
        "_batch_bytes",
        "_folders",
        "_later",
        "_pool",
        "_reflinks",
        "files",
        "root",
        "size",
        "target",
    )

    def __init__(self, root: str, target: str) -> None:
        self.root = root
        self.target = target
        self.files = 0
        self.size = 0
        self._folders: set[str] = set()
        self._reflinks = sys.platform == "linux"
        self._pool: ThreadPoolExecutor | None = None
        self._later: list[Future[None]] = []
        self._batch: list[_Task] = []
        self._batch_bytes = 0

    def copy(self, path: str) -> str | None:
        """Copy one file or link; return its new path, or None for a folder (which is made, empty).

        A file that is gone is passed over: trees change while they are read. Raises ``OSError``, and
        ``UnsafePathError`` for a path that leads out of the root.
        """
        if path.startswith("/") or ".." in path.split("/"):
            raise UnsafePathError(f"'{path}' leads out of '{self.root}'")
        origin, target = f"{self.root}/{path}", f"{self.target}/{path}".rstrip("/")
        try:
            status = os.lstat(origin)
        except (FileNotFoundError, NotADirectoryError):
            return target
        if stat.S_ISDIR(status.st_mode):
            os.makedirs(target, exist_ok=True)
            return None
        self._make_folder(os.path.dirname(target))
        if stat.S_ISLNK(status.st_mode):
            os.symlink(os.readlink(origin), target)
        elif stat.S_ISREG(status.st_mode):
            self._copy_file(origin, target, status, stat.S_IMODE(status.st_mode))
        self.files += 1
        return target

    def place(self, origin: str, path: str, mode: int) -> None:
        """Copy the file at ``origin``, or what it links to, to ``path`` below the target, with this mode.

        Raises ``OSError``, and ``UnsafePathError`` for a path that leads out of the target.
        """
        if path.startswith("/") or ".." in path.split("/"):
            raise UnsafePathError(f"'{path}' leads out of '{self.target}'")
        status = os.stat(origin)
        target = f"{self.target}/{path}"
        self._make_folder(os.path.dirname(target))
        self._copy_file(origin, target, status, mode)
        self.files += 1

    def finish(self) -> None:
        """Wait until everything is copied. Raises the first ``OSError`` that a file met with."""
        if self._pool is not None:
            self._submit()
            self._pool.shutdown(wait=True)
            for future in self._later:
                future.result()

    def _make_folder(self, folder: str) -> None:
        if folder not in self._folders:
            os.makedirs(folder, exist_ok=True)
            self._folders.add(folder)

    def _copy_file(self, origin: str, target: str, status: os.stat_result, mode: int) -> None:
        self.size += status.st_size
        if self.files < _FEW and status.st_size < _BATCH_BYTES:
            self._copy_now(origin, target, status, mode)
            return
        if self._pool is None:
            from concurrent.futures import ThreadPoolExecutor  # small trees do without it

            self._pool = ThreadPoolExecutor(_THREADS)
        self._batch.append((origin, target, status, mode))
        self._batch_bytes += status.st_size
        if len(self._batch) >= _BATCH or self._batch_bytes >= _BATCH_BYTES:
            self._submit()

    def _submit(self) -> None:
        batch, self._batch, self._batch_bytes = self._batch, [], 0
        if batch and self._pool is not None:
            self._later.append(self._pool.submit(self._copy_batch, batch))

    def _copy_batch(self, batch: list[_Task]) -> None:
        for task in batch:
            self._copy_now(*task)

    def _copy_now(self, origin: str, target: str, status: os.stat_result, mode: int) -> None:
        try:
            source = os.open(origin, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return
        try:
            copy = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode | 0o200)
            try:
                if not (self._reflinks and status.st_size and self._reflink(source, copy)):
                    _copy_bytes(source, copy, status.st_size)
                os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
            finally:
                os.close(copy)
        finally:
            os.close(source)

    def _reflink(self, source: int, copy: int) -> bool:
        import fcntl

        try:
            fcntl.ioctl(copy, _FICLONE, source)
        except OSError as error:
            if error.errno not in _CANNOT:
                raise
            self._reflinks = False
            return False
        return True


def spread_out(folder: str) -> None:
    """Have each folder that will be made in this one get a part of the disk of its own, where ext4 can do that.

    Without it, ext4 puts new files near those that were removed minutes ago, and asks for each whether one of their
    inodes may be taken again (``recently_deleted`` in its ``ialloc.c``): making 10,000 files takes ten times as long.
    The flag is that of ``chattr +T``. Other file systems are left as they are.
    """
    if sys.platform != "linux":
        return
    import fcntl

    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            flags = int.from_bytes(fcntl.ioctl(descriptor, _GET_FLAGS, bytes(8)), sys.byteorder)
            if not flags & _TOP_OF_HIERARCHY:
                changed = flags | _TOP_OF_HIERARCHY
                fcntl.ioctl(descriptor, _SET_FLAGS, changed.to_bytes(8, sys.byteorder))
        finally:
            os.close(descriptor)


def _copy_bytes(source: int, copy: int, size: int) -> None:
    """Copy ``size`` bytes inside the kernel where it can, else through this process."""
    if size < 4096 or not hasattr(os, "copy_file_range"):
        _copy_through(source, copy)
        return
    try:
        while os.copy_file_range(source, copy, _CHUNK):
            pass
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
        _copy_through(source, copy)


def _copy_through(source: int, copy: int) -> None:
    while data := os.read(source, 1 << 20):
        view = memoryview(data)
        while view:
            view = view[os.write(copy, view) :]
