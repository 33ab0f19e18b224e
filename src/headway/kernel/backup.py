"""Backups: one folder with everything that is kept, consistent while the server runs.

The order makes it consistent. The database comes first, in one snapshot; then what rooms keep in folders, which only
gain what the snapshot does not mention yet. Rooms say how their folders are copied, and what there is to do at the
first start after a restore (``RESTORED`` marks it): a push that came in between is in Git and not in the ledger.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy.engine import make_url

from headway import __version__
from headway.kernel.errors import HeadwayError, MissingProgramError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from headway.kernel.settings import Settings

_MANIFEST = "backup.json"
_FORMAT = 1
KEY_FILE = "key"


RESTORED = "restored"


class Part(NamedTuple):
    """A folder in the data folder, what it is called to people, and how it is copied while the server runs."""

    name: str
    meaning: str
    copy: Callable[[Path, Path], None]


def back_up(
    settings: Settings, folder: Path, parts: Sequence[Part], now: datetime, tell: Callable[[str], None]
) -> None:
    """Write a backup into a new folder. The key of secrets is not in it: keep a copy of it elsewhere.

    Raises ``HeadwayError`` when the folder exists, and when the database cannot be read.
    """
    if folder.exists():
        raise HeadwayError(f"{folder} exists; give a folder that does not, so that no earlier backup is lost")
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True, mode=0o700)
    tell("database")
    _dump(settings, unfinished)
    for part in parts:
        if (settings.data / part.name).exists():
            tell(part.meaning)
            part.copy(settings.data / part.name, unfinished / part.name)
    manifest = {"format": _FORMAT, "version": __version__, "time": now.isoformat(), "database": _kind(settings)}
    (unfinished / _MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n")
    unfinished.rename(folder)


def restore(settings: Settings, folder: Path, parts: Sequence[Part], tell: Callable[[str], None]) -> None:
    """Restore a backup into an empty data folder and an empty database.

    Raises ``HeadwayError`` when the folder is no backup, or when there is something that would be overwritten.
    """
    manifest = _read_manifest(folder)
    occupied = [part.name for part in parts if (settings.data / part.name).exists()]
    if not settings.database and (settings.data / "headway.sqlite").exists():
        occupied.append("headway.sqlite")
    if occupied:
        raise HeadwayError(f"{settings.data} has {', '.join(occupied)} already; restore into an empty folder")
    if manifest["database"] != _kind(settings):
        raise HeadwayError(
            f"the backup is of a {manifest['database']} database, and the settings name a {_kind(settings)} one; "
            "restore into the same kind"
        )
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o750)
    for part in parts:
        if (folder / part.name).exists():
            tell(part.meaning)
            shutil.copytree(folder / part.name, settings.data / part.name, symlinks=True)
    tell("database")
    _load(settings, folder)
    (settings.data / RESTORED).touch()


def _read_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / _MANIFEST).read_text())
    except (OSError, ValueError):
        raise HeadwayError(f"{folder} is no backup: it has no {_MANIFEST} that can be read") from None
    if manifest.get("format") != _FORMAT:
        raise HeadwayError(
            f"the backup has the format {manifest.get('format')}; this version of Headway reads {_FORMAT}"
        )
    return manifest


def _kind(settings: Settings) -> str:
    return make_url(settings.database_address).get_backend_name()


def _dump(settings: Settings, folder: Path) -> None:
    if _kind(settings) == "sqlite":
        source = make_url(settings.database_address).database or ""
        if not os.path.exists(source):
            raise HeadwayError(f"there is no database at {source}; name the installation with --data or HEADWAY_DATA")
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(folder / "database.sqlite")) as copy:
            live.backup(copy, pages=2000)
        return
    _postgresql("pg_dump", settings, "--format=custom", f"--file={folder / 'database.dump'}")


def _load(settings: Settings, folder: Path) -> None:
    if _kind(settings) == "sqlite":
        target = make_url(settings.database_address).database or ""
        shutil.copyfile(folder / "database.sqlite", target)
        return
    options = ("--exit-on-error", "--no-owner", "--single-transaction")
    _postgresql("pg_restore", settings, *options, "--dbname", "{address}", str(folder / "database.dump"))


def _postgresql(program: str, settings: Settings, *arguments: str) -> None:
    # libpq's own form of the address; the password stays out of the process table by going through the environment.
    url = make_url(settings.database_address).set(drivername="postgresql")
    address = url.set(password=None).render_as_string(hide_password=False)
    words = [word.format(address=address) for word in arguments]
    if program == "pg_dump":
        words.append(address)
    environment = dict(os.environ) | ({"PGPASSWORD": str(url.password)} if url.password else {})
    try:
        done = subprocess.run([program, *words], check=False, capture_output=True, text=True, env=environment)
    except FileNotFoundError:
        raise MissingProgramError(f"{program} is not on this machine; install PostgreSQL's client programs") from None
    if done.returncode:
        raise HeadwayError(f"{program} failed: {done.stderr.strip()}")
