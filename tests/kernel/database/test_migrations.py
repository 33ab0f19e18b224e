from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import headway.migrations
from headway.kernel.database import DatabaseError, open_database
from headway.kernel.database.upgrading import current_revision, upgrade
from headway.migrations import NEWEST, SCRIPTS
from headway.schema import metadata
from tests.databases import ENGINES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from headway.kernel.database import Database

REVISIONS = sorted(path.name[:4] for path in Path(headway.migrations.__file__).parent.glob("versions/[0-9]*.py"))


@pytest.fixture(params=ENGINES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    if request.param == "sqlite":
        address = f"sqlite:///{tmp_path}/empty.sqlite"
    else:
        address = request.getfixturevalue("postgres").create()
    database = open_database(address)
    yield database
    database.close()


def test_the_steps_lead_to_the_tables_in_the_code(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        assert compare_metadata(context, metadata) == []


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_database_of_every_earlier_version_is_brought_to_this_one(empty: Database, revision: str) -> None:
    upgrade(empty, SCRIPTS, NEWEST, target=revision)
    assert current_revision(empty) == revision
    event = (
        "INSERT INTO event (id, type, subject, actor, project, time, data) VALUES "
        "('0190163d8694739b8ae1d2a4d9d2b1aa', 'dev.cdevents.change.merged', 'change:1', 'system', '', 1, '{}')"
    )
    empty.write(lambda connection: connection.execute(text(event)))
    upgrade(empty, SCRIPTS, NEWEST)
    assert current_revision(empty) == NEWEST
    kept = empty.read(lambda connection: connection.execute(text("SELECT subject FROM event")).scalars().all())
    assert kept == ["change:1"]


def test_upgrading_twice_changes_nothing(empty: Database) -> None:
    said: list[str] = []
    upgrade(empty, SCRIPTS, NEWEST, progress=said.append)
    upgrade(empty, SCRIPTS, NEWEST, progress=said.append)
    assert said == ["bringing the database to this version"]


def test_a_database_of_a_newer_version_is_left_alone(empty: Database) -> None:
    upgrade(empty, SCRIPTS, NEWEST)
    empty.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(DatabaseError, match="newer version of Headway"):
        upgrade(empty, SCRIPTS, NEWEST)


@pytest.mark.parametrize(
    "statement",
    ["UPDATE event SET subject = 'x'", "DELETE FROM event", "DELETE FROM seal", "UPDATE link SET kind = 'x'"],
)
def test_rows_of_the_ledger_cannot_be_changed_or_deleted(database: Database, statement: str) -> None:
    event = (
        "INSERT INTO event (id, type, subject, actor, project, time, data) VALUES "
        "('0190163d8694739b8ae1d2a4d9d2b1aa', 't', 'change:1', 'system', '', 1, '{}')"
    )
    database.write(lambda connection: connection.execute(text(event)))
    rows = {
        "seal": "INSERT INTO seal (position, event, hash) SELECT 1, id, {zero} FROM event",
        "link": "INSERT INTO link (source, kind, target, event, project) SELECT 'a', 'caused', 'b', id, '' FROM event",
    }
    zero = "zeroblob(32)" if database.is_sqlite else "decode(repeat('00', 32), 'hex')"
    for row in rows.values():
        database.write(lambda connection: connection.execute(text(row.format(zero=zero))))
    with pytest.raises(DBAPIError, match="append-only"):
        database.write(lambda connection: connection.execute(text(statement)))
