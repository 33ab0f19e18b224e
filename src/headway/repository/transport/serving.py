"""Running git as the other end of a clone, fetch or push, without holding more than a few chunks in memory."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from typing import IO, TYPE_CHECKING, Any, NamedTuple, TypeVar

import anyio

from headway.kernel.logs import log
from headway.repository.transport import pipes

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence

_ERRORS_KEPT = 4000
Result = TypeVar("Result")


class Program(NamedTuple):
    """What to run."""

    command: Sequence[str]
    environment: Mapping[str, str]
    descriptors: tuple[int, ...] = ()


@contextlib.asynccontextmanager
async def started(program: Program) -> AsyncIterator[Served]:
    """Run git for as long as the block lasts: leaving it ends the program, whatever it is doing.

    ``subprocess`` starts it, not the event loop: that one forks, which copies the page tables of a large server, and
    takes seven milliseconds instead of one.
    """
    process = subprocess.Popen(
        program.command,
        bufsize=0,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=program.environment,
        pass_fds=program.descriptors,
        start_new_session=True,
    )
    git = Served(process)
    try:
        yield git
    finally:
        with anyio.CancelScope(shield=True):
            await git.stop()


class Served:
    """A git that runs, and our ends of its pipes."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdin is None or process.stdout is None or process.stderr is None:
            raise AssertionError("all three are pipes")
        self._process = process
        self._stdin, self._stdout = process.stdin, process.stdout
        self._pipes = (process.stdin, process.stdout, process.stderr)
        for pipe in self._pipes:
            pipes.prepare(pipe)
        self._tasks = list[asyncio.Task[Any]]()
        self._errors = self.meanwhile(_tail(process.stderr))

    def meanwhile(self, work: Coroutine[object, object, Result]) -> asyncio.Task[Result]:
        """Do something with the program's pipes in a task of its own, which ends with the program at the latest."""
        task = asyncio.create_task(work)
        self._tasks.append(task)
        return task

    async def feed(self, chunks: AsyncIterator[bytes]) -> None:
        """Give the program everything to read, as fast as it takes it; then, or when there is no more, say so.

        A program that has ended already takes nothing.
        """
        taking = True
        try:
            async for chunk in chunks:
                if not taking:
                    continue  # the rest of a request has to be read before it can be answered
                try:
                    await pipes.write(self._stdin, chunk)
                except BrokenPipeError:
                    taking = False
        finally:
            self._stdin.close()

    async def output(self) -> AsyncIterator[bytes]:
        """Yield what the program prints, as it comes."""
        while chunk := await pipes.read(self._stdout):
            yield chunk

    async def end(self) -> int:
        """Wait for the program's end, and return its exit code. What it complained of goes to the log."""
        code = await asyncio.to_thread(self._process.wait)
        if code:
            said = (await self._errors).decode(errors="replace").strip()
            log.info("git ended with an error", code=code, said=said)
        return code

    async def stop(self) -> None:
        """End it if it has not ended, and everything that was done with it."""
        if self._process.poll() is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for pipe in self._pipes:
            pipe.close()
        await asyncio.to_thread(self._process.wait)


async def _tail(pipe: IO[bytes]) -> bytes:
    kept = b""
    while chunk := await pipes.read(pipe):
        kept = (kept + chunk)[-_ERRORS_KEPT:]
    return kept
