"""A connection that goes silent: a proxy that stops passing things on, and closes nothing."""

from __future__ import annotations

import contextlib
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Proxy:
    """Passes connections on to ``target``, a port of this machine or the path of a socket.

    ``swallow_after``: bytes of a client after which neither it nor the server hears anything any more.
    """

    def __init__(self, target: int | str, swallow_after: int = 1 << 60) -> None:
        self._target = target
        self._left = swallow_after
        self.swallowing = threading.Event()
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._sockets: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def end(self) -> None:
        with contextlib.suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)  # closing alone does not wake who accepts
        self._listening.close()
        for thread in self._threads:
            thread.join(10)
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listening.accept()
                server = socket.socket(socket.AF_UNIX if isinstance(self._target, str) else socket.AF_INET)
                self._sockets += [client, server]
                server.connect(self._target if isinstance(self._target, str) else ("127.0.0.1", self._target))
                threading.Thread(target=self._pass, args=(client, server, True), daemon=True).start()
                threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()

    def _pass(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        try:
            while chunk := source.recv(16384):
                if counted:
                    self._left -= len(chunk)
                    if self._left < 0:
                        self.swallowing.set()
                if not self.swallowing.is_set():
                    target.sendall(chunk)
            if not self.swallowing.is_set():
                target.shutdown(socket.SHUT_WR)
        except OSError:
            return


@contextmanager
def proxied(target: int | str, swallow_after: int = 1 << 60) -> Iterator[Proxy]:
    proxy = Proxy(target, swallow_after)
    try:
        yield proxy
    finally:
        proxy.end()
