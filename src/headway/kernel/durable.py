"""Names that outlive a power failure, and disks that are full."""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from headway.kernel.errors import NoRoomError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def flush_names(folder: Path) -> None:
    """Make sure that the names in a folder, as they are now, are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def is_full(error: BaseException) -> bool:
    """Whether an error says that a disk, or what one may use of it, is full.

    SQLite, libgit2 and ``shutil.copytree`` say so in words only.
    """
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    return any(words in str(error) for words in ("No space left on device", "disk is full", "Disk quota exceeded"))


@contextmanager
def room_for(what: str) -> Iterator[None]:
    """Turn the error of a full disk into ``NoRoomError`` with words for people."""
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise NoRoomError(f"the server's disk is full, and there is no room for {what}; try again later") from error
        raise
