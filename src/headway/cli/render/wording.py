"""Signs and words that all views share. Meaning is never in the colour alone."""

from __future__ import annotations

SIGNS = {"success": "✓", "failure": "✗", "cancelled": "◼", "skipped": "-", "running": "▸"}
WORDS = {"success": "succeeded", "failure": "failed", "cancelled": "cancelled", "skipped": "skipped"}
COLOURS = {"success": "green", "failure": "red", "cancelled": "yellow", "skipped": "bright_black", "running": "cyan"}


def duration(seconds: float) -> str:
    """Return a time as people say it: ``0.04 s``, ``3.2 s``, ``2 min 05 s``, ``1 h 02 min``."""
    if seconds < 0.1:
        return f"{seconds:.2f} s"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02} s"
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min"


def size(count: int) -> str:
    """Return a number of bytes as people say it."""
    value = float(count)
    if count < 1000:
        return f"{count} B"
    for unit in ("kB", "MB"):
        value /= 1000
        if value < 999.95:
            return f"{value:.1f} {unit}"
    value /= 1000
    return f"{value:.1f} GB"
