"""What happens between the start of the process and its first real page, step by step."""

from __future__ import annotations

import fcntl
from typing import TYPE_CHECKING

from headway.kernel.backup import RESTORED
from headway.kernel.database import open_database
from headway.kernel.database.upgrading import upgrade
from headway.kernel.errors import HeadwayError, explained
from headway.kernel.logs import log
from headway.migrations import NEWEST, SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from headway.app import Headway
    from headway.kernel.settings import Settings

ADDRESS_FILE = "address"
"""Where the server says at which address it was started last, for the commands on this machine."""


def start(settings: Settings, now: Callable[[str], None], tell: Callable[[str], None]) -> Headway:
    """Bring everything to where requests can be answered, and return it.

    ``now`` hears of each step, ``tell`` what the person who started it has to know. Raises ``HeadwayError`` that
    says what to do.
    """
    now("making the data folder")
    _make_folder(settings)
    now("opening the database")
    database = open_database(settings.database_address)
    upgrade(database, SCRIPTS, NEWEST, progress=now)
    database.close()
    now("loading the rooms")
    from headway.app import build

    headway = build(settings)
    headway.hosting.prepare()
    now("settling pushes that were under way")
    headway.receiving.settle()
    _discover_after_restore(headway, settings.data / RESTORED, now)
    headway.start()
    _say_where(headway, tell)
    log.info("ready", address=headway.platform.base_url)
    return headway


def _discover_after_restore(headway: Headway, restored: Path, now: Callable[[str], None]) -> None:
    """Look once for what the backup's snapshot did not know; of several servers one does it, and the others wait."""
    try:
        file = restored.open("rb")
    except FileNotFoundError:
        return
    with file:
        now("looking for pushes that came in while the backup was made")
        fcntl.flock(file, fcntl.LOCK_EX)
        if restored.exists():
            headway.discovering.discover_all()
            restored.unlink()


def _make_folder(settings: Settings) -> None:
    try:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o750)
    except OSError as error:
        raise HeadwayError(
            f"cannot make the data folder: {explained(error)}; choose another with --data or HEADWAY_DATA"
        ) from None


def _say_where(headway: Headway, tell: Callable[[str], None]) -> None:
    address = headway.platform.base_url
    try:
        (headway.platform.settings.data / ADDRESS_FILE).write_text(f"{address}\n")
    except OSError as error:
        log.warning("the address could not be noted for commands on this machine", error=explained(error))
    tell(f"Headway is at {address}")
    secret = headway.platform.identity.set_up_link()
    if secret:
        tell("Nobody has an account yet. Make the first one, which administers this installation, at\n")
        tell(f"  {address}/-/set-up/{secret}\n")
