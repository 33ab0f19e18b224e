"""Connections to SQLite and PostgreSQL, set up so that both behave alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine, make_url

from headway.kernel.database.errors import DatabaseError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL, Connection

_BUSY_MILLISECONDS = 15_000
_STATEMENT_MILLISECONDS = 60_000
_LOCK_MILLISECONDS = 15_000

_PRAGMAS = (
    "PRAGMA journal_mode = WAL",
    # FULL: what was answered with "done" is on the disk, even if the power fails. The writer commits many at once.
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}",
    "PRAGMA temp_store = MEMORY",
    "PRAGMA cache_size = -8192",
    "PRAGMA mmap_size = 268435456",
)


def engine_for(address: str, *, writing: bool, connections: int, silence: float | None = None) -> Engine:
    """Return an engine whose connections may write or only read. Raises ``DatabaseError`` for an unknown address."""
    url = make_url(address)
    kind = url.get_backend_name()
    if kind == "sqlite":
        return _sqlite(url, writing, connections)
    if kind == "postgresql":
        return _postgresql(url, writing, connections, silence)
    raise DatabaseError(f"'{kind}' is not a database that Headway knows; give sqlite:///FILE or postgresql://…")


def _sqlite(url: URL, writing: bool, connections: int) -> Engine:
    engine = create_engine(
        url.set(drivername="sqlite+pysqlite"),
        hide_parameters=True,  # errors are logged, and what people wrote is not for the log
        pool_size=connections,
        max_overflow=0,
        pool_timeout=30,
        # The driver shall not begin transactions by itself: the writer says BEGIN IMMEDIATE.
        connect_args={"isolation_level": None, "check_same_thread": False, "cached_statements": 512},
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: Any, _record: object) -> None:
        for pragma in _PRAGMAS:
            connection.execute(pragma)
        if not writing:
            connection.execute("PRAGMA query_only = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgresql(url: URL, writing: bool, connections: int, silence: float | None) -> Engine:
    options = f"-c statement_timeout={_STATEMENT_MILLISECONDS} -c lock_timeout={_LOCK_MILLISECONDS} -c timezone=UTC"
    if not writing:
        options += " -c default_transaction_read_only=on"
    engine = create_engine(
        url.set(drivername="postgresql+psycopg"),
        hide_parameters=True,
        pool_size=connections,
        max_overflow=0,
        pool_timeout=30,
        pool_recycle=1800,
        connect_args={
            "connect_timeout": 5,
            "options": options,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 60_000,
            "application_name": "headway",
        },
    )
    if silence is not None:
        from headway.kernel.database.impatient import connection_class

        kind = connection_class(silence)

        @event.listens_for(engine, "do_connect")
        def connect(_dialect: object, _record: object, arguments: Any, named: Any) -> Any:
            return kind.connect(*arguments, **named)

    return engine
