"""Copying the folder of blobs while the server runs."""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING

from headway.kernel.blobs.disk import INCOMING

if TYPE_CHECKING:
    from pathlib import Path


def copy_blobs(source: Path, target: Path) -> None:
    """Copy all blobs, without what is on its way in. What a snapshot speaks of stays for longer than this takes."""

    def copy_file(from_: str, to: str) -> str:
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(from_, to)
        return to

    shutil.copytree(source, target, copy_function=copy_file, ignore=shutil.ignore_patterns(INCOMING))
