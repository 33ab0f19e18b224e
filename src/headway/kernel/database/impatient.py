"""Connections to PostgreSQL that are given up when nothing comes any more.

TCP finds a server that is gone without a word, but not one behind a proxy or a firewall that goes on to answer for it:
a thread would wait for ever, and its place among the connections would be lost.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, ClassVar

import psycopg

if TYPE_CHECKING:
    from collections.abc import Generator


class ImpatientConnection(psycopg.Connection[Any]):
    """Raises ``OperationalError``, and is closed, when the server says nothing for ``silence`` seconds."""

    silence: ClassVar[float]

    def wait(self, gen: Generator[Any, Any, Any], *arguments: Any, **named: Any) -> Any:
        """Wait for an answer, as psycopg does, but not for ever."""
        return super().wait(self._watched(gen), *arguments, **named)

    def _watched(self, gen: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
        # psycopg waits in steps of a tenth of a second, and sends 0 when nothing is there.
        heard = time.monotonic()
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if ready:
                    heard = time.monotonic()
                elif time.monotonic() - heard > self.silence:
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"it said nothing for {self.silence:.0f} s")
                wanted = gen.send(ready)
        except StopIteration as end:
            return end.value


def connection_class(seconds: float) -> type[ImpatientConnection]:
    """Return the class of connections that wait so long."""

    class Limited(ImpatientConnection):
        silence = seconds

    return Limited
