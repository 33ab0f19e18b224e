"""The files of a commit as one archive, as `git archive` makes it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from headway.kernel.errors import DeadlineError
from headway.kernel.pieces import begun
from headway.repository.reading import process

if TYPE_CHECKING:
    from collections.abc import Generator

    from headway.repository.reading.opening import Repository

Format = Literal["tar.gz", "zip"]
_UNSAFE = re.compile(r"[^A-Za-z0-9._+-]+")


def folder_name(name: str, ref: str) -> str:
    """Return ``name-ref`` as one safe name, such as ``shop-feature-login``."""
    return _UNSAFE.sub("-", f"{name}-{ref}").strip("-.") or "archive"


def archive(
    repository: Repository, commit: str, format_: Format, folder: str, seconds: float = 600.0
) -> Generator[bytes, None, None]:
    """Return the archive of a commit in pieces, all files in ``folder``.

    Raises ``CommandError`` at once if there is nothing to archive; while it is read, ``DeadlineError`` when the time is
    up, so that nobody takes what came by then for the whole. Close it to end it early.
    """
    arguments = ("archive", f"--format={format_}", f"--prefix={folder}/", commit)
    return begun(_pieces(repository, arguments, seconds))


def _pieces(repository: Repository, arguments: tuple[str, ...], seconds: float) -> Generator[bytes, None, None]:
    with process.Command(repository.path, arguments, seconds) as command:
        yield from command.chunks()
        if command.late:
            raise DeadlineError(f"the archive took longer than {seconds:g} s")
        command.finish()
