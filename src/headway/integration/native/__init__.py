"""Versions of the most used actions that run in-process: same inputs, same outputs, no quarter of a second for node."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_MODULES = {
    "actions/checkout": ("checkout", "checkout"),
}


def native_actions() -> dict[str, Callable[..., None]]:
    """Return the actions that have native versions, by ``owner/name[/path]``; each is imported when it is used."""
    return {name: _lazily(module, function) for name, (module, function) in _MODULES.items()}


def _lazily(module: str, function: str) -> Callable[..., None]:
    def run(call: object) -> None:
        from importlib import import_module

        getattr(import_module(f"headway.integration.native.{module}"), function)(call)

    return run
