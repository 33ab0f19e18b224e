"""Reading and writing pipes beside everything else that the event loop does, without a thread.

The loop is asked when a pipe is ready, and for nothing more. Its own transports of pipes are not used: uvloop closes
the descriptor of a pipe and so does the file object, and in between another thread may have been given the number.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

CHUNK = 256 * 1024
"""How many bytes are read at once, at most."""

_PIPE_BYTES = 1024 * 1024
_F_SETPIPE_SZ = 1031


def prepare(pipe: IO[bytes]) -> None:
    """Make our end of a pipe fit for ``read`` and ``write``; it must not be buffered.

    The pipe is widened to a megabyte where the system allows it: fewer switches between git and the server.
    """
    os.set_blocking(pipe.fileno(), False)
    with contextlib.suppress(OSError):
        fcntl.fcntl(pipe.fileno(), _F_SETPIPE_SZ, _PIPE_BYTES)


async def read(pipe: IO[bytes]) -> bytes:
    """Return what is in a pipe as soon as there is something, nothing at its end. Lets others go first each time."""
    loop = asyncio.get_running_loop()
    while True:
        await _ready(pipe, loop.add_reader, loop.remove_reader)
        with contextlib.suppress(BlockingIOError):
            return os.read(pipe.fileno(), CHUNK)


async def write(pipe: IO[bytes], data: bytes) -> None:
    """Write all of it, as fast as it is taken. Raises ``BrokenPipeError`` when nobody reads any more."""
    loop = asyncio.get_running_loop()
    rest = memoryview(data)
    while rest:
        try:
            rest = rest[os.write(pipe.fileno(), rest) :]
        except BlockingIOError:
            await _ready(pipe, loop.add_writer, loop.remove_writer)


async def _ready(pipe: IO[bytes], add: Callable[..., object], remove: Callable[[int], object]) -> None:
    """Wait for the pipe. Whoever closes it has to end those who wait for it first."""
    ready = asyncio.get_running_loop().create_future()
    add(pipe.fileno(), _set, ready)
    try:
        await ready
    finally:
        remove(pipe.fileno())


def _set(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
