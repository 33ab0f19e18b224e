"""What the last run of each workflow came to, for `--failed`."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from headway.integration.expressions import to_json

if TYPE_CHECKING:
    from headway.integration.expressions import Value
    from headway.integration.planning.state import RunState

Known = dict[str, dict[str, str]]
"""Key of a job that succeeded → its outputs."""


class History:
    """One file for each workflow of each repository, below the cache."""

    __slots__ = ("_folder",)

    def __init__(self, cache: str, root: str) -> None:
        self._folder = os.path.join(cache, "history", root.strip("/").replace("%", "%25").replace("/", "%2F"))

    def keep(self, state: RunState) -> None:
        """Remember what each job came to, with its outputs. A full disk loses the memory, not the run."""
        jobs: dict[str, Value] = {
            instance.key: {"result": instance.result, "outputs": dict(instance.outputs)}
            for instance in state.instances.values()
            if not instance.calls
        }
        path = self._path(state.scopes[""].workflow.path)
        try:
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            with open(f"{path}.new", "w", encoding="utf-8") as file:
                file.write(to_json({"result": state.result, "jobs": jobs}))
            os.replace(f"{path}.new", path)
        except (OSError, UnicodeError):
            return

    def result(self, workflow: str) -> str:
        """Return what the last run came to, or an empty text if there was none."""
        return str(self._last(workflow).get("result", ""))

    def succeeded(self, workflow: str) -> Known:
        """Return the jobs that succeeded last time, and their outputs; nothing if there was no last time."""
        jobs = self._last(workflow).get("jobs")
        return {
            key: {name: str(value) for name, value in entry["outputs"].items()}
            for key, entry in (jobs.items() if isinstance(jobs, dict) else ())
            if isinstance(entry, dict) and entry.get("result") == "success" and isinstance(entry.get("outputs"), dict)
        }

    def _last(self, workflow: str) -> dict[str, Any]:
        import json

        try:
            with open(self._path(workflow), encoding="utf-8") as file:
                last = json.load(file)
        except (OSError, ValueError, RecursionError):
            return {}
        return last if isinstance(last, dict) else {}

    def _path(self, workflow: str) -> str:
        return os.path.join(self._folder, workflow.replace("/", "%") + ".json")
