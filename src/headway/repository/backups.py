"""Copying the folder of repositories while the server runs, so that every copy is a whole repository."""

from __future__ import annotations

import contextlib
import shutil
import time
from typing import TYPE_CHECKING

from headway.kernel.errors import DeadlineError
from headway.repository.reading.errors import IndexBusyError
from headway.repository.reading.maintenance import undisturbed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_WAIT_SECONDS = 3600.0
_REFS_FIRST = ("HEAD", "packed-refs", "config", "refs", "logs")
_LEFT_OUT = ("tmp_", "incoming-", "headway-index")


def copy_repositories(source: Path, target: Path) -> None:
    """Copy all repositories.

    Each is taken with its refs first and its objects after: no ref leads to what is missing.
    """
    target.mkdir()
    for entry in sorted(source.iterdir()):
        if entry.suffix == ".git":
            _copy_repository(entry, target / entry.name)
        elif entry.is_dir() and len(entry.name) == 2:
            (target / entry.name).mkdir()
            for repository in sorted(entry.glob("*.git")):
                _copy_repository(repository, target / entry.name / repository.name)


def _copy_repository(source: Path, target: Path) -> None:
    with _held(source):
        target.mkdir()
        names = [entry.name for entry in source.iterdir() if not entry.name.startswith(_LEFT_OUT)]
        for name in sorted(names, key=lambda name: name not in _REFS_FIRST):
            _copy(source / name, target / name)


@contextlib.contextmanager
def _held(repository: Path) -> Iterator[None]:
    """Keep maintenance away, which takes packs away that it has joined. Raises ``DeadlineError``."""
    deadline = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            with undisturbed(str(repository)):
                yield
                return
        except IndexBusyError:
            if time.monotonic() > deadline:
                raise DeadlineError(f"maintenance of {repository} did not end within {_WAIT_SECONDS:.0f} s") from None
            time.sleep(0.2)


def _copy(source: Path, target: Path) -> None:
    def copy_file(from_: str, to: str) -> str:
        with contextlib.suppress(FileNotFoundError):
            shutil.copy2(from_, to)
        return to

    def left_out(_folder: str, names: list[str]) -> set[str]:
        return {name for name in names if name.startswith(_LEFT_OUT) or name.endswith(".lock")}

    if source.is_dir():
        shutil.copytree(source, target, copy_function=copy_file, symlinks=True, ignore=left_out)
    elif not source.name.endswith(".lock"):
        copy_file(str(source), str(target))
