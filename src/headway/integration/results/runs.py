"""The runs whose artifacts are kept on this machine: what is written down of each, and which are removed."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import NamedTuple

from headway.integration.results.records import Artifact
from headway.integration.results.trees import remove

KEPT_RUNS = 10


class RunIndex(NamedTuple):
    """What is known of a run: its workflow, the run that it repeats in part, and its artifacts."""

    workflow: str = ""
    earlier: str = ""
    artifacts: tuple[Artifact, ...] = ()


def read_index(root: str, run: str) -> RunIndex:
    """Return what is known of a run; nothing for one that is not kept, or whose file is damaged."""
    import json

    try:
        with open(os.path.join(root, f"{run}.json"), encoding="utf-8") as file:
            known = json.load(file)
        artifacts = tuple(Artifact(**fields) for fields in known["artifacts"])
        return RunIndex(str(known["workflow"]), str(known["earlier"]), artifacts)
    except (OSError, ValueError, KeyError, TypeError):
        return RunIndex()


def write_index(root: str, run: str, workflow: str, earlier: str, artifacts: list[Artifact]) -> None:
    """Write down what a run has kept; the file is whole at any moment. Raises ``OSError``."""
    import json

    path = os.path.join(root, f"{run}.json")
    known = {"workflow": workflow, "earlier": earlier, "artifacts": [artifact._asdict() for artifact in artifacts]}
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(known, file, indent=2)
    os.replace(f"{path}.new", path)


def prune_runs(root: str, own: str) -> None:
    """Remove all but the newest runs, and what crashed runs left half done. Runs that go on elsewhere stay."""
    runs: list[str] = []
    for name in os.listdir(root):
        if name.isdigit():
            runs.append(name)
        elif name.startswith(".") and (run := name[1:].partition("-")[0]) != own and not _in_use(root, run):
            remove(os.path.join(root, name))
    for run in sorted(runs, key=int, reverse=True)[KEPT_RUNS:]:
        if run != own and not _in_use(root, run):
            with suppress(OSError):
                os.unlink(os.path.join(root, f"{run}.json"))
            remove(os.path.join(root, run))
            remove(os.path.join(root, f"{run}.zips"))


def _in_use(root: str, run: str) -> bool:
    import fcntl

    try:
        descriptor = os.open(os.path.join(root, run), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
