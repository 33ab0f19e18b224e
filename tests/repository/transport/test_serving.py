from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

import anyio
import pytest
import uvloop

from headway.repository.transport.serving import Program, Served, started

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

ECHO = Program(["cat"], {"PATH": os.environ["PATH"]})
DEAF = Program(["sh", "-c", "exec <&-; echo enough; sleep 600"], {"PATH": os.environ["PATH"]})
COMPLAINING = Program(["sh", "-c", "yes complaint | head --bytes=3000000 >&2; exit 3"], {"PATH": os.environ["PATH"]})


async def chunks(*data: bytes) -> AsyncIterator[bytes]:
    for each in data:
        yield each


async def output(git: Served) -> bytes:
    return b"".join([chunk async for chunk in git.output()])


def test_what_goes_in_comes_out_and_nothing_is_left_open() -> None:
    sent = os.urandom(3_000_000)

    async def run() -> None:
        for _ in range(3):
            async with started(ECHO) as program:
                feeding = program.meanwhile(program.feed(chunks(sent, b"", b"end")))
                assert await output(program) == sent + b"end"
                await feeding
                assert await program.end() == 0
        assert len(asyncio.all_tasks()) == 1

    before = set(os.listdir("/dev/fd"))
    uvloop.run(run())
    assert set(os.listdir("/dev/fd")) <= before


def test_what_a_program_does_not_take_is_read_all_the_same() -> None:
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(10):
            taken += 1
            yield bytes(1_000_000)

    async def run() -> None:
        async with started(DEAF) as program:
            assert await anext(program.output()) == b"enough\n"
            await program.feed(endless())

    uvloop.run(run())
    assert taken == 10


def test_a_program_that_complains_without_end_is_not_held_up() -> None:
    async def run() -> int:
        async with started(COMPLAINING) as program:
            await program.feed(chunks())
            assert await output(program) == b""
            return await program.end()

    assert uvloop.run(run()) == 3


@pytest.mark.parametrize("way", ["an error", "a time-out", "a cancelled request"])
def test_leaving_ends_the_program_and_those_who_talk_to_it(way: str) -> None:
    programs: list[Served] = []

    async def talk() -> None:
        async with started(ECHO) as program:
            programs.append(program)
            program.meanwhile(program.feed(_never_ending()))
            async for _ in program.output():
                if way == "an error":
                    raise ConnectionError("the client went away")

    async def run() -> None:
        if way == "an error":
            with pytest.raises(ConnectionError):
                await talk()
        elif way == "a time-out":
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await talk()
        else:
            with anyio.move_on_after(0.05) as scope:
                await talk()
            assert scope.cancelled_caught
        assert len(asyncio.all_tasks()) == 1
        (program,) = programs
        assert program._process.returncode == -9

    before = set(os.listdir("/dev/fd"))
    uvloop.run(run())
    assert set(os.listdir("/dev/fd")) <= before


async def _never_ending() -> AsyncIterator[bytes]:
    while True:
        yield b"more"
        await asyncio.sleep(0.001)
