"""Sockets that clients connect to."""

from __future__ import annotations

import errno
import socket

from headway.kernel.errors import HeadwayError


def listen(host: str, port: int, waiting: int, what: str, instead: str) -> socket.socket:
    """Return a socket that listens, with ``waiting`` connections that nobody has taken yet.

    Raises ``HeadwayError`` that says ``what`` cannot be, and what to do ``instead``.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(waiting)
    except OSError as error:
        listening.close()
        why = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror
        raise HeadwayError(f"cannot {what} on {host}:{port}: {why}; {instead}") from None
    return listening
