"""One ``headway run``: everything from the options to the last state of the last workflow."""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.execution.host import Host, kept_environment, system, system_of
from headway.integration.execution.sources import DEFAULT_BASE, ActionSource
from headway.integration.execution.workspace import remove_tree
from headway.integration.expressions import to_json, to_string
from headway.integration.local.events import Kept
from headway.integration.local.folders import cache_home, left_behind, work_home
from headway.integration.local.history import History
from headway.integration.local.loading import load_workflow, workflow_paths
from headway.integration.local.parsed import ParsedFiles
from headway.integration.local.payload import LocalEvent, github_context, make_event
from headway.integration.local.repository import RepositoryQuestions, ask_repository, find_repository
from headway.integration.local.runner import RunDriver
from headway.integration.native import native_actions
from headway.integration.planning.decisions import typed
from headway.integration.planning.evaluation import Evaluator
from headway.integration.planning.scheduler import new_run
from headway.integration.planning.triggers import verdict
from headway.integration.results.local import LocalResults, LocalStores, RunOf, cache_scopes
from headway.integration.workflows.matrices import matrix_keys
from headway.kernel.copying import spread_out
from headway.kernel.errors import HeadwayError, InputError, Problem
from headway.kernel.process.orphans import become_subreaper, end_descendants
from headway.kernel.suggestions import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from headway.integration.execution.listener import FailedStep
    from headway.integration.expressions import Value
    from headway.integration.local.events import RunEvent
    from headway.integration.local.request import RunRequest
    from headway.integration.planning.state import Instance, RunState
    from headway.integration.results.records import Artifact
    from headway.integration.workflows.models import Job, Workflow


class Choice(NamedTuple):
    """The workflows that the event starts, and why others do not start."""

    workflows: tuple[Workflow, ...]
    others: tuple[tuple[str, str], ...]


