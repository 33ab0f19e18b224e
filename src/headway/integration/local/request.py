"""What the user asked for, as one record."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from headway.integration.expressions import Value


class RunRequest(NamedTuple):
    """The options of ``headway run``."""

    folder: str = "."
    workflows: tuple[str, ...] = ()
    event: str = "push"
    payload: dict[str, Value] | None = None
    jobs: tuple[str, ...] = ()
    matrix: dict[str, tuple[str, ...]] = {}  # noqa: RUF012 - never changed
    inputs: dict[str, str] = {}  # noqa: RUF012
    secrets: dict[str, str] = {}  # noqa: RUF012
    variables: dict[str, str] = {}  # noqa: RUF012
    environment: dict[str, str] = {}  # noqa: RUF012
    action_sources: dict[str, str] = {}  # noqa: RUF012
    action_base: str = ""
    capacity: int = 0
    offline: bool = False
    refresh: bool = False
    native: bool = True
    failed_only: bool = False
    any_runner: bool = False
    debug: bool = False
