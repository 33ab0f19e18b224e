"""What a command over SSH does, whatever speaks the protocol: clone, push, or a token for large files."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import json
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol

from headway.kernel.errors import DeadlineError, MovedError
from headway.kernel.identity.actors import ANONYMOUS, Actor
from headway.repository.errors import TransportError
from headway.repository.transport import programs
from headway.repository.transport.access import READ, GitAccess
from headway.repository.transport.hook import Caller, Hook
from headway.repository.transport.serving import Served, started
from headway.repository.transport.ssh_commands import Command, parse_command

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from headway.kernel.identity.authentication import Authentication
    from headway.kernel.identity.tokens import Tokens
    from headway.kernel.settings import Limits
    from headway.repository.hosting import Hosting
    from headway.repository.receiving import Receiving
    from headway.repository.transport.serving import Program

_LARGEST_QUESTION = 64 * 1024 * 1024
TOKEN_LIFE = timedelta(minutes=30)


class SshParts(NamedTuple):
    """What serving over SSH stands on."""

    hosting: Hosting
    receiving: Receiving
    access: GitAccess
    authentication: Authentication
    tokens: Tokens
    limits: Limits
    places: asyncio.Semaphore
    base_url: str
    host_name: str


class SilenceError(DeadlineError):
    """Neither side said anything for too long."""


class Write(Protocol):
    """Sends bytes to the client. Raises ``ConnectionError`` when it went away."""

    async def __call__(self, data: bytes, *, error: bool = False) -> None:
        """Send to the client's standard output, or to its standard error."""


class Channel(NamedTuple):
    """One command of a client."""

    command: str
    protocol: str
    incoming: AsyncIterator[bytes]
    write: Write


async def serve(parts: SshParts, fingerprint: str, channel: Channel) -> int:
    """Do what a client asks, and return the exit code. Raises ``HeadwayError`` with words for the client."""
    actor = await asyncio.to_thread(parts.authentication.by_ssh_key, fingerprint)
    if actor == ANONYMOUS:
        raise TransportError("this key was removed, or its account may not sign in any more")
    if not channel.command:
        raise TransportError(
            f"Hi {actor.handle or actor.name}, you are signed in; Headway gives no shell. It serves git: clone with "
            "the address that the project's page shows."
        )
    command = parse_command(channel.command)
    if command.service == "git-lfs-authenticate":
        return await _let_transfer(parts, actor, command, channel)
    caller = await asyncio.to_thread(_caller, parts, actor, command)
    try:
        async with parts.places, asyncio.timeout(parts.limits.transfer_seconds):
            if command.writes:
                return await _receive(parts, caller, channel)
            program = programs.upload_pack(
                parts.hosting, parts.access.folder(caller), channel.protocol, stateless=False
            )
            return await _upload(program, channel, parts.limits.silence_seconds)
    except SilenceError:
        raise
    except TimeoutError:
        raise DeadlineError(f"this took longer than {parts.limits.transfer_seconds} s") from None


def _caller(parts: SshParts, actor: Actor, command: Command) -> Caller:
    """Return who calls and what. A project that has moved is served under its new name: SSH cannot lead clients on."""
    owner, name = command.owner, command.name
    try:
        return _find(parts, actor, owner, name, writes=command.writes)
    except MovedError as moved:
        owner, _, name = moved.name.partition("/")
        return _find(parts, actor, owner, name, writes=command.writes)


def _find(parts: SshParts, actor: Actor, owner: str, name: str, *, writes: bool) -> Caller:
    if writes:
        return parts.access.pusher(actor, owner, name)
    return parts.access.caller(actor, owner, name, READ)


async def _upload(program: Program, channel: Channel, silence: float) -> int:
    async with started(program) as git, _feeding(git, channel, _LARGEST_QUESTION, silence) as alive:
        async for chunk in git.output():
            alive()
            await channel.write(chunk)
        return await git.end()


async def _receive(parts: SshParts, caller: Caller, channel: Channel) -> int:
    """Take a push. What git says after the rules allowed it is held back until the ledger knows what happened."""
    hook, most, held = Hook(parts.receiving, caller), parts.limits.push_bytes, bytearray()
    folder = parts.access.folder(caller)
    program = programs.receive_pack(parts.hosting, folder, channel.protocol, hook, most=most, stateless=False)
    try:
        async with started(program) as git:
            hook.start()
            async with _feeding(git, channel, most + _LARGEST_QUESTION, parts.limits.silence_seconds) as alive:
                async for chunk in git.output():
                    alive()
                    if hook.has_decided:
                        held += chunk
                    else:
                        await channel.write(chunk)
                code = await git.end()
    finally:
        # Also when the client went away: what git did is told all the same.
        await asyncio.shield(hook.finish())
    try:
        async with asyncio.timeout(parts.limits.silence_seconds):
            await channel.write(bytes(held))
    except TimeoutError:
        raise SilenceError("the report was not taken") from None
    return code


@contextlib.asynccontextmanager
async def _feeding(git: Served, channel: Channel, most: int, seconds: float) -> AsyncIterator[Alive]:
    """Give git what the client sends meanwhile; end both when nobody says anything for long (``SilenceError``)."""
    try:
        async with asyncio.timeout(seconds) as silence:
            alive = Alive(silence, seconds)
            feeding = git.meanwhile(git.feed(_limited(channel.incoming, most, alive)))
            try:
                yield alive
            finally:
                feeding.cancel()
                await asyncio.gather(feeding, return_exceptions=True)
    except TimeoutError:
        if not silence.expired():
            raise
        raise SilenceError(f"neither side said anything for {seconds:.0f} s") from None


class Alive:
    """Called whenever one side said something."""

    def __init__(self, silence: asyncio.Timeout, seconds: float) -> None:
        self._silence = silence
        self._seconds = seconds

    def __call__(self) -> None:
        """Begin the time of silence anew."""
        self._silence.reschedule(asyncio.get_running_loop().time() + self._seconds)


async def _limited(incoming: AsyncIterator[bytes], most: int, alive: Alive) -> AsyncIterator[bytes]:
    seen = 0
    async for chunk in incoming:
        alive()
        seen += len(chunk)
        if seen > most:
            return  # git ends then, and says that it lacks the rest
        yield chunk


async def _let_transfer(parts: SshParts, actor: Actor, command: Command, channel: Channel) -> int:
    """Tell a client of Git LFS where its files are, with a token for half an hour.

    https://github.com/git-lfs/git-lfs/blob/main/docs/api/server-discovery.md#ssh
    """

    def work() -> dict[str, object]:
        caller = _caller(parts, actor, command)
        scopes = ("read:code", "write:code") if command.writes else ("read:code",)
        secret = parts.tokens.create_for_transfer(actor, scopes, TOKEN_LIFE)
        proof = base64.b64encode(f"git:{secret}".encode()).decode()
        return {
            "href": f"{parts.base_url}/{caller.access.project.full_name}.git/info/lfs",
            "header": {"Authorization": f"Basic {proof}"},
            "expires_in": int(TOKEN_LIFE.total_seconds()),
        }

    await channel.write(json.dumps(await asyncio.to_thread(work)).encode() + b"\n")
    return 0
