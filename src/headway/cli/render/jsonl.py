"""One JSON object a line, for programs (`--json`)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from headway.cli.render.lines import LineView
from headway.integration.local.events import as_json

if TYPE_CHECKING:
    from headway.integration.local.events import RunEvent


class JsonView(LineView):
    """Writes events to a stream. May be called from all threads."""

    def shown(self, event: RunEvent) -> bytes:
        """Return an event as one line."""
        return json.dumps(as_json(event), ensure_ascii=False).encode(errors="replace") + b"\n"
