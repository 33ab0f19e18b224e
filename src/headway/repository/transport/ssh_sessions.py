"""The SSH protocol, by asyncssh: who somebody is, and one command at a time. Git and nothing else.

Public keys are the only proof; there is no shell, terminal, agent, X11 or forwarding of ports.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import asyncssh

from headway.kernel.errors import HeadwayError
from headway.kernel.identity.actors import ANONYMOUS
from headway.kernel.logs import log
from headway.repository.transport.ssh_serving import Channel, serve

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

    from headway.repository.transport.ssh_serving import SshParts

LOGIN_SECONDS = 30
MOST_KEYS = 20
"""Times that a client may offer a key, or sign with it, before it is sent away."""
MOST_CHANNELS = 8
_KEEPALIVE_SECONDS = 30
_READ = 64 * 1024
_LAST_WORDS_SECONDS = 5
_END_SECONDS = 10


class SshSessions:
    """All connections."""

    def __init__(self, key: bytes, parts: SshParts) -> None:
        self._parts = parts
        self._connections: set[asyncssh.SSHServerConnection] = set()
        self._commands: set[asyncio.Task[Any]] = set()
        self._options = {
            "server_host_keys": [asyncssh.import_private_key(key)],
            "server_factory": self._client,
            "process_factory": self._known_command,
            "server_version": "Headway",
            "encoding": None,
            "password_auth": False,
            "kbdint_auth": False,
            "host_based_auth": False,
            "gss_host": None,
            "agent_forwarding": False,
            "x11_forwarding": False,
            "allow_pty": False,
            "line_editor": False,
            "allow_scp": False,
            "compression_algs": None,
            "login_timeout": LOGIN_SECONDS,
            "keepalive_interval": _KEEPALIVE_SECONDS,
        }

    async def authenticate(self, connection: socket.socket) -> asyncssh.SSHServerConnection | None:
        """Return the connection once it is known whose it is; ``None`` when that did not come about."""
        try:
            known = await asyncssh.run_server(connection, **self._options)
        except (asyncssh.Error, OSError, TimeoutError) as error:
            log.debug("somebody did not sign in over SSH", reason=str(error))
            connection.close()
            return None
        self._connections.add(known)
        return known

    async def end(self) -> None:
        """End all connections, and wait until what was done for them has ended: a push is told to the ledger."""
        open_ones = list(self._connections)
        for known in open_ones:
            known.disconnect(asyncssh.DISC_BY_APPLICATION, "Headway is shutting down; try again in a moment")
        ending = {*self._commands, *(asyncio.create_task(known.wait_closed()) for known in open_ones)}
        if ending:
            _, late = await asyncio.wait(ending, timeout=_END_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _client(self) -> Client:
        return Client(self._parts, self._connections)

    async def _known_command(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        task = asyncio.current_task()
        if task is None:
            raise AssertionError("asyncssh runs each command in a task")
        self._commands.add(task)
        try:
            await self._command(process)
        finally:
            self._commands.discard(task)

    async def _command(self, process: asyncssh.SSHServerProcess[bytes]) -> None:
        client = process.channel.get_connection().get_owner()
        if not isinstance(client, Client):
            raise AssertionError("each connection is made with a client")
        if client.channels >= MOST_CHANNELS:
            await _refuse(process, f"a connection serves {MOST_CHANNELS} commands at once; wait for one to end")
            return
        client.channels += 1
        try:
            await self._serve(process, client)
        except (asyncssh.Error, ConnectionError, TimeoutError) as error:
            log.debug("a client went away", reason=str(error))
        finally:
            client.channels -= 1
            process.close()

    async def _serve(self, process: asyncssh.SSHServerProcess[bytes], client: Client) -> None:
        if process.subsystem:
            await _refuse(process, f"Headway has no '{process.subsystem[:40]}' over SSH; it serves git")
            return
        protocol = process.channel.get_environment_bytes().get(b"GIT_PROTOCOL", b"").decode("ascii", "replace")
        channel = Channel(process.command or "", protocol, _input(process), _writing(process))
        try:
            code = await serve(self._parts, client.fingerprint, channel)
        except HeadwayError as error:
            await _refuse(process, str(error))
            return
        except (asyncssh.Error, ConnectionError):
            raise
        except Exception:
            log.exception("a command over SSH failed")
            await _refuse(process, "something went wrong here; the server's log says what")
            return
        async with asyncio.timeout(self._parts.limits.silence_seconds):
            await _drained(process, process.stdout)
        process.exit(code)


class Client(asyncssh.SSHServer):
    """One connection: finds out whose it is."""

    def __init__(self, parts: SshParts, connections: set[asyncssh.SSHServerConnection]) -> None:
        self._parts = parts
        self._connections = connections
        self._connection: asyncssh.SSHServerConnection | None = None
        self._offered = 0
        self._candidate = ""
        self.fingerprint = ""
        self.channels = 0

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn

    def connection_lost(self, exc: Exception | None) -> None:
        if self._connection:
            self._connections.discard(self._connection)

    def begin_auth(self, username: str) -> bool:
        """Ask for a proof, whatever the name: the key says who it is."""
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    async def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """Return whether a key is somebody's; asyncssh asks for the signature then."""
        self._offered += 1
        if self._offered > MOST_KEYS and self._connection:
            self._connection.disconnect(
                asyncssh.DISC_NO_MORE_AUTH_METHODS_AVAILABLE, f"more than {MOST_KEYS} keys were tried"
            )
            return False
        fingerprint = key.get_fingerprint()
        try:
            actor = await asyncio.to_thread(self._parts.authentication.by_ssh_key, fingerprint)
        except HeadwayError as error:
            log.warning("a key could not be looked up", error=str(error))
            return False
        if actor == ANONYMOUS:
            return False
        self._candidate = fingerprint
        return True

    def auth_completed(self) -> None:
        """Remember the key whose signature was right; one that was only asked about does not count."""
        self.fingerprint = self._candidate


async def _input(process: asyncssh.SSHServerProcess[bytes]) -> AsyncIterator[bytes]:
    while True:
        try:
            chunk = await process.stdin.read(_READ)
        except asyncssh.BreakReceived:
            continue
        if not chunk:
            return
        yield chunk


def _writing(process: asyncssh.SSHServerProcess[bytes]) -> Any:
    async def write(data: bytes, *, error: bool = False) -> None:
        stream = process.stderr if error else process.stdout
        if process.channel.is_closing():
            raise ConnectionResetError("the client went away")
        stream.write(data)
        await _drained(process, stream)

    return write


async def _drained(process: asyncssh.SSHServerProcess[bytes], stream: asyncssh.SSHWriter[bytes]) -> None:
    await stream.drain()


async def _refuse(process: asyncssh.SSHServerProcess[bytes], words: str) -> None:
    process.stderr.write(f"{words}\n".encode())
    with contextlib.suppress(TimeoutError):
        # Whoever takes nothing does not hear why either.
        async with asyncio.timeout(_LAST_WORDS_SECONDS):
            await process.stderr.drain()
    process.exit(1)
