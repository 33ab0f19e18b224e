"""One server on each SQLite database: SQLite has one writer, and that is the server's queue."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from typing import TYPE_CHECKING

from headway.kernel.errors import HeadwayError, explained

if TYPE_CHECKING:
    from headway.kernel.settings import Settings

LOCK_FILE = "server.lock"
_PATIENCE_SECONDS = 1.0


def claim(settings: Settings) -> int | None:
    """Return a descriptor that holds the data folder while it is open; ``None`` with PostgreSQL, which servers share.

    The lock goes with the process, however it ends. Raises ``HeadwayError`` when another server holds it.
    """
    if settings.database:
        return None
    path = settings.data / LOCK_FILE
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o750)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise HeadwayError(
            f"cannot use the data folder: {explained(error)}; choose another with --data or HEADWAY_DATA"
        ) from None
    if not _locked(descriptor):
        process = os.read(descriptor, 20).decode(errors="replace").strip()
        os.close(descriptor)
        raise HeadwayError(
            f"another server (process {process or 'unknown'}) runs on the data folder {settings.data}: end it first, "
            "or choose another folder with --data; several servers share a PostgreSQL database (docs/operating)"
        )
    with contextlib.suppress(OSError):  # a full disk: who holds it is for people to read
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
    return descriptor


def _locked(descriptor: int) -> bool:
    """Take the lock, and return whether it was free, or became so while one that is about to end did."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
        else:
            return True
