"""The server's side of the hook during one push."""

from __future__ import annotations

import asyncio
import contextlib
import os
from functools import partial
from typing import IO, TYPE_CHECKING, NamedTuple

from headway.repository.hooks import answer_to, is_told
from headway.repository.transport import pipes

if TYPE_CHECKING:
    from headway.kernel.identity.actors import Actor
    from headway.kernel.projects.records import Access
    from headway.repository.hooks import Answer, Proposal, RefUpdate
    from headway.repository.receiving import Pending, Receiving


class Caller(NamedTuple):
    """Who clones or pushes, what, and by which transport."""

    access: Access
    actor: Actor
    transport: str


class Hook:
    """Two pipes, and who answers the hook through them.

    A slow push keeps no thread: the event loop listens, and only deciding takes one.
    """

    def __init__(self, receiving: Receiving, caller: Caller) -> None:
        self._receiving = receiving
        self._caller = caller
        self._told, self._telling = os.pipe()
        self._answered, self._answering = os.pipe()
        self._conversation: asyncio.Task[None] | None = None
        self._pending: Pending | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What the hook has to know."""
        return {"HEADWAY_HOOK_OUT": str(self._telling), "HEADWAY_HOOK_IN": str(self._answered)}

    @property
    def descriptors(self) -> tuple[int, int]:
        """The ends of the pipes that git inherits."""
        return self._telling, self._answered

    @property
    def has_decided(self) -> bool:
        """Whether the push was allowed: from now on git changes refs, and what it reports must be true."""
        return self._pending is not None

    def start(self) -> None:
        """Listen, once git has inherited its ends."""
        os.close(self._telling)
        os.close(self._answered)
        self._conversation = asyncio.create_task(self._converse())

    async def finish(self) -> tuple[RefUpdate, ...]:
        """Tell the ledger what became of the push, once git has ended. Return the updates that happened."""
        if self._conversation is None:
            for descriptor in (self._told, self._telling, self._answered, self._answering):
                os.close(descriptor)
            return ()
        try:
            await self._conversation
        finally:
            pending = self._pending
            happened = await asyncio.to_thread(self._receiving.confirm, pending) if pending else ()
        return happened

    async def _converse(self) -> None:
        """Answer what the hook tells. Git does not run it when there is nothing to change, or the pack is bad."""
        with os.fdopen(self._answering, "wb", 0) as answering:
            if told := await self._heard():
                await asyncio.to_thread(answer_to, told, self._decide, partial(_write, answering))

    async def _heard(self) -> bytearray:
        heard = bytearray()
        with os.fdopen(self._told, "rb", 0) as told:
            pipes.prepare(told)
            while not is_told(heard) and (chunk := await pipes.read(told)):
                heard += chunk
        return heard

    def _decide(self, proposal: Proposal) -> Answer:
        answer, self._pending = self._receiving.propose(self._caller, proposal)
        return answer


def _write(pipe: IO[bytes], answer: bytes) -> None:
    with contextlib.suppress(BrokenPipeError):
        pipe.write(answer)