class Session:
    """The surroundings of a run: repository, event, sources. Nothing is executed before ``run``."""

    def __init__(self, request: RunRequest, questions: RepositoryQuestions | None = None) -> None:
        self.request = request
        self.cache = cache_home()
        self.repository = find_repository(questions or ask_repository(request.folder))
        self.source = ActionSource(
            os.path.join(self.cache, "actions"),
            base=request.action_base or os.environ.get("HEADWAY_ACTION_SOURCE", DEFAULT_BASE),
            overrides=request.action_sources,
            offline=request.offline,
            refresh=request.refresh,
        )
        self.event: LocalEvent = make_event(request.event, self.repository, request.payload, request.inputs)
        self.run_id = _new_run_id()
        self.work = os.path.join(work_home(), f"{self.run_id}-{os.getpid()}")
        self.history = History(self.cache, self.repository.tree.root)
        self._driver: RunDriver | None = None
        self._cancelled = ""

    def choose(self) -> Choice:
        """Return what the event starts. Workflows that are named start whatever their filters say.

        Raises ``InputError`` with the problems of all of them, ``HeadwayError`` when none is left.
        """
        chosen: list[Workflow] = []
        others: list[tuple[str, str]] = []
        problems: list[Problem] = []
        root = self.repository.tree.root
        parsed = ParsedFiles(self.cache, root)
        for path in workflow_paths(root, self.request.workflows):
            workflow, found = load_workflow(root, path, self.source, parsed)
            problems.extend(found)
            if workflow is None or found:
                continue
            says = verdict(workflow, self.event.event)
            if not says.starts and not self.request.workflows:
                others.append((path, says.reason))
            elif self.request.failed_only and self.history.result(path) == "success":
                others.append((path, "nothing failed in its last run"))
            else:
                chosen.append(workflow)
        if problems:
            raise InputError(problems)
        self._require_matrix_keys(chosen)
        return Choice(tuple(chosen), tuple(others))

    def _require_matrix_keys(self, workflows: list[Workflow]) -> None:
        keys = [
            matrix_keys(job.strategy.matrix) for job in _all_jobs(workflows) if job.strategy and job.strategy.matrix
        ]
        if not workflows or None in keys:
            return
        known = sorted(set().union(*(some for some in keys if some)))
        for key in self.request.matrix:
            if key not in known:
                hint = did_you_mean(key, known) or f"the keys here: {', '.join(known) or 'none'}"
                raise HeadwayError(f"--matrix {key}=…: no matrix of these jobs has that key; {hint}")

    def cancel(self, reason: str) -> None:
        """Ask the run that goes on to end, and those after it not to begin."""
        self._cancelled = reason
        if self._driver is not None:
            self._driver.cancel(reason)

    @property
    def cancelled(self) -> bool:
        """Whether somebody asked for the end."""
        return bool(self._cancelled)

    def kill(self) -> None:
        """End the run that goes on at once."""
        if self._driver is not None:
            self._driver.kill()

    def new_state(self, workflow: Workflow) -> RunState:
        """Return the run of a workflow, not yet begun. Raises ``InputError`` for inputs that do not fit."""
        token = self.request.secrets.get("GITHUB_TOKEN", "")
        github = github_context(
            self.event,
            self.repository,
            run_id=_new_run_id(),
            run_number=1,
            event_path=os.path.join(self.work, "event.json"),
            token=token,
        )
        github["workflow"] = workflow.name or workflow.path
        github["workflow_ref"] = f"{self.repository.name}/{workflow.path}@{github['ref']}"
        github["workflow_sha"] = self.repository.sha
        inputs = self._inputs(workflow, github)
        if self.event.event.name == "workflow_dispatch":
            # The event holds every input as text, also those that nobody has given.
            github["event"] = {**self.event.payload, "inputs": {k: to_string(v) for k, v in inputs.items()}}
        return new_run(
            self._selected(workflow),
            github=github,
            inputs=inputs,
            secrets=self.request.secrets,
            variables=self.request.variables,
            capacity=self.request.capacity,
            matrix=self.request.matrix,
            known=self.history.succeeded(workflow.path) if self.request.failed_only else None,
        )

    def _selected(self, workflow: Workflow) -> Workflow:
        """Return the workflow with the jobs that were asked for, and those that they need."""
        if not self.request.jobs:
            return workflow
        wanted: list[str] = []
        asked = list(self.request.jobs)
        while asked:
            name = asked.pop()
            if name not in workflow.jobs:
                hint = did_you_mean(name, workflow.jobs) or f"Its jobs: {', '.join(workflow.jobs)}"
                raise HeadwayError(f"'{workflow.path}' has no job '{name}'. {hint}")
            wanted.append(name)
            asked.extend(need.text for need in workflow.jobs[name].needs if need.text not in wanted)
        return workflow._replace(jobs={name: job for name, job in workflow.jobs.items() if name in wanted})

    def _inputs(self, workflow: Workflow, github: dict[str, Value]) -> dict[str, Value]:
        trigger = workflow.triggers.get("workflow_dispatch") or workflow.triggers.get("workflow_call")
        if self.request.event not in ("workflow_dispatch", "workflow_call") or trigger is None:
            return {}
        evaluator = Evaluator(workflow.path, {"github": github, "vars": dict(self.request.variables), "inputs": {}})
        given = {name.lower(): value for name, value in self.request.inputs.items()}
        values: dict[str, Value] = {}
        for name, definition in trigger.inputs.items():
            text = given.pop(name.lower(), None)
            if text is None and definition.required and definition.default is None:
                raise evaluator.error(definition.key, f"the input '{name}' is required: --input {name}=VALUE")
            value = text if text is not None else evaluator.value(definition.default)
            if definition.type == "choice" and text is not None and text not in definition.options:
                options = ", ".join(definition.options)
                raise evaluator.error(definition.key, f"the input '{name}' must be one of {options}, not '{text}'")
            values[name] = typed(value, definition.type, evaluator, definition.key, name)
        if given:
            known = ", ".join(trigger.inputs) or "none"
            raise HeadwayError(f"'{workflow.path}' has no input '{next(iter(given))}'. Its inputs: {known}")
        return values

    def host(self) -> Host:
        """Return this machine as the executor uses it; its folders are made."""
        tools = os.environ.get("RUNNER_TOOL_CACHE") or os.path.join(self.cache, "tools")
        for folder in left_behind(os.path.dirname(self.work)):
            remove_tree(folder)
        os.makedirs(self.work, exist_ok=True)
        spread_out(os.path.dirname(self.work))
        return Host(
            work=self.work,
            cache=self.cache,
            environment=kept_environment(dict(os.environ), self.request.environment),
            source=self.repository.tree,
            actions=self.source,
            native=native_actions() if self.request.native else {},
            debug=self.request.debug,
            secrets=tuple(self.request.secrets.values()),
            tool_cache=tools,
        )

    def gate(self, instance: Instance) -> str:
        """Return why a job is not run on this machine, or an empty text."""
        if self.request.any_runner:
            return ""
        labels = [label.lower() for label in runs_on(instance)]
        foreign = [label for label in labels if system_of(label) not in ("", system())]
        if not foreign:
            return ""
        return (
            f"it runs on '{', '.join(labels)}', and this machine is {system()}. --any-runner runs it here all the same"
        )

    def run(
        self,
        workflow: Workflow,
        host: Host,
        tell: Callable[[RunEvent], None],
        on_failure: Callable[[FailedStep], None] | None = None,
    ) -> RunState:
        """Execute one workflow, and return its last state."""
        state = self.new_state(workflow)
        with open(os.path.join(self.work, "event.json"), "w", encoding="utf-8", errors="replace") as file:
            file.write(to_json(state.github["event"]))
        results = self._results(state, host, tell)
        host = host._replace(stores=results.stores, results=results.variables)
        self._driver = RunDriver(state, host, tell, gate=self.gate, on_failure=on_failure)
        if self._cancelled:
            self._driver.cancel(self._cancelled)
        become_subreaper()
        try:
            state = self._driver.run()
        finally:
            results.close()
        end_descendants()
        self.history.keep(state)
        return state

    def _results(self, state: RunState, host: Host, tell: Callable[[RunEvent], None]) -> LocalResults:
        """Return what keeps the artifacts and caches of a run."""
        github = state.github
        run = RunOf(
            run=str(github["run_id"]),
            repository=self.repository.tree.root,
            workflow=state.scopes[""].workflow.path,
            scopes=cache_scopes(str(github["ref"]), str(github["base_ref"]), self.repository.default_branch),
            server_url=self.repository.server_url,
            repeats=self.request.failed_only,
        )
        stores = LocalStores(self.cache, run)

        def kept(job: str, artifact: Artifact) -> None:
            tell(Kept(job, artifact.name, stores.artifacts.location(artifact), artifact.files, artifact.size))

        return LocalResults(stores, host.environment, kept)

    def close(self) -> None:
        """Remove what only this run needed."""
        remove_tree(self.work)


def _all_jobs(workflows: Iterable[Workflow]) -> Iterator[Job]:
    for workflow in workflows:
        for job in workflow.jobs.values():
            yield job
            if job.callee is not None:
                yield from _all_jobs([job.callee])


def _new_run_id() -> str:
    """Return a number that no other run of this machine has; later runs have larger ones."""
    return str(time.time_ns() // 1000)


def runs_on(instance: Instance) -> list[str]:
    """Return the labels that a job asks for, as far as they are known before it is evaluated."""
    contexts: dict[str, Value] = {"matrix": instance.matrix, "strategy": dict(instance.strategy)}
    try:
        value = Evaluator("", contexts).value(instance.job.runs_on)
    except HeadwayError:
        return []
    if isinstance(value, dict):
        value = value.get("labels")
    return [to_string(label) for label in value] if isinstance(value, list) else [to_string(value)]
