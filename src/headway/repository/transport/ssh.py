"""Listening for SSH. What speaks the protocol (asyncssh) is loaded when the first client comes: it takes memory."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from headway.kernel.listening import listen
from headway.kernel.logs import log
from headway.repository.transport.host_key import FILE, host_key

if TYPE_CHECKING:
    import socket
    from collections.abc import Coroutine
    from typing import Any

    from headway.kernel.secrets.service import Secrets
    from headway.kernel.settings import Settings
    from headway.repository.transport.ssh_serving import SshParts
    from headway.repository.transport.ssh_sessions import SshSessions

MOST_CONNECTIONS = 500
MOST_STRANGERS = 60
"""Connections at once of which it is not known yet who they are."""


class SshServer:
    """Takes connections for as long as the server runs, in the event loop in which it was started."""

    def __init__(self, settings: Settings, parts: SshParts, secrets: Secrets) -> None:
        self._settings = settings
        self._parts = parts
        self._secrets = secrets
        self._key = b""
        self._listening: socket.socket | None = None
        self._sessions: SshSessions | None = None
        self._loading = asyncio.Lock()
        self._accepting: asyncio.Task[None] | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._strangers = 0

    @property
    def port(self) -> int:
        """The port that is listened on; 0 when none is."""
        port: int = self._listening.getsockname()[1] if self._listening else 0
        return port

    @property
    def address(self) -> str:
        """How clients begin the address of a repository, e.g. ``ssh://git@dev.example.com:8422``."""
        port = "" if self.port == 22 else f":{self.port}"
        return f"ssh://git@{self._parts.host_name}{port}"

    async def start(self) -> None:
        """Listen. Raises ``HeadwayError`` that says what to do when that is not possible."""
        self._key = await asyncio.to_thread(host_key, self._settings.data / FILE, self._secrets)
        self._listening = self._listen()
        self._accepting = asyncio.create_task(self._accept(self._listening))

    async def stop(self) -> None:
        """Take no more connections, and end those that there are."""
        if self._accepting:
            self._accepting.cancel()
            await asyncio.gather(self._accepting, return_exceptions=True)
        if self._listening:
            self._listening.close()
            self._listening = None
        if self._sessions:
            await self._sessions.end()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _listen(self) -> socket.socket:
        host, port = self._settings.ssh.host or self._settings.host, self._settings.ssh.port
        instead = "choose another port with HEADWAY_SSH__PORT, or turn it off with HEADWAY_SSH__ENABLED=false"
        listening = listen(host, port, 128, "listen for SSH", instead)
        listening.setblocking(False)
        return listening

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, _ = await loop.sock_accept(listening)
            except OSError as error:
                log.warning("a connection could not be taken", error=str(error))
                await asyncio.sleep(0.2)
                continue
            if self._strangers >= MOST_STRANGERS or len(self._tasks) >= MOST_CONNECTIONS:
                connection.close()
                continue
            self._strangers += 1
            self._keep(self._serve(connection))

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: socket.socket) -> None:
        try:
            sessions = await self._loaded()
            known = await sessions.authenticate(connection)
        except Exception:
            log.exception("a connection over SSH failed")
            connection.close()
            return
        finally:
            self._strangers -= 1
        if known is not None:
            await known.wait_closed()

    async def _loaded(self) -> SshSessions:
        async with self._loading:
            if self._sessions is None:
                self._sessions = await asyncio.to_thread(_load, self._key, self._parts)
            return self._sessions


def _load(key: bytes, parts: SshParts) -> SshSessions:
    from headway.repository.transport.ssh_sessions import SshSessions

    return SshSessions(key, parts)
