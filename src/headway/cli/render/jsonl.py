"""One JSON object a line, for programs (`--json`)."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING

from headway.integration.local.events import RunEvent, as_json

if TYPE_CHECKING:
    from headway.cli.render.stream import OutputStream
    from headway.integration.local.report import Report


class JsonView:
    """Writes events to a stream. May be called from all threads."""

    def __init__(self, stream: OutputStream, report: Report) -> None:
        self._stream = stream
        self._report = report
        self._lock = threading.Lock()

    def __call__(self, event: RunEvent) -> None:
        """Show an event."""
        with self._lock:
            self._report.take(event)
            self._stream.write(json.dumps(as_json(event), ensure_ascii=False).encode(errors="replace") + b"\n")

    def pause(self) -> None:
        """Leave the terminal to somebody else."""

    def resume(self) -> None:
        """Take the terminal back."""

    def close(self) -> None:
        """Write what is left."""
