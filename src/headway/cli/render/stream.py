"""Where views write to: a stream whose reader may leave at any time."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class OutputStream:
    """Standard output. When nobody reads it any more, ``when_left`` is called once, and the rest goes nowhere."""

    def __init__(self, when_left: Callable[[], None]) -> None:
        self._stream = sys.stdout.buffer
        self._when_left = when_left
        self._left = False

    def write(self, data: bytes) -> None:
        """Write, and let it be seen at once."""
        if self._left:
            return
        try:
            self._stream.write(data)
            self._stream.flush()
        except BrokenPipeError:
            self._left = True
            # What is in the buffer still has to go somewhere when the process ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
            self._when_left()
