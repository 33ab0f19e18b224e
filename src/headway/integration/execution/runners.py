"""Where the programs of a job's steps run: on the host, or in the job's container."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple, Protocol

from headway.integration.execution.node_program import node_of_machine
from headway.kernel.process import ProcessEnd, run_process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from headway.integration.execution.job import JobRun
    from headway.integration.execution.program import Program
    from headway.kernel.process import Cancellation


class Execution(NamedTuple):
    """A program to run for a step. ``cwd`` and the paths in ``env`` are as the runner's ``path`` returns them."""

    argv: Sequence[str]
    cwd: str
    env: Mapping[str, str]
    output: Callable[[bytes], None]
    """Receives what it writes, in pieces of any size, in the thread that runs it."""
    cancel: Cancellation
    timeout: float | None
    """Seconds, None for as long as it takes."""


class Runner(Protocol):
    """Runs programs, and knows how they see the host's folders."""

    here: bool
    """Whether they see them as they are."""

    def run(self, execution: Execution) -> ProcessEnd:
        """Run a program to its end. Raises ``HeadwayError`` when it cannot be started."""

    def which(self, program: str, path: str) -> str | None:
        """Return where a program is on this PATH, None if it is nowhere."""

    def path(self, host_path: str) -> str:
        """Return how the programs see a path of the host."""

    def host_path(self, path: str) -> str:
        """Return where on the host a path is that the programs see."""

    def base_environment(self) -> dict[str, str]:
        """Return the environment that every step starts from."""


class JobRunner(Runner, Protocol):
    """Runs the programs of a whole job."""

    def node(self, program: Program, using: str) -> str:
        """Return what JavaScript actions run on, ``using`` names which one they are made for (``node24``).

        Raises ``HeadwayError`` when there is none.
        """


class HostRunner:
    """Runs programs on this machine."""

    __slots__ = ("_job", "_programs")

    here = True

    def __init__(self, job: JobRun) -> None:
        self._job = job
        self._programs: dict[tuple[str, str], str | None] = {}

    def run(self, execution: Execution) -> ProcessEnd:
        return run_process(
            execution.argv,
            cwd=execution.cwd,
            env=execution.env,
            output=execution.output,
            cancel=execution.cancel,
            timeout=execution.timeout,
            tracking_id=self._job.tracking_id,
            grace=self._job.host.grace,
            drains=self._job.drains,
        )

    def which(self, program: str, path: str) -> str | None:
        if os.sep in program:
            return program if os.access(program, os.X_OK) else None
        key = (program, path)
        if key not in self._programs:
            self._programs[key] = self._job.host.which(program, path)
        return self._programs[key]

    def path(self, host_path: str) -> str:
        return host_path

    def host_path(self, path: str) -> str:
        return path

    def node(self, program: Program, using: str) -> str:
        return node_of_machine(program, using)

    def base_environment(self) -> dict[str, str]:
        return dict(self._job.host.environment)
