"""What an image is built from: a folder, as far as its ``.dockerignore`` leaves it, and a digest of all that."""

from __future__ import annotations

import hashlib
import os
import stat
from typing import IO, NamedTuple, cast

from docker.utils.build import create_archive, exclude_paths


class BuildContext(NamedTuple):
    """A folder, and the path of the Dockerfile below it."""

    folder: str
    dockerfile: str

    def digest(self) -> str:
        """Return a digest that changes with whatever the build can see: names, modes, contents."""
        total = hashlib.sha256(self.dockerfile.encode(errors="surrogateescape"))
        for path in self._files():
            full = os.path.join(self.folder, path)
            mode = os.lstat(full).st_mode
            total.update(f"\0{path}\0{mode:o}\0".encode(errors="surrogateescape"))
            if stat.S_ISLNK(mode):
                total.update(os.readlink(full).encode(errors="surrogateescape"))
            elif stat.S_ISREG(mode):
                with open(full, "rb") as file:
                    total.update(hashlib.file_digest(file, "sha256").digest())
        return total.hexdigest()

    def archive(self) -> IO[bytes]:
        """Return the folder as a tar file, to be closed by the caller."""
        return cast("IO[bytes]", create_archive(self.folder, self._files()))

    def _files(self) -> list[str]:
        return sorted(exclude_paths(self.folder, self._ignored(), dockerfile=self.dockerfile))

    def _ignored(self) -> list[str]:
        for name in (f"{self.dockerfile}.dockerignore", ".dockerignore"):
            try:
                with open(os.path.join(self.folder, name), encoding="utf-8", errors="surrogateescape") as file:
                    lines = [line.strip() for line in file]
            except OSError:
                continue
            return [line for line in lines if line and not line.startswith("#")]
        return []
