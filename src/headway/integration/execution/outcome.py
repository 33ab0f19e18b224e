"""What one phase of a step comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from headway.integration.planning.state import Result


class Outcome(NamedTuple):
    """What a step came to, before ``continue-on-error``."""

    result: Result
    reason: str = ""
    outputs: dict[str, str] = {}  # noqa: RUF012 - never changed
    exit_code: int | None = None
