"""Asking a program something: start it, go on, take its answer later.

`subprocess` costs 9 ms to import, a fifth of what a whole run of one step may take; `posix_spawn` is there already.
"""

from __future__ import annotations

import os
import select
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SIGKILL = 9


class Answer(NamedTuple):
    """What a program printed, and its exit code; -1 when it took too long and was ended."""

    code: int
    output: bytes
    errors: bytes


class Question:
    """A program that was started; ``answer`` waits for it."""

    __slots__ = ("_pid", "_pipes")

    def __init__(self, argv: Sequence[str], env: Mapping[str, str] | None = None) -> None:
        """Start it, with nothing to read. Raises ``FileNotFoundError`` when there is no such program."""
        output, errors = os.pipe(), os.pipe()
        actions = [
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_DUP2, output[1], 1),
            (os.POSIX_SPAWN_DUP2, errors[1], 2),
        ]
        try:
            self._pid = os.posix_spawnp(
                argv[0], list(argv), dict(os.environ if env is None else env), file_actions=actions
            )
        except OSError:
            for pipe in (*output, *errors):
                os.close(pipe)
            raise
        os.close(output[1])
        os.close(errors[1])
        self._pipes = [output[0], errors[0]]

    def answer(self, timeout: float) -> Answer:
        """Return what it said. Call it once."""
        deadline = time.monotonic() + timeout
        parts: dict[int, list[bytes]] = {pipe: [] for pipe in self._pipes}
        open_pipes = set(self._pipes)
        poll = select.poll()
        for pipe in self._pipes:
            poll.register(pipe, select.POLLIN)
        late = False
        while open_pipes and not late:
            ready = poll.poll(max(0, int((deadline - time.monotonic()) * 1000)))
            for pipe, _ in ready:
                if data := os.read(pipe, 1 << 20):
                    parts[pipe].append(data)
                else:
                    poll.unregister(pipe)
                    open_pipes.discard(pipe)
            late = not ready and time.monotonic() >= deadline
        if late:
            os.kill(self._pid, _SIGKILL)
        _, status = os.waitpid(self._pid, 0)
        output, errors = (b"".join(parts[pipe]) for pipe in self._pipes)
        for pipe in self._pipes:
            os.close(pipe)
        return Answer(-1 if late else os.waitstatus_to_exitcode(status), output, errors)
