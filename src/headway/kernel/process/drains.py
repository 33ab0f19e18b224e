"""Pipes that outlive their step: a background process still writes after the step has ended."""

from __future__ import annotations

import os
import select
import threading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 1 << 18
PIPE_SIZE = 1 << 20


class Drains:
    """What the processes of one job leave behind: pipes still held open, and the sessions that were started.

    Every pipe gets a thread that passes on what comes, so that a background process neither blocks on a full
    pipe nor dies of SIGPIPE. `close` ends them all.
    """

    __slots__ = ("_closed", "_lock", "_stop_reader", "_stop_writer", "_threads", "sessions")

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._stop_reader, self._stop_writer = -1, -1
        self.sessions: list[int] = []

    @property
    def open(self) -> int:
        """How many pipes are still held open by a background process."""
        with self._lock:
            return sum(thread.is_alive() for thread in self._threads)

    def adopt(self, pipe: int, output: Callable[[bytes], None]) -> None:
        """Take over the reading end ``pipe``; a thread passes all that comes to ``output``."""
        with self._lock:
            if self._closed:
                os.close(pipe)
                return
            if self._stop_reader < 0:
                self._stop_reader, self._stop_writer = os.pipe()
            thread = threading.Thread(target=self._drain, args=(pipe, output), name="drain", daemon=True)
            self._threads.append(thread)
            thread.start()

    def close(self) -> None:
        """Pass on what the pipes still hold, close them and wait for their threads. Harmless if repeated."""
        with self._lock:
            self._closed = True
            threads, self._threads = self._threads, []
            reader, writer = self._stop_reader, self._stop_writer
            self._stop_reader, self._stop_writer = -1, -1
        if reader < 0:
            return
        os.close(writer)
        for thread in threads:
            thread.join()
        os.close(reader)

    def _drain(self, pipe: int, output: Callable[[bytes], None]) -> None:
        poll = select.poll()
        poll.register(pipe, select.POLLIN)
        poll.register(self._stop_reader, select.POLLIN)
        left = PIPE_SIZE  # what a pipe can hold when it is closed
        try:
            while left > 0:
                ready = [fd for fd, _ in poll.poll()]
                data = os.read(pipe, CHUNK) if pipe in ready else b""
                if not data:
                    return
                output(data)
                left -= len(data) if len(ready) > 1 else 0
        finally:
            os.close(pipe)
