"""Headway's own log: one event a line, with its fields; JSON for programs, text for a terminal."""

from __future__ import annotations

import contextlib
import logging
import re
import sys
from typing import TYPE_CHECKING, Any, TextIO

import structlog

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}

# Whatever looks like one of our tokens, or like a password in an address, does not get into a log by accident.
_TOKENS = re.compile(r"\bhw[a-z]_[A-Za-z0-9_-]{8,}|(?<=://)[^/@\s:]*:[^/@\s]+(?=@)")
_SECRET_FIELDS = frozenset({"password", "token", "secret", "authorization", "cookie"})


def set_up_logs(level: str, *, terminal: bool) -> None:
    """Send the log to standard error, from ``level`` on; those of libraries too."""
    stream: Any = LossyStream(sys.stderr)
    renderer: Any = (
        structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()) if terminal else structlog.processors.JSONRenderer()
    )
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask,
    ]
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=structlog.PrintLoggerFactory(stream),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class LossyStream:
    """A stream that loses what cannot be written: that the log's disk is full must not stop what is logged."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        """Write a text if that is possible."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Flush what was written if that is possible."""
        with contextlib.suppress(OSError, ValueError):
            self._stream.flush()


def mask(_logger: object, _name: str, fields: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace tokens and passwords in the fields of a line by ``***``."""
    for name, value in fields.items():
        if name.lower() in _SECRET_FIELDS:
            fields[name] = "***"
        elif isinstance(value, str):
            fields[name] = masked(value)
    return fields


def masked(text: str) -> str:
    """Return a text without the tokens and passwords that are recognisable in it."""
    return _TOKENS.sub("***", text)


log: Any = structlog.get_logger("headway")
