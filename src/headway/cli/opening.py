"""Commands that work on the installation of this machine: its settings, its database."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator

    from headway.kernel.platform import Platform
    from headway.kernel.settings import Settings


def add_place(parser: ArgumentParser) -> None:
    """Add the options that say which installation is meant."""
    parser.add_argument("--data", metavar="FOLDER", help="the folder that holds everything that is kept")
    parser.add_argument("--database", metavar="ADDRESS", help="postgresql://… (default: a SQLite file in that folder)")


def settings_of(options: Namespace) -> Settings:
    """Return the settings of the installation. Raises ``InputError``."""
    from headway.kernel.settings import load_settings

    settings = load_settings(data=options.data, database=options.database)
    address = settings.data / "address"
    if settings.base_url is None and address.exists():
        return load_settings(data=options.data, database=options.database, base_url=address.read_text().strip())
    return settings


@contextmanager
def opened(options: Namespace) -> Iterator[Platform]:
    """Open the installation, which may be running at the same time. Raises ``HeadwayError`` when there is none."""
    from headway.kernel.database.upgrading import current_revision
    from headway.kernel.errors import HeadwayError
    from headway.kernel.platform import make_platform
    from headway.migrations import NEWEST

    settings = settings_of(options)
    file = settings.data / "headway.sqlite"
    if not settings.database and not file.exists():
        raise HeadwayError(f"there is no installation in {settings.data}; name its folder with --data or HEADWAY_DATA")
    platform = make_platform(settings)
    try:
        revision = current_revision(platform.database)
        if revision != NEWEST:
            raise HeadwayError(
                f"the database has the schema {revision}, and this version of Headway needs {NEWEST}; "
                "start `headway up` once, which upgrades it"
            )
        yield platform
    finally:
        platform.database.close()
