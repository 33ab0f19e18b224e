"""Which servers on one Git folder still run, and with them the pushes that they take.

Each has a file that is locked for as long as the server, or any git that it started for a push, is there: the lock goes
with the last of them, however they end. So nobody settles a push while its git may still change refs.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
from typing import TYPE_CHECKING
from uuid import uuid4

if TYPE_CHECKING:
    from pathlib import Path


class Presence:
    """One server among those that share a folder."""

    def __init__(self, folder: Path) -> None:
        self.name = uuid4().hex
        self._folder = folder
        self._lock = threading.Lock()
        self._descriptor = -1

    def enter(self) -> int:
        """Be there from now on, and return the descriptor that a git which takes a push inherits. Idempotent."""
        with self._lock:
            if self._descriptor < 0:
                self._folder.mkdir(parents=True, exist_ok=True)
                descriptor = os.open(self._folder / self.name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._descriptor = descriptor
            return self._descriptor

    def leave(self) -> None:
        """Be there no longer; a git that still runs keeps the lock until its end. Idempotent."""
        with self._lock:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self._descriptor = -1
        self.is_over(self.name)

    def is_over(self, name: str) -> bool:
        """Whether a server has ended, and every git that took a push for it. Its file is removed then."""
        path = self._folder / name
        try:
            descriptor = os.open(path, os.O_RDWR)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        else:
            path.unlink(missing_ok=True)
            return True
        finally:
            os.close(descriptor)

    def sweep(self) -> None:
        """Remove the files of servers that were killed."""
        with contextlib.suppress(FileNotFoundError):
            for name in os.listdir(self._folder):
                self.is_over(name)
