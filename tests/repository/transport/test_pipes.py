from __future__ import annotations

import asyncio
import contextlib
import os
from typing import IO, TYPE_CHECKING

import pytest
import uvloop

from headway.repository.transport import pipes

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def ends() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb", 0) as reader, os.fdopen(writing, "wb", 0) as writer:
        pipes.prepare(reader)
        pipes.prepare(writer)
        yield reader, writer


Ends = tuple[IO[bytes], IO[bytes]]


def test_more_than_a_pipe_holds_comes_through_whole(ends: Ends) -> None:
    reader, writer = ends
    sent = os.urandom(5_000_000)

    async def send() -> None:
        await pipes.write(writer, sent)
        writer.close()

    async def both() -> bytes:
        sending = asyncio.create_task(send())
        received = bytearray()
        while chunk := await pipes.read(reader):
            assert len(chunk) <= pipes.CHUNK
            received += chunk
        await sending
        return bytes(received)

    assert uvloop.run(both()) == sent


def test_a_pipe_that_nobody_reads_any_more_is_broken(ends: Ends) -> None:
    reader, writer = ends

    async def write() -> None:
        writing = asyncio.create_task(pipes.write(writer, bytes(5_000_000)))
        await asyncio.sleep(0.01)
        assert not writing.done()
        reader.close()
        with pytest.raises(BrokenPipeError):
            await writing

    uvloop.run(write())


def test_whoever_waits_can_be_ended_and_another_can_wait_then(ends: Ends) -> None:
    reader, writer = ends

    async def read() -> bytes:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.01):
                await pipes.read(reader)
        waiting = asyncio.create_task(pipes.read(reader))
        await asyncio.sleep(0.01)
        await pipes.write(writer, b"late")
        return await waiting

    assert uvloop.run(read()) == b"late"


def test_others_have_their_turn_while_a_pipe_is_never_empty(ends: Ends) -> None:
    reader, writer = ends
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async def read() -> None:
        other = asyncio.create_task(take_turns())
        for _ in range(20):
            writer.write(b"more")
            await pipes.read(reader)
        other.cancel()

    uvloop.run(read())
    assert turns >= 20
