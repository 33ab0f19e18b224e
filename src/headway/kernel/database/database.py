"""How the rooms read and write.

Whatever a room asks of the database is a function that takes a ``Connection`` and is called by ``read`` or
``write``, from any thread. Functions that write may run twice (a transaction that lost against another one is tried
again): their effects are in the database only.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from headway.kernel.database.engines import engine_for
from headway.kernel.database.errors import DatabaseBusyError, is_worth_retrying, out_of_range, translated
from headway.kernel.database.turns import NoTurnError, Turns
from headway.kernel.database.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection, Engine

Result = TypeVar("Result")

_WRITE_TIMEOUT = 30.0
_POOL_TIMEOUT = 30.0
_ATTEMPTS = 5


class Database:
    """A database that can be read by many and written in order."""

    def __init__(self, address: str, *, readers: int = 8, writers: int = 10, silence: float | None = None) -> None:
        """Prepare connections. ``silence``: seconds that PostgreSQL may say nothing; ``None``: as long as it likes."""
        self.address = address
        reading = engine_for(address, writing=False, connections=readers, silence=silence)
        self._reading = reading.execution_options(isolation_level="AUTOCOMMIT")
        level = "SERIALIZABLE" if reading.dialect.name == "sqlite" else "REPEATABLE READ"
        self._seeing_one_state = reading.execution_options(isolation_level=level)
        self.is_sqlite = self._reading.dialect.name == "sqlite"
        self._writing = engine_for(address, writing=True, connections=1 if self.is_sqlite else writers, silence=silence)
        self._writer = Writer(self._writing) if self.is_sqlite else None
        self._reading_turns, self._writing_turns = Turns(readers), Turns(writers)
        self._after_commit: list[Callable[[], None]] = []

    @property
    def engine(self) -> Engine:
        """The engine that may write; for migrations and tools, which have the database for themselves."""
        return self._writing

    def read(self, work: Callable[[Connection], Result]) -> Result:
        """Return what the function returns. Each of its statements sees what was committed before it.

        Raises ``DatabaseUnavailableError`` and ``DatabaseBusyError``.
        """
        return self._attempt(lambda: self._read(work, self._reading), retried=_was_disconnected)

    def snapshot(self, work: Callable[[Connection], Result]) -> Result:
        """Return what the function returns. All of its statements see the same state."""
        return self._attempt(lambda: self._read(work, self._seeing_one_state), retried=_was_disconnected)

    def write(self, work: Callable[[Connection], Result], timeout: float = _WRITE_TIMEOUT) -> Result:
        """Return what the function returns, once everything that it changed is durable.

        Raises what the function raises (nothing is changed then), ``DatabaseUnavailableError`` and
        ``DatabaseBusyError``.
        """
        if self._writer:
            writer = self._writer
            result: Result = self._attempt(lambda: writer.write(work, timeout), retried=_never)
        else:
            result = self._attempt(lambda: self._write(work), retried=is_worth_retrying)
        for told in self._after_commit:
            told()
        return result

    def after_commit(self, told: Callable[[], None]) -> None:
        """Call ``told`` after each change that this process committed; it must be quick and must not raise."""
        self._after_commit.append(told)

    def close(self) -> None:
        """Finish what was begun, and close all connections."""
        if self._writer:
            self._writer.close()
        self._writing.dispose()
        self._reading.dispose()

    def _read(self, work: Callable[[Connection], Result], engine: Engine) -> Result:
        with self._reading_turns.taken(_POOL_TIMEOUT), engine.connect() as connection:
            return work(connection)

    def _write(self, work: Callable[[Connection], Result]) -> Result:
        with self._writing_turns.taken(_POOL_TIMEOUT), self._writing.begin() as connection:
            return work(connection)

    @staticmethod
    def _attempt(action: Callable[[], Result], retried: Callable[[DBAPIError], bool]) -> Result:
        for attempt in range(_ATTEMPTS):
            try:
                return action()
            except (PoolTimeoutError, NoTurnError):
                raise DatabaseBusyError("all connections to the database are in use; try again in a moment") from None
            except OverflowError:
                raise out_of_range() from None
            except DBAPIError as error:
                if attempt + 1 < _ATTEMPTS and retried(error):
                    time.sleep(0.01 * 2**attempt)
                    continue
                meaning = translated(error)
                if meaning is None:
                    raise
                raise meaning from error
        raise AssertionError("the last attempt returns or raises")


def open_database(address: str, **sizes: Any) -> Database:
    """Return the database at ``sqlite:///FILE`` or ``postgresql://…``. Raises ``DatabaseError`` for another address."""
    return Database(address, **sizes)


def _was_disconnected(error: DBAPIError) -> bool:
    return error.connection_invalidated


def _never(_error: DBAPIError) -> bool:
    return False
