"""Runs the programs of a job's steps in the job's container."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.execution.containers.node import node_in_container
from headway.integration.execution.containers.paths import HOME
from headway.integration.execution.host import asked_for
from headway.integration.execution.node_program import packaged_node
from headway.kernel.engines.attached import run_attached
from headway.kernel.errors import HeadwayError, MissingProgramError
from headway.kernel.process import never_started

if TYPE_CHECKING:
    from headway.integration.execution.containers.paths import PathMap
    from headway.integration.execution.job import JobRun
    from headway.integration.execution.program import Program
    from headway.integration.execution.runners import Execution
    from headway.kernel.engines.engine import Engine
    from headway.kernel.process import ProcessEnd

_DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


class ContainerRunner:
    """Runs programs in a container that goes on running from the first step to the last."""

    __slots__ = ("_answers", "_engine", "_job", "container", "image", "paths", "search_path")

    here = False

    def __init__(self, job: JobRun, engine: Engine, container: str, image: str, paths: PathMap) -> None:
        self._job = job
        self._engine = engine
        self._answers: dict[tuple[str, ...], str | None] = {}
        self.container = container
        self.image = image
        self.paths = paths
        variables = engine.inspect(container)["Config"].get("Env") or []
        self.search_path = next((v[5:] for v in variables if v.startswith("PATH=")), "") or _DEFAULT_PATH

    def run(self, execution: Execution) -> ProcessEnd:
        if execution.cancel.requested:
            return never_started(execution.cancel)
        program = self._engine.execute(self.container, execution.argv, execution.cwd, execution.env)
        end = run_attached(
            program,
            output=execution.output,
            cancel=execution.cancel,
            timeout=execution.timeout,
            grace=self._job.host.grace,
            drains=self._job.drains,
        )
        if end.how == "exited" and program.refusal:
            raise self._explained(program.refusal, execution.cwd)
        return end

    def _explained(self, refusal: str, cwd: str) -> HeadwayError:
        if "chdir to cwd" in refusal or "Cwd" in refusal:
            return HeadwayError(
                f"The working directory '{cwd}' does not exist in the job's container. Is a checkout missing before "
                "this step, or a step that makes the folder?"
            )
        if "/bin/sh" in refusal:
            return MissingProgramError(
                f"The image '{self.image}' has no /bin/sh, without which no step can run in it. Use an image that has "
                "a shell; images of services need none."
            )
        return HeadwayError(f"The step could not be started in the container: {refusal}")

    def which(self, program: str, path: str) -> str | None:
        return self._ask('command -v "$1"', program, path)

    def version(self, program: str) -> str | None:
        """Return what a program answers to ``--version``, None if it cannot be run."""
        return self._ask('"$1" --version', program, self.search_path)

    def _ask(self, script: str, program: str, path: str) -> str | None:
        key = (script, program, path)
        if key not in self._answers:
            argv = ["/bin/sh", "-c", f"{script} 2>/dev/null", "sh", program]
            code, said = self._engine.ask(self.container, argv, env={"PATH": path})
            self._answers[key] = said.strip() if code == 0 else None
        return self._answers[key]

    def path(self, host_path: str) -> str:
        return self.paths.inner(host_path)

    def host_path(self, path: str) -> str:
        return self.paths.outer(path)

    def node(self, program: Program, using: str) -> str:
        return node_in_container(program, self, using, packaged_node())

    def base_environment(self) -> dict[str, str]:
        return {**asked_for(self._job.host.environment), "HOME": HOME, "PATH": self.search_path}
