"""The output of a program in a container: a connection that the engine made over ("Engine API", *Attach*)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from requests import Response

_CHUNK = 1 << 18
_HEADER = 8


Frame = tuple[int, bytes]
"""Where it was written to (1 or 2), and what."""


class Frames:
    """Takes frames (where to, three zeros, a length of 32 bits, the payload) apart, however they are cut."""

    __slots__ = ("_head", "_left", "_output")

    def __init__(self) -> None:
        self._head = b""
        self._left = 0
        self._output = 1

    def take(self, data: bytes) -> list[Frame]:
        """Return what the next bytes of the connection hold."""
        found: list[Frame] = []
        at = 0
        while at < len(data):
            if self._left:
                part = data[at : at + self._left]
                found.append((self._output, part))
                self._left -= len(part)
                at += len(part)
                continue
            wanted = _HEADER - len(self._head)
            self._head += data[at : at + wanted]
            at += wanted
            if len(self._head) == _HEADER:
                self._output, self._left = self._head[0], int.from_bytes(self._head[4:], "big")
                self._head = b""
        return found


class Stream:
    """Reads what a program writes, without blocking. ``fd`` is readable when there is something to read."""

    __slots__ = ("_buffered", "_frames", "_head", "_raw", "_response", "fd")

    def __init__(self, response: Response) -> None:
        self._response = response
        connection: Any = response.raw._fp  # the library keeps no other way to what it has read already
        self._buffered = connection.fp
        self._raw = self._buffered.raw
        self._raw._sock.settimeout(0)
        self.fd: int = self._raw.fileno()
        self._frames = Frames()
        # The first output may have come together with the head of the response.
        self._head: bytes | None = self._buffered.peek() or None

    def read(self) -> list[Frame] | None:
        """Return the next output; None if there is none yet, an empty list when there will be none any more."""
        if self._head is not None:
            data: bytes | None = self._head
            self._head = None
        else:
            data = self._receive()
        if not data:
            return None if data is None else []
        return self._frames.take(data) or None

    def _receive(self) -> bytes | None:
        try:
            data: bytes | None = self._raw.read(_CHUNK)
        except OSError as error:
            return None if type(error).__name__ == "SSLWantReadError" else b""
        return data

    def close(self) -> None:
        """Give the connection up. Harmless if repeated."""
        self._response.close()
