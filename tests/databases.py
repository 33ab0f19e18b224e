"""Databases for tests: a fresh one for each test, on both engines."""

from __future__ import annotations

import shutil
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from headway.kernel.database import Database, open_database
from headway.kernel.database.upgrading import upgrade
from headway.migrations import NEWEST, SCRIPTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres import Cluster

ENGINES = ("sqlite", "postgresql")


class Times:
    """A clock that stands still until it is moved, but for a microsecond with each look."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def pass_by(self, **how_long: float) -> None:
        self.now += timedelta(**how_long)


def prepare_template(cluster: Cluster) -> str:
    """Return the name of a database with the present schema, to be copied."""
    address = cluster.create()
    database = open_database(address)
    upgrade(database, SCRIPTS, NEWEST)
    database.close()
    return address.split("@/")[1].split("?")[0]


def prepare_file(folder: Path) -> Path:
    """Return an SQLite file with the present schema, to be copied."""
    path = folder / "template.sqlite"
    database = open_database(f"sqlite:///{path}")
    upgrade(database, SCRIPTS, NEWEST)
    database.close()
    return path


@contextmanager
def sqlite(folder: Path, template: Path) -> Iterator[Database]:
    path = folder / "headway.sqlite"
    shutil.copy(template, path)
    database = open_database(f"sqlite:///{path}")
    yield database
    database.close()


@contextmanager
def postgresql(cluster: Cluster, template: str) -> Iterator[Database]:
    address = cluster.create(template)
    database = open_database(address, readers=4, writers=4)
    yield database
    database.close()
    cluster.drop(address)
