"""How what happens in a run is shown: plain lines, a live tree, or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from headway.integration.local.events import RunEvent


class View(Protocol):
    """Shows the events of a run. Called from all threads."""

    def __call__(self, event: RunEvent) -> None:
        """Show an event."""

    def pause(self) -> None:
        """Leave the terminal to somebody else."""

    def resume(self) -> None:
        """Take the terminal back."""

    def close(self) -> None:
        """Write what is left."""
