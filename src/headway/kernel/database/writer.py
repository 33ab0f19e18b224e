"""The one writer of an SQLite database: a queue, a thread, and many changes in one commit.

A change is a function that takes a connection. The changes that wait are carried out one after the other in one
transaction, each in a savepoint of its own, and are answered after the commit: durable writes at the price of one
flush for all of them.
"""

from __future__ import annotations

import queue
import threading
import time
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy.exc import DBAPIError

from headway.kernel.database.errors import DatabaseBusyError, DatabaseUnavailableError, translated

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection, Engine

_MOST_CHANGES = 500
_LONGEST_SECONDS = 0.05


class Change(NamedTuple):
    """A change that waits for its turn, and where its result goes."""

    work: Callable[[Connection], Any]
    result: Future[Any]


class Writer:
    """Carries out changes in the order in which they come."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._queue: queue.SimpleQueue[Change | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="database-writer", daemon=True)
        self._closed = False
        self._thread.start()

    def write(self, work: Callable[[Connection], Any], timeout: float) -> Any:
        """Carry out a change, and return what it returns, once it is on the disk.

        Raises whatever the change raises, ``DatabaseBusyError`` when its turn has not come within ``timeout`` seconds.
        """
        if threading.current_thread() is self._thread:
            raise AssertionError("a change must not wait for another change")
        if self._closed:
            raise DatabaseUnavailableError("the server is shutting down; try again in a moment")
        change = Change(work, Future())
        self._queue.put(change)
        try:
            return change.result.result(timeout)
        except TimeoutError:
            if change.result.cancel():
                raise DatabaseBusyError(f"the database was busy for {timeout:.0f} s; try again in a moment") from None
            return change.result.result()  # it has begun: only the truth about its end will do

    def close(self) -> None:
        """Carry out what waits, and end."""
        self._closed = True
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        last = False
        while not last:
            first = self._queue.get()
            if first is None:
                return
            last = self._commit_together(first)

    def _commit_together(self, first: Change) -> bool:
        """Carry out this change and those that wait behind it, in one transaction.

        Return whether the end was asked for.
        """
        done: list[tuple[Change, Any]] = []
        ended = False
        try:
            with self._engine.begin() as connection:
                deadline = time.monotonic() + _LONGEST_SECONDS
                change: Change | None = first
                while change is not None:
                    self._carry_out(connection, change, done)
                    if len(done) >= _MOST_CHANGES or time.monotonic() > deadline:
                        break
                    change, ended = self._next()
        except Exception as error:
            _fail([first] if not done and not first.result.done() else [change for change, _ in done], error)
        else:
            for change, result in done:
                change.result.set_result(result)
        return ended

    def _next(self) -> tuple[Change | None, bool]:
        try:
            change = self._queue.get_nowait()
        except queue.Empty:
            return None, False
        return change, change is None

    @staticmethod
    def _carry_out(connection: Connection, change: Change, done: list[tuple[Change, Any]]) -> None:
        if not change.result.set_running_or_notify_cancel():
            return
        try:
            with connection.begin_nested():
                result = change.work(connection)
        except Exception as error:
            if isinstance(error, DBAPIError) and translated(error):
                done.append((change, None))
                raise  # the disk or the file: nothing of this transaction will be kept
            change.result.set_exception(error)
        else:
            done.append((change, result))


def _fail(changes: list[Change], error: Exception) -> None:
    for change in changes:
        if change.result.running() or change.result.set_running_or_notify_cancel():
            change.result.set_exception(error)
