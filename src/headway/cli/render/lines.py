"""What views have in common that only ever write further lines."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headway.cli.render.stream import OutputStream
    from headway.integration.local.events import RunEvent
    from headway.integration.local.report import Report


class LineView:
    """Writes each event as it comes. May be called from all threads."""

    def __init__(self, stream: OutputStream, report: Report) -> None:
        self._stream = stream
        self.report = report
        self._lock = threading.Lock()

    def __call__(self, event: RunEvent) -> None:
        """Show an event."""
        with self._lock:
            self.report.take(event)
            if data := self.shown(event):
                self._stream.write(data)

    def shown(self, event: RunEvent) -> bytes:
        """Return an event as whole lines, nothing for one that is not shown."""
        raise NotImplementedError

    def pause(self) -> None:
        """Leave the terminal to somebody else."""

    def resume(self) -> None:
        """Take the terminal back."""

    def close(self) -> None:
        """Write what is left."""
