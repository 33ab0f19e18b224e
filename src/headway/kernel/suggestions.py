"""“Did you mean …?”."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(seen: str, known: Iterable[str]) -> str:
    """Return ``did you mean 'x'?`` for the known name nearest to ``seen``, or an empty text if none is near."""
    from difflib import get_close_matches  # only mistakes pay for this import

    names = {name.lower(): name for name in known}
    near = get_close_matches(seen.lower(), names, n=1, cutoff=0.6)
    return f"did you mean '{names[near[0]]}'?" if near else ""
