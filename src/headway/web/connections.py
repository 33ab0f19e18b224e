"""HTTP connections that do not wait for ever: for a request's head, for its body, for a client that takes nothing.

uvicorn itself gives up nothing but idle connections that had a request before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from headway.kernel.settings import Limits


class PatientProtocol(HttpToolsProtocol):
    """One connection. A timer runs whenever it is the client's turn, and ends the connection."""

    head_seconds: ClassVar[float]
    silence_seconds: ClassVar[float]
    most: ClassVar[int]

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.idle_since = self.loop.time()
        self._head: asyncio.TimerHandle | None = None
        self._body: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._head = self._after(self.head_seconds, self._give_up_head)
        if len(self.connections) > self.most:
            _make_room(self.connections)

    def connection_lost(self, exc: Exception | None) -> None:
        for timer in (self._head, self._body, self._taking):
            if timer:
                timer.cancel()
        self._head = self._body = self._taking = None
        super().connection_lost(exc)

    @property
    def is_idle(self) -> bool:
        """Whether no request is being answered."""
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is None or cycle.response_complete

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._head is None:
            self._head = self._after(self.head_seconds, self._give_up_head)

    def on_headers_complete(self) -> None:
        if self._head:
            self._head.cancel()
            self._head = None
        super().on_headers_complete()
        self._wait_for_body()

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._wait_for_body()

    def on_message_complete(self) -> None:
        if self._body:
            self._body.cancel()
            self._body = None
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._wait_for_taking()

    def resume_writing(self) -> None:
        if self._taking:
            self._taking.cancel()
            self._taking = None
        super().resume_writing()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.idle_since = self.loop.time()
        if self.transport.is_closing():
            # What is left to send keeps the connection open until the client takes it.
            self._wait_for_taking()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._wait_for_taking()

    def _after(self, seconds: float, then: Callable[[], None]) -> asyncio.TimerHandle:
        return self.loop.call_later(seconds, then)

    def _wait_for_body(self) -> None:
        if self._body:
            self._body.cancel()
        self._body = self._after(self.silence_seconds, self._give_up_body)

    def _wait_for_taking(self) -> None:
        if self._taking is None and self.transport.get_write_buffer_size():
            self._taking = self._after(self.silence_seconds, self.transport.abort)

    def _give_up_head(self) -> None:
        self._head = None
        if self.is_idle:
            self.transport.abort()
        else:  # the head of a further request, which is read when this one has been answered
            self._head = self._after(self.head_seconds, self._give_up_head)

    def _give_up_body(self) -> None:
        self._body = None
        if self.flow.read_paused:  # it is we who do not read
            self._wait_for_body()
        else:
            self.transport.abort()


def protocol_for(limits: Limits) -> type[PatientProtocol]:
    """Return the class of connections with these limits."""

    class Limited(PatientProtocol):
        head_seconds = limits.request_seconds
        silence_seconds = limits.silence_seconds
        most = limits.connections

    return Limited


def _make_room(connections: set[Any]) -> None:
    """End the connection that has done nothing for longest, so that somebody who wants something finds a place."""
    idle = [each for each in connections if isinstance(each, PatientProtocol) and each.is_idle]
    if idle:
        min(idle, key=lambda each: each.idle_since).transport.abort()
