"""The server's side of the hook during one push."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, NamedTuple

from headway.repository.hooks import converse

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
    """Two pipes, and the thread that answers the hook through them."""

    def __init__(self, receiving: Receiving, caller: Caller) -> None:
        self._receiving = receiving
        self._caller = caller
        self._told, self._telling = os.pipe()
        self._answered, self._answering = os.pipe()
        self._thread: asyncio.Task[None] | None = None
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
        listening = asyncio.to_thread(converse, self._told, self._answering, self._decide)
        self._thread = asyncio.create_task(listening)

    async def finish(self) -> tuple[RefUpdate, ...]:
        """Tell the ledger what became of the push, once git has ended. Return the updates that happened."""
        if self._thread is None:
            for descriptor in (self._told, self._telling, self._answered, self._answering):
                os.close(descriptor)
            return ()
        try:
            await self._thread
        finally:
            pending = self._pending
            happened = await asyncio.to_thread(self._receiving.confirm, pending) if pending else ()
        return happened

    def _decide(self, proposal: Proposal) -> Answer:
        answer, self._pending = self._receiving.propose(self._caller, proposal)
        return answer
