"""The way from containers to what this machine serves to itself alone, such as the results service of a run."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from headway.kernel.engines.engine import Engine

_CHUNK = 1 << 16
_BACKLOG = 128
_DESKTOP = "host.docker.internal"
"""How containers of an engine in a virtual machine call the machine around it, loopback and all."""


class Bridge:
    """Passes connections from the network of some containers on to a port of the loopback."""

    __slots__ = ("_listener", "_port")

    def __init__(self, address: str, port: int) -> None:
        """Listen at an address of this machine. Raises ``OSError`` where the address is none of it."""
        self._listener = socket.create_server((address, 0), backlog=_BACKLOG)
        self._port = port
        threading.Thread(target=self._accept, name="container bridge", daemon=True).start()

    @property
    def place(self) -> str:
        """Where it listens, as ``host:port``."""
        host, port = self._listener.getsockname()[:2]
        return f"{host}:{port}"

    def _accept(self) -> None:
        while True:
            try:
                inner, _ = self._listener.accept()
            except OSError:
                return  # closed
            try:
                outer = socket.create_connection(("127.0.0.1", self._port))
            except OSError:
                inner.close()
                continue
            for origin, target in ((inner, outer), (outer, inner)):
                threading.Thread(target=_pass_on, args=(origin, target), name="container bridge", daemon=True).start()

    def close(self) -> None:
        """Take no more connections; those that are open end with the containers."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def _pass_on(origin: socket.socket, target: socket.socket) -> None:
    """Pass on what comes until the end, and then the end; the direction that ends last closes both."""
    with contextlib.suppress(OSError):
        while data := origin.recv(_CHUNK):
            target.sendall(data)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)
    with contextlib.suppress(OSError):
        origin.shutdown(socket.SHUT_RD)


class Bridges:
    """The bridges of one job, one for each port."""

    __slots__ = ("_engine", "_lock", "_open")

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._open: dict[tuple[str, int], Bridge | None] = {}

    def reachable(self, url: str, network: str) -> str:
        """Return a URL by which containers in a network reach what is at this one of the loopback."""
        parts = urlsplit(url)
        if parts.hostname != "127.0.0.1" or parts.port is None:
            return url
        with self._lock:
            key = (network, parts.port)
            if key not in self._open:
                self._open[key] = self._bridge(*key)
            bridge = self._open[key]
        return parts._replace(netloc=bridge.place if bridge else f"{_DESKTOP}:{parts.port}").geturl()

    def _bridge(self, network: str, port: int) -> Bridge | None:
        gateway = self._engine.gateway(network)
        try:
            return Bridge(gateway, port) if gateway else None
        except OSError:
            return None

    def close(self) -> None:
        """Close all."""
        for bridge in self._open.values():
            if bridge is not None:
                bridge.close()
