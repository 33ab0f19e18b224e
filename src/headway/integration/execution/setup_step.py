"""A step that no workflow names: what is done for a job before its first step, or after its last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.integration.execution.listener import StepEnd, StepInfo
from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from types import TracebackType

    from headway.integration.execution.job import JobRun
    from headway.integration.execution.listener import Phase
    from headway.integration.planning.state import Result


class SetUpStep:
    """Shows what happens in the block as a step. A ``HeadwayError`` fails it and the job, and goes no further."""

    __slots__ = ("_began", "_info", "_job")

    def __init__(self, job: JobRun, name: str, phase: Phase = "setup") -> None:
        self._job = job
        job.steps_started += 1
        self._info = StepInfo(f"__{phase}_{job.steps_started}", job.steps_started, name, phase)
        self._began = job.clock()

    def __enter__(self) -> SetUpStep:
        self._job.listener.step_started(self._info)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> bool:
        seconds = self._job.clock() - self._began
        reason = str(value) if value is not None else ""
        if isinstance(value, HeadwayError):
            for line in reason.splitlines():
                self.log(f"##[error]{line}")
            self._job.fail(reason)
        result: Result = "success" if value is None else "cancelled" if self._job.cancelled else "failure"
        self._job.listener.step_finished(StepEnd(self._info.key, result, result, seconds, reason))
        return isinstance(value, HeadwayError)

    def log(self, text: str) -> None:
        """Write lines into the step's log, without the secrets in them."""
        self.output(f"{text}\n".encode(errors="surrogateescape"))

    def output(self, data: bytes) -> None:
        """Write what a program wrote, in whole lines, into the step's log, without the secrets in it."""
        if data:
            whole = data if data.endswith(b"\n") else data + b"\n"
            self._job.listener.log(self._info.key, self._job.masks.apply(whole))
