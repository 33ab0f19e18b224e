"""One program of a step: its environment, its output, and the files through which it answers."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headway.integration.execution.command_files import CommandFiles
from headway.integration.execution.listener import FailedStep
from headway.integration.execution.outcome import Outcome
from headway.integration.execution.output.handlers import OutputSettings
from headway.integration.execution.output.matchers import Workspace
from headway.integration.execution.output.pump import StepOutput
from headway.integration.execution.runners import Execution

if TYPE_CHECKING:
    from collections.abc import Sequence

    from headway.integration.events import Annotation
    from headway.integration.execution.frames import Frame
    from headway.integration.execution.runners import Runner
    from headway.kernel.process import Cancellation, ProcessEnd


class Program:
    """Runs a program for a step, and takes in what it says: log, outputs, state, variables, paths."""

    __slots__ = (
        "cancellation",
        "env",
        "files",
        "frame",
        "job",
        "key",
        "outputs",
        "runner",
        "state",
        "step_id",
        "timeout",
        "unique",
    )

    def __init__(
        self,
        frame: Frame,
        key: str,
        step_id: str,
        env: dict[str, str],
        cancellation: Cancellation,
        timeout: float | None,
    ) -> None:
        self.frame = frame
        self.job = frame.job
        self.runner: Runner = frame.job.runner
        self.key = key
        self.step_id = step_id
        self.env = env
        self.cancellation = cancellation
        self.timeout = timeout
        self.outputs: dict[str, str] = {}
        self.state: dict[str, str] = {}
        self.unique = f"{self.job.steps_started}-{key.replace('/', '.').replace(':', '.')}"[:120]
        self.files = CommandFiles(os.path.join(self.job.temp, "_runner_file_commands"), self.unique)

    # Its environment

    def environment(self, extra: dict[str, str] | None = None) -> dict[str, str]:
        """Return all variables of the program; later sources win: host, GitHub's, files, job and step, ``extra``."""
        variables = {
            **self.runner.base_environment(),
            **self.frame.default_variables(self.step_id),
            **self.files.variables(self.runner.path),
            **self.frame.variables(),
            **self.env,
            **(extra or {}),
        }
        variables["PATH"] = self._path(variables["PATH"])
        return variables

    def _path(self, base: str) -> str:
        return os.pathsep.join([*reversed(self.job.paths), base])

    def which(self, program: str) -> str | None:
        """Return where a program is on the step's PATH, None if it is nowhere."""
        own = self.env.get("PATH") or self.frame.variables().get("PATH")
        base = own or self.runner.base_environment().get("PATH", os.defpath)
        return self.runner.which(program, self._path(base))

    # Running

    def run(self, argv: Sequence[str], directory: str, extra: dict[str, str] | None = None) -> Outcome:
        """Run it to its end, and return what the step came to. Raises ``HeadwayError`` if it cannot be started."""
        variables = self.environment(extra)
        self.files.create()
        settings = OutputSettings(
            debug=self.job.host.debug,
            unsecure_commands=variables.get("ACTIONS_ALLOW_UNSECURE_COMMANDS", "").lower() == "true",
            unsecure_stop_tokens=variables.get("ACTIONS_ALLOW_UNSECURE_STOPCOMMAND_TOKENS", "").lower() == "true",
            workspace=Workspace(self.job.workspace),
        )
        output = StepOutput(self, self.job.masks, self.job.matchers, settings)
        try:
            end = self.runner.run(Execution(argv, directory, variables, output.feed, self.cancellation, self.timeout))
        finally:
            output.close()
        faults = self.files.apply(self)
        for fault in faults:
            self.error(fault)
        outcome = self._outcome(end, output.failed or bool(faults))
        if outcome.result == "failure":
            self.job.listener.step_failed(self._failed(directory, variables))
        return outcome

    def _failed(self, directory: str, variables: dict[str, str]) -> FailedStep:
        """Return the place of a step that failed; for one in a container, which is gone soon, that of its files."""
        if self.runner.here:
            return FailedStep(self.job.step_names.get(self.key, self.key), directory, variables)
        own = {name: self.job.host.environment[name] for name in ("PATH", "HOME")}
        return FailedStep(self.job.step_names.get(self.key, self.key), self.job.workspace, variables | own)

    def _outcome(self, end: ProcessEnd, misused: bool) -> Outcome:
        if end.how == "cancelled":
            return Outcome("cancelled", end.reason, self.outputs, end.exit_code)
        if end.how == "timed-out":
            reason = f"it ran longer than {round(self.timeout or 0, 1):g} seconds"
            self.error(f"The step was ended: {reason}")
            return Outcome("failure", reason, self.outputs, end.exit_code)
        if end.exit_code:
            self.error(f"Process completed with exit code {end.exit_code}.")
            return Outcome("failure", f"exit code {end.exit_code}", self.outputs, end.exit_code)
        if misused:
            return Outcome("failure", "it used a workflow command wrongly", self.outputs, 0)
        return Outcome("success", "", self.outputs, 0)

    def error(self, message: str) -> None:
        """Write an error into the step's log."""
        self.log(self.job.masks.line(f"##[error]{message}"))

    def warning(self, message: str) -> None:
        """Write a warning into the step's log."""
        self.log(self.job.masks.line(f"##[warning]{message}"))

    # What it says: the sink of its output

    def log(self, data: bytes) -> None:
        self.job.listener.log(self.key, data)

    def annotation(self, annotation: Annotation) -> None:
        self.job.listener.annotation(self.key, annotation)

    def set_output(self, name: str, value: str) -> None:
        self.outputs[name] = value

    def save_state(self, name: str, value: str) -> None:
        self.state[name] = value

    def set_env(self, name: str, value: str) -> None:
        self.job.env[name] = value

    def add_path(self, path: str) -> None:
        if path in self.job.paths:
            self.job.paths.remove(path)
        self.job.paths.append(path)

    def summary(self, markdown: str) -> None:
        """Take what the step wrote to its summary."""
        self.job.listener.summary(self.key, markdown)
