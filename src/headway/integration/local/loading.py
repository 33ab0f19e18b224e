"""Finding and reading the workflows of a repository, and the files that they call."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headway.integration.execution.sources import ActionSource, parse_reference
from headway.integration.workflows import CalledFile, link, read_workflow
from headway.kernel.errors import HeadwayError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.integration.local.parsed import ParsedFiles
    from headway.integration.workflows.models import Workflow
    from headway.integration.workflows.reusable import Loader

FOLDER = ".github/workflows"


def workflow_paths(root: str, wanted: Sequence[str]) -> list[str]:
    """Return the workflow files below ``root``, all of them or those that are named, relative to it.

    A name is a path, a file name, or a file name without its ending. Raises ``HeadwayError`` for a name without a file.
    """
    folder = os.path.join(root, FOLDER)
    names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
    found = [f"{FOLDER}/{name}" for name in names if name.endswith((".yml", ".yaml"))]
    if not wanted:
        if not found:
            raise HeadwayError(
                f"There are no workflows in '{folder}'. Write one, or change to a repository that has some"
            )
        return found
    return [_path(root, name, found) for name in wanted]


def _path(root: str, wanted: str, found: list[str]) -> str:
    for path in found:
        name = os.path.basename(path)
        if wanted in (path, name, name.rpartition(".")[0]):
            return path
    if os.path.isfile(wanted):
        return os.path.relpath(os.path.abspath(wanted), root)
    names = ", ".join(os.path.basename(path) for path in found) or "none"
    raise HeadwayError(f"There is no workflow '{wanted}'. The workflows here: {names}")


def load_workflow(
    root: str, path: str, source: ActionSource, parsed: ParsedFiles
) -> tuple[Workflow | None, tuple[Problem, ...]]:
    """Return a workflow with all that it calls, and every problem of any of the files."""
    with open(os.path.join(root, path), "rb") as file:
        workflow, problems = read_workflow(file.read(), path, parse=parsed.parse)
    if workflow is None or problems:
        return workflow, problems
    if not any(job.uses for job in workflow.jobs.values()):
        return workflow, ()
    return link(workflow, loader(root, source))


def loader(root: str, source: ActionSource) -> Loader:
    """Return what finds called workflows: local ones in the tree, others through the action source."""

    def load(uses: str, caller: str) -> CalledFile:
        if uses.startswith(("./", "$/")):
            return _local(root, uses[2:], caller, source)
        reference = parse_reference(uses)
        return CalledFile(uses, _read(os.path.join(source.fetch(reference).folder, reference.path), uses))

    return load


def _local(root: str, uses: str, caller: str, source: ActionSource) -> CalledFile:
    path = os.path.normpath(uses)
    if path.startswith(("/", "..")):
        raise HeadwayError(f"'./{uses}' leads out of the repository; expected ./{FOLDER}/ and a file")
    if "@" not in caller or os.path.isfile(os.path.join(root, caller)):
        return CalledFile(path, _read(os.path.join(root, path), uses))
    around = parse_reference(caller)
    reference = around._replace(path=path)
    return CalledFile(str(reference), _read(os.path.join(source.fetch(around).folder, path), uses))


def _read(path: str, uses: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise HeadwayError(f"'{uses}' cannot be read: {error.strerror} ({path})") from error
