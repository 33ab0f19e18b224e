"""Running git as the other end of a clone, fetch or push, without holding more than a few chunks in memory."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import signal
from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.logs import log

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

CHUNK = 256 * 1024
_PIPE_BYTES = 1024 * 1024
_F_SETPIPE_SZ = 1031
_ERRORS_KEPT = 4000


class Program(NamedTuple):
    """What to run."""

    command: Sequence[str]
    environment: Mapping[str, str]
    descriptors: tuple[int, ...] = ()


class Served:
    """A git that runs. Use it in an ``async with``: leaving it ends the program, whatever it is doing."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._process: asyncio.subprocess.Process | None = None
        self._errors: asyncio.Task[bytes] | None = None

    async def __aenter__(self) -> Served:
        self._process = await asyncio.create_subprocess_exec(
            *self._program.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(self._program.environment),
            pass_fds=self._program.descriptors,
            limit=CHUNK,
            start_new_session=True,
        )
        _widen(self._process)
        self._errors = asyncio.create_task(_tail(self._process.stderr))
        return self

    async def __aexit__(self, *_: object) -> None:
        process = self._running
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        if self._errors:
            self._errors.cancel()

    @property
    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise AssertionError("not entered")
        return self._process

    async def feed(self, chunks: AsyncIterator[bytes]) -> None:
        """Give the program everything to read, as fast as it takes it.

        A program that has ended already takes nothing.
        """
        stdin = self._running.stdin
        if stdin is None:
            raise AssertionError("stdin is a pipe")
        taking = True
        async for chunk in chunks:
            if not taking or not chunk:
                continue  # the rest of a request has to be read before it can be answered
            try:
                stdin.write(chunk)
                await stdin.drain()
            except (BrokenPipeError, ConnectionResetError):
                taking = False
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            stdin.close()
            await stdin.wait_closed()

    async def output(self) -> AsyncIterator[bytes]:
        """Yield what the program prints, as it comes."""
        stdout = self._running.stdout
        if stdout is None:
            raise AssertionError("stdout is a pipe")
        while chunk := await stdout.read(CHUNK):
            yield chunk

    async def end(self) -> int:
        """Wait for the program's end, and return its exit code. What it complained of goes to the log."""
        code = await self._running.wait()
        if code and self._errors:
            said = (await self._errors).decode(errors="replace").strip()
            log.info("git ended with an error", code=code, said=said)
        return code


def _widen(process: asyncio.subprocess.Process) -> None:
    """Let the pipes carry a megabyte at a time: fewer switches between git and the server."""
    for number in (0, 1):
        transport = process._transport.get_pipe_transport(number)  # type: ignore[attr-defined]
        pipe = transport.get_extra_info("pipe") if transport else None
        if pipe is not None:
            with contextlib.suppress(OSError, AttributeError):
                fcntl.fcntl(pipe.fileno(), _F_SETPIPE_SZ, _PIPE_BYTES)


async def _tail(stream: asyncio.StreamReader | None) -> bytes:
    kept = b""
    while stream is not None and (chunk := await stream.read(4096)):
        kept = (kept + chunk)[-_ERRORS_KEPT:]
    return kept
