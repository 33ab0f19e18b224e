"""Bringing a database to the schema of this version of Headway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from headway.kernel.database.errors import DatabaseError

if TYPE_CHECKING:
    from collections.abc import Callable

    from alembic.config import Config
    from sqlalchemy.engine import Connection

    from headway.kernel.database.database import Database

_LOCK = 0x48454144  # PostgreSQL's advisory lock: of several servers that start, one migrates and the others wait


def upgrade(
    database: Database,
    scripts: str,
    newest: str,
    target: str = "head",
    progress: Callable[[str], None] = lambda _: None,
) -> None:
    """Bring the schema to ``target`` (a revision, or ``head``), all or nothing.

    ``scripts`` is the package of the migrations, e.g. ``headway:migrations``; ``newest`` its last revision: when the
    database has it there is nothing to do, and Alembic is not even loaded. Raises ``DatabaseError`` when the
    database is of a newer version.
    """
    if target == "head" and current_revision(database) == newest:
        return
    from alembic import command
    from alembic.util.exc import CommandError

    progress("bringing the database to this version")
    with database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SET LOCAL statement_timeout = 0"))
            connection.execute(text("SET LOCAL lock_timeout = 0"))
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        try:
            command.upgrade(configuration(scripts, connection), target)
        except CommandError as error:
            raise DatabaseError(
                f"the database was used by a newer version of Headway ({error}); install that version or a newer one"
            ) from None


def configuration(scripts: str, connection: Connection) -> Config:
    """Return Alembic's configuration for a package of migrations and an open connection."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", scripts)
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def current_revision(database: Database) -> str | None:
    """Return the revision of the schema, ``None`` for an empty database."""

    def ask(connection: Connection) -> str | None:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
        return revision

    return database.read(ask)
