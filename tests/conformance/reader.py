"""GitHub's suite of its workflow reader: options, a workflow, perhaps files that it calls, and what becomes of them.

A case passes when the verdict (valid or refused) is the same, and the places of all errors are; it agrees when the
jobs of a valid workflow, in the suite's normal form, are the same too.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from headway.integration.workflows import CalledFile, link, read_workflow
from headway.integration.workflows.permissions import RESTRICTED
from headway.integration.workflows.reusable import MAX_DEPTH
from headway.kernel.errors import HeadwayError, Problem

from . import UsageError, Verdict
from ._normal import Normal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headway.integration.workflows.models import Workflow

_PLACE = re.compile(r"(\S+) \(Line: (\d+), Col: (\d+)\)")
_OTHER_PLACE = re.compile(r"on line (\d+) and column (\d+)")


class Case(NamedTuple):
    """One case of the suite."""

    path: str
    options: dict[str, Any]
    text: str
    called: dict[str, str]
    expected: dict[str, Any]


def grade(folder: Path) -> Iterator[Verdict]:
    """Yield a verdict for each case of the suite in ``folder``."""
    files = sorted(folder.glob("*.yml"))
    if not files:
        raise UsageError(f"{folder} holds no suite of the workflow reader: no *.yml is in it")
    for file in files:
        yield _grade(file.stem, read_case(file))


def read_case(file: Path) -> Case:
    """Return the parts of a case's file."""
    parts = re.split(r"(?:^|\n)---\s*\n", file.read_text(encoding="utf-8"))
    options = yaml.safe_load(parts[0]) or {}
    names, texts = parts[2:-1:2], parts[3:-1:2]
    called = {name.strip(): text for name, text in zip(names, texts, strict=True)}
    return Case(f".github/workflows/{file.name}", options, parts[1], called, json.loads(parts[-1]))


def read(case: Case) -> tuple[Workflow | None, tuple[Problem, ...]]:
    """Return what Headway makes of a case."""
    options = case.options
    size = int(options.get("max-result-size", 10 * 1024 * 1024))
    workflow, problems = read_workflow(
        case.text, case.path, max_bytes=int(options.get("max-file-size", 1024 * 1024)), max_result_bytes=size
    )
    if workflow is None or problems:
        return workflow, problems

    def load(uses: str, caller: str) -> CalledFile:
        if uses not in case.called:
            raise HeadwayError(f"the case has no file '{uses}'")
        return CalledFile(uses, case.called[uses])

    linked = link(
        workflow,
        load,
        default_permissions=RESTRICTED if options.get("permissions-policy") == "LimitedRead" else None,
        max_depth=int(options.get("max-nested-reusable-workflows-depth", MAX_DEPTH)),
        max_result_bytes=size,
    )
    return linked.workflow, linked.problems


def _grade(name: str, case: Case) -> Verdict:
    workflow, problems = read(case)
    errors = case.expected.get("errors")
    if errors is None:
        if problems or workflow is None:
            return Verdict(name, False, f"refused: {'; '.join(map(str, problems))}", False)
        return _grade_jobs(name, case, workflow)
    expected = sorted(place for error in errors if (place := _place_of(error["Message"])))
    found = sorted((p.path, p.line, p.column) for p in problems if p.line)
    passed = bool(problems) and (found == expected or not expected)
    return Verdict(name, passed, f"found {[str(problem) for problem in problems]}, expected {errors}")


def _place_of(message: str) -> tuple[str, int, int] | None:
    found = _PLACE.findall(message)
    if found:
        path, line, column = found[-1]
        return path, int(line), int(column)
    if other := _OTHER_PLACE.search(message):
        return message.partition(":")[0], int(other[1]), int(other[2])
    return None


def _grade_jobs(name: str, case: Case, workflow: Workflow) -> Verdict:
    policy = RESTRICTED if case.options.get("permissions-policy") == "LimitedRead" else None
    normal = Normal(case.path, with_places=bool(case.options.get("include-source")), policy=policy)
    found, expected = normal.jobs(workflow), case.expected.get("jobs")
    if found == expected:
        return Verdict(name, True, agrees=True)
    return Verdict(name, True, f"jobs differ: {_difference(found, expected, 'jobs')}", False)


def _difference(found: Any, expected: Any, where: str) -> str:
    if isinstance(found, dict) and isinstance(expected, dict):
        for key in {**expected, **found}:
            if found.get(key) != expected.get(key):
                return _difference(found.get(key), expected.get(key), f"{where}.{key}")
    if isinstance(found, list) and isinstance(expected, list) and len(found) == len(expected):
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            if one != other:
                return _difference(one, other, f"{where}[{number}]")
    return f"{where} is {found!r:.150}, not {expected!r:.150}"
