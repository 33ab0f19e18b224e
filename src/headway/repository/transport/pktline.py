"""Pkt-lines, the framing of Git's protocols (gitprotocol-common). Pure."""

from __future__ import annotations

FLUSH = b"0000"
LONGEST = 65516
"""Bytes that one line may carry."""


def pkt_line(data: bytes) -> bytes:
    """Return a line. Raises ``ValueError`` when it is longer than ``LONGEST``."""
    if len(data) > LONGEST:
        raise ValueError(f"a pkt-line carries at most {LONGEST} bytes, and this has {len(data)}")
    return b"%04x%s" % (len(data) + 4, data)


def error_line(message: str) -> bytes:
    """Return the line by which a server tells of an error; git shows it as ``fatal: remote error: …``."""
    return pkt_line(b"ERR " + message.encode("utf-8", "replace")[: LONGEST - 4])


def fatal_line(message: str) -> bytes:
    """Return the answer by which a push ends with an error: all clients ask for ``side-band-64k``."""
    return pkt_line(b"\3" + message.encode("utf-8", "replace")[: LONGEST - 2] + b"\n") + FLUSH


def service_header(service: str) -> bytes:
    """Return how the answer to ``info/refs`` begins (gitprotocol-http, "Smart Clients")."""
    return pkt_line(f"# service={service}\n".encode()) + FLUSH
