"""Versions of the most used actions that run in-process: same inputs, same outputs, no quarter of a second for node."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headway.integration.execution.actions import ResolvedAction
    from headway.integration.execution.host import NativeAction
    from headway.integration.execution.invocation import Invocation
    from headway.integration.execution.outcome import Outcome

_MODULES = {
    "actions/cache": ("cache", "cache"),
    "actions/cache/restore": ("cache", "restore"),
    "actions/cache/save": ("cache", "save"),
    "actions/checkout": ("checkout", "checkout"),
    "actions/setup-node": ("setup_node", "setup_node"),
    "actions/setup-python": ("setup_python", "setup_python"),
    "actions/download-artifact": ("download_artifact", "download_artifact"),
    "actions/upload-artifact": ("upload_artifact", "upload_artifact"),
    "actions/upload-artifact/merge": ("merge_artifacts", "merge_artifacts"),
}


def native_actions() -> dict[str, NativeAction]:
    """Return the actions that have native versions, by ``owner/name[/path]``; each is imported when it is used."""
    return {name: _lazily(module, function) for name, (module, function) in _MODULES.items()}


def _lazily(module: str, function: str) -> NativeAction:
    def run(invocation: Invocation, action: ResolvedAction, inputs: dict[str, str]) -> Outcome:
        from importlib import import_module

        from headway.integration.native.call import NativeCall

        work = getattr(import_module(f"headway.integration.native.{module}"), function)
        return NativeCall(invocation, action, inputs).run(work)

    return run
