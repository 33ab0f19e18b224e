"""Checking the files of a repository: which there are, and what their actions and called workflows say."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.checks import check_action, check_workflow
from headway.integration.execution.sources import DEFAULT_BASE, ActionSource, parse_reference
from headway.integration.local.folders import cache_home
from headway.integration.local.loading import FOLDER, loader
from headway.integration.workflows import link, read_action, read_workflow
from headway.kernel.errors import HeadwayError, Problem
from headway.kernel.git import Git
from headway.kernel.headway_yaml import FILE_NAME, load

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.integration.local.migration import JobReport
    from headway.integration.workflows.models import Action, Workflow
    from headway.kernel.headway_yaml import Section

_ACTION_FILES = ("action.yml", "action.yaml")


class Checked(NamedTuple):
    """A file, its text, and what is wrong with it."""

    path: str
    text: str
    problems: tuple[Problem, ...]


class Checking:
    """Checks files of one repository, or of a folder that is none."""

    def __init__(
        self,
        folder: str,
        action_sources: Sequence[str] = (),
        *,
        offline: bool = False,
        sections: Sequence[Section] = (),
    ) -> None:
        if not os.path.isdir(folder):
            raise HeadwayError(f"There is no folder '{folder}'")
        self.folder = os.path.abspath(folder)
        self.sections = sections
        self.root = Git(folder).maybe("rev-parse", "--show-toplevel") or self.folder
        overrides = dict(entry.split("=", 1) for entry in action_sources if "=" in entry)
        base = os.environ.get("HEADWAY_ACTION_SOURCE", DEFAULT_BASE)
        actions = os.path.join(cache_home(), "actions")
        self.source = ActionSource(actions, base=base, overrides=overrides, offline=offline)
        # Metadata of remote actions is looked at where it is there already; a check fetches nothing for it.
        self._cached = ActionSource(actions, base=base, overrides=overrides, offline=True)

    def check(self, paths: Sequence[str]) -> list[Checked]:
        """Return every file that was asked for with its findings, those without any included."""
        return [self._one(path) for path in self.files(paths)]

    def files(self, paths: Sequence[str]) -> list[str]:
        """Return the files to check, relative to the root. Raises ``HeadwayError`` for a path that is not there."""
        if not paths:
            own = [FILE_NAME] if os.path.isfile(os.path.join(self.root, FILE_NAME)) else []
            return [*own, *self._workflows(self.root), *self._actions(self.root)]
        found: list[str] = []
        for path in paths:
            full = os.path.join(self.folder, path)
            if os.path.isdir(full):
                inner = [*self._workflows(full), *self._actions(full), *_yaml_in(full)]
                found.extend(dict.fromkeys(self._relative(os.path.join(full, name)) for name in inner))
            elif os.path.isfile(full):
                found.append(self._relative(full))
            else:
                raise HeadwayError(f"There is no file '{path}'")
        return found

    def _relative(self, path: str) -> str:
        relative = os.path.relpath(path, self.root)
        return path if relative.startswith("..") else relative

    def _workflows(self, root: str) -> list[str]:
        folder = os.path.join(root, FOLDER)
        names = sorted(os.listdir(folder)) if os.path.isdir(folder) else []
        return [f"{FOLDER}/{name}" for name in names if name.endswith((".yml", ".yaml"))]

    def _actions(self, root: str) -> list[str]:
        names = Git(root).maybe(
            "ls-files", "-co", "--exclude-standard", "--", *_ACTION_FILES, "*/action.yml", "*/action.yaml"
        )
        return sorted(name for name in names.splitlines() if os.path.isfile(os.path.join(root, name)))

    def _one(self, path: str) -> Checked:
        with open(os.path.join(self.root, path), "rb") as file:
            data = file.read()
        text = data.decode(errors="replace")
        if path == FILE_NAME:
            return Checked(path, text, load(data, self.sections).problems)
        if os.path.basename(path) in _ACTION_FILES:
            return Checked(path, text, tuple(self._action_problems(data, path)))
        return Checked(path, text, tuple(self._workflow_problems(data, path)))

    def _workflow_problems(self, data: bytes, path: str) -> list[Problem]:
        workflow, problems = self.workflow(data, path)
        if workflow is None:
            return list(problems)
        found = [*problems, *check_workflow(workflow, self._metadata)]
        return sorted(dict.fromkeys(found), key=lambda problem: (problem.path != path, problem.line, problem.column))

    def workflow(self, data: bytes, path: str) -> tuple[Workflow | None, tuple[Problem, ...]]:
        """Return a workflow with all that it calls, and what is wrong with its syntax."""
        workflow, problems = read_workflow(data, path)
        if workflow is None or problems or not any(job.uses for job in workflow.jobs.values()):
            return workflow, problems
        linked = link(workflow, loader(self.root, self.source))
        return linked.workflow, tuple(map(self._softened, linked.problems))

    def _softened(self, problem: Problem) -> Problem:
        """A called workflow that cannot be fetched now is not wrong for that."""
        remote = problem.message.startswith("Unable to find reusable workflow '") and "@" in problem.message
        return problem._replace(severity="warning") if remote else problem

    def _action_problems(self, data: bytes, path: str) -> list[Problem]:
        action, problems = read_action(data, path)
        return [*problems, *(check_action(action, self._metadata) if action and not problems else [])]

    def _metadata(self, uses: str) -> Action | None:
        if uses.startswith(("./", "$/")):
            return self._read(os.path.normpath(os.path.join(self.root, uses[2:])), uses, must=True)
        try:
            reference = parse_reference(uses)
            fetched = self._cached.fetch(reference)
        except HeadwayError:
            return None
        return self._read(os.path.join(fetched.folder, reference.path), uses, must=False)

    def _read(self, folder: str, uses: str, *, must: bool) -> Action | None:
        for name in _ACTION_FILES:
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                with open(path, "rb") as file:
                    return read_action(file.read(), path).action
        if must and not os.path.isfile(os.path.join(folder, "Dockerfile")):
            raise HeadwayError(f"there is no action.yml, action.yaml or Dockerfile in '{uses}'")
        return None

    def report(self, paths: Sequence[str]) -> list[JobReport]:
        """Return the migration report. Raises ``InputError`` if a workflow is wrong."""
        from headway.integration.execution.host import find_program
        from headway.integration.local.migration import (
            JobReport,
            Obstacle,
            Surroundings,
            docker_answers,
            report_workflow,
        )

        here = Surroundings(find_program, self.source, docker_answers())
        reports: list[JobReport] = []
        for path in self.files(paths):
            if path == FILE_NAME or os.path.basename(path) in _ACTION_FILES:
                continue
            with open(os.path.join(self.root, path), "rb") as file:
                workflow, problems = self.workflow(file.read(), path)
            wrong = [problem for problem in problems if problem.severity == "error"]
            if workflow is None or wrong:
                obstacles = tuple(Obstacle(str(problem), "headway check says more") for problem in wrong)
                reports.append(JobReport(path, "(all jobs)", obstacles))
            else:
                reports.extend(report_workflow(workflow, here))
        return reports


def _yaml_in(folder: str) -> list[str]:
    names = sorted(os.listdir(folder))
    return [name for name in names if name.endswith((".yml", ".yaml")) and os.path.isfile(os.path.join(folder, name))]
