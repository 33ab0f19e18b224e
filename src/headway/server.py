"""The server process: answers from its first moment on, says what it is doing until it is ready, and ends in order."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import threading
from html import escape
from typing import TYPE_CHECKING

import uvicorn

from headway.claiming import claim
from headway.kernel.errors import HeadwayError
from headway.kernel.listening import listen
from headway.kernel.logs import log, set_up_logs
from headway.kernel.settings import is_terminal_log
from headway.web.connections import protocol_for

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from types import FrameType

    from starlette.types import ASGIApp, Receive, Scope, Send

    from headway.app import Headway
    from headway.kernel.settings import Settings
    from headway.repository.transport.ssh import SshServer

_OPEN_FILES = 8192

_STARTING = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Headway is starting</title>
<meta http-equiv="refresh" content="1"><meta name="viewport" content="width=device-width"></head>
<body><h1>Headway is starting</h1><p>Now: {doing}.</p><p>This page looks again every second.</p></body></html>"""


class FrontDoor:
    """Answers with what is being done until the application is there, and with the application from then on."""

    def __init__(self) -> None:
        self._app: ASGIApp | None = None
        self._doing = "loading"
        self.failed: Exception | None = None

    def now(self, doing: str) -> None:
        """Say what is being done."""
        self._doing = doing
        log.info("starting", doing=doing)

    def open(self, app: ASGIApp) -> None:
        """Let requests through to the application."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif self._app is not None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await self._answer(send)

    async def _answer(self, send: Send) -> None:
        body = _STARTING.format(doing=escape(self._doing)).encode()
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"retry-after", b"1"),
            (b"cache-control", b"no-store"),
            (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
        ]
        await send({"type": "http.response.start", "status": 503, "headers": headers})
        await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while (await receive())["type"] != "lifespan.shutdown":
        await send({"type": "lifespan.startup.complete"})
    await send({"type": "lifespan.shutdown.complete"})


def _allow_open_files() -> None:
    """Let the process have as many connections, pipes and files open as the limits of Headway's own allow."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


class _Uvicorn(uvicorn.Server):
    """Ends when a signal says so, and lets us end what is ours; it would raise the signal again, and kill us."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self._captured_signals.clear()


class Server:
    """One server process."""

    def __init__(self, settings: Settings, tell: Callable[[str], None] = print) -> None:
        self._settings = settings
        self._say = tell
        self._door = FrontDoor()
        self._headway: Headway | None = None
        self._ssh: SshServer | None = None

    def run(self) -> int:
        """Serve until told to end by a signal. Return the exit code of the command."""
        set_up_logs(self._settings.log_level, terminal=is_terminal_log(self._settings))
        gc.enable()
        _allow_open_files()
        held = claim(self._settings)
        try:
            host, port, instead = self._settings.host, self._settings.port, "choose another with --port or HEADWAY_PORT"
            return self._run(listen(host, port, 1024, "listen", instead))
        finally:
            if held is not None:
                os.close(held)

    def _run(self, listening: socket.socket) -> int:
        self._settings = self._settings.model_copy(update={"port": listening.getsockname()[1]})
        config = uvicorn.Config(
            self._door,
            log_config=None,
            access_log=False,
            lifespan="on",
            loop="uvloop",
            http=protocol_for(self._settings.limits),
            proxy_headers=True,
            forwarded_allow_ips=list(self._settings.trusted_proxies),
            server_header=False,
            timeout_keep_alive=75,
            timeout_graceful_shutdown=20,
        )
        server = _Uvicorn(config)
        with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
            runner.run(self._serve(server, listening))
        return self._end()

    async def _serve(self, server: uvicorn.Server, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._start, args=(server, loop), name="start", daemon=True).start()
        await server.serve([listening])
        if self._ssh is not None:
            await self._ssh.stop()

    def _start(self, server: uvicorn.Server, loop: asyncio.AbstractEventLoop) -> None:
        try:
            from headway.starting import start

            self._headway = start(self._settings, self._door.now, self._tell)
            self._door.open(self._headway.app)
            if self._settings.ssh.enabled:
                self._start_ssh(self._headway, loop)
            gc.collect()
            gc.freeze()
        except Exception as error:
            self._door.failed = error
            if not isinstance(error, HeadwayError):
                log.exception("the server could not start")
            server.should_exit = True

    def _start_ssh(self, headway: Headway, loop: asyncio.AbstractEventLoop) -> None:
        """Answer Git over SSH too; that its port is taken is no reason to answer nothing at all."""
        ssh = headway.repository.ssh_server(headway.platform)
        try:
            asyncio.run_coroutine_threadsafe(ssh.start(), loop).result(30)
        except HeadwayError as error:
            log.error("Git over SSH is not answered", problem=str(error))
            self._tell(f"Git over SSH is not answered: {error}")
            return
        self._ssh = ssh
        self._tell(f"Git over SSH is at {ssh.address}")

    def _tell(self, words: str) -> None:
        with contextlib.suppress(OSError):  # where it is written to may be full
            self._say(words)

    def _end(self) -> int:
        if self._headway is not None:
            self._headway.stop()
        if isinstance(self._door.failed, HeadwayError):
            raise self._door.failed
        return 1 if self._door.failed else 0
