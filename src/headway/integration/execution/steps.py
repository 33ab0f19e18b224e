"""Running a list of steps: conditions, results, steps in the background, and what is left for afterwards."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.execution.invocation import Invocation
from headway.integration.execution.kinds import run_main, run_pre
from headway.integration.execution.listener import Phase, StepEnd, StepInfo
from headway.integration.execution.names import display_name
from headway.integration.execution.outcome import Outcome
from headway.integration.planning.reasons import leaves
from headway.integration.workflows.conditions import ALWAYS, SUCCESS
from headway.kernel.errors import HeadwayError, explained

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from headway.integration.execution.frames import Frame
    from headway.integration.execution.job import JobRun
    from headway.integration.planning.evaluation import Evaluator
    from headway.integration.workflows.models import Step
    from headway.integration.workflows.tokens import Expression
    from headway.kernel.process import Cancellation

MAX_BACKGROUND = 10
"""Steps that may run in the background at a time: GitHub's limit."""


class _Background(NamedTuple):
    """A step in the background: its thread, what ends it, and (once it has ended) whether it failed."""

    step: Step
    thread: threading.Thread
    cancellation: Cancellation
    failures: list[str]


class StepRunner:
    """Runs the steps of one frame."""

    __slots__ = ("background", "frame", "job", "slots")

    def __init__(self, job: JobRun, frame: Frame) -> None:
        self.job = job
        self.frame = frame
        self.background: dict[str, _Background] = {}
        self.slots = threading.Semaphore(MAX_BACKGROUND)

    def inner(self, frame: Frame) -> StepRunner:
        """Return a runner for the steps of a composite action."""
        return StepRunner(self.job, frame)

    def run_pre(self, steps: Sequence[Step]) -> None:
        """Run what the actions of these steps want to be run before everything else."""
        for step in steps:
            self._pre(step)
            self.run_pre(step.parallel)

    def _pre(self, step: Step) -> None:
        """Run the first phase of a remote action; those of local actions are ignored, as on GitHub."""
        action = self.job.actions.prepared(step)
        if action is None or not (action.action.pre or action.action.pre_entrypoint):
            return

        def work(evaluator: Evaluator, key: str, env: dict[str, str]) -> Outcome:
            return run_pre(
                Invocation(self.frame, self, step, key, evaluator, env, self.job.cancellation(evaluator)), action
            )

        self.phase(step, "pre", action.action.pre_condition or ALWAYS, work, f"Pre {display_name(step, None)}")

    def run(self, steps: Sequence[Step]) -> None:
        """Run the steps in order."""
        for step in steps:
            self.job.note_cancellation()
            if step.parallel:
                for inner in step.parallel:
                    self._start_in_background(inner)
                self._wait([inner.id for inner in step.parallel])
            elif step.wait or step.wait_all:
                self._wait(list(step.wait) or list(self.background))
            elif step.cancel:
                self._cancel(step)
            elif step.background:
                self._start_in_background(step)
            else:
                self.one(step, self.job.cancellation)

    def wait_for_all(self) -> None:
        """Wait for every step that is still in the background, as GitHub does before it cleans up."""
        self._wait(list(self.background))

    # One step

    def one(self, step: Step, cancellation: Callable[[Evaluator], Cancellation], *, fails_job: bool = True) -> str:
        """Run one step from its condition to its result. Returns why it failed, or an empty text."""

        def work(evaluator: Evaluator, key: str, env: dict[str, str]) -> Outcome:
            return run_main(Invocation(self.frame, self, step, key, evaluator, env, cancellation(evaluator)))

        return self.phase(step, "main", step.condition or SUCCESS, work, fails_job=fails_job)

    def phase(
        self,
        step: Step,
        phase: Phase,
        condition: Expression,
        work: Callable[[Evaluator, str, dict[str, str]], Outcome],
        name: str = "",
        *,
        fails_job: bool = True,
    ) -> str:
        """Run one phase of a step (``pre``, ``main`` or ``post``) with all that belongs around it."""
        frame, job = self.frame, self.job
        key = f"{frame.key}{step.id}{'' if phase == 'main' else ':' + phase}"
        started = job.clock()
        info: StepInfo | None = None
        try:
            env = frame.evaluator().texts(step.env)
            evaluator = frame.evaluator(env)
            holds = evaluator.is_true(condition)
            info = self._begin(step, phase, key, name or display_name(step, evaluator))
            if not holds:
                self._record(
                    step, phase, Outcome("skipped"), "skipped", started, key, _why_not(condition, evaluator, frame)
                )
                return ""
            outcome = self._outcome(work, evaluator, key, env)
            forgiven = outcome.result == "failure" and phase == "main" and self._may_fail(step, evaluator)
        except (HeadwayError, OSError) as error:
            if info is None:
                self._begin(step, phase, key, name or display_name(step, None))
            outcome, forgiven = self._error(key, error), False
        conclusion = "success" if forgiven else outcome.result
        self._record(step, phase, outcome, conclusion, started, key, outcome.reason)
        job.note_cancellation()
        if conclusion == "failure":
            reason = f"step '{info.name if info else step.id}' failed: {outcome.reason}"
            if fails_job:
                frame.fail(reason)
            return reason
        return ""

    def _outcome(
        self,
        work: Callable[[Evaluator, str, dict[str, str]], Outcome],
        evaluator: Evaluator,
        key: str,
        env: dict[str, str],
    ) -> Outcome:
        try:
            return work(evaluator, key, env)
        except (HeadwayError, OSError) as error:
            return self._error(key, error)

    def _begin(self, step: Step, phase: Phase, key: str, name: str) -> StepInfo:
        self.job.steps_started += 1
        self.job.step_names[key] = name
        info = StepInfo(key, self.job.steps_started, name, phase, self.frame.depth)
        self.job.listener.step_started(info)
        return info

    def _may_fail(self, step: Step, evaluator: Evaluator) -> bool:
        return evaluator.boolean(step.continue_on_error, default=False)

    def _record(
        self, step: Step, phase: Phase, outcome: Outcome, conclusion: str, started: float, key: str, reason: str
    ) -> None:
        if phase == "main":
            self.frame.steps[step.id] = {
                "outputs": dict(outcome.outputs),
                "outcome": outcome.result,
                "conclusion": conclusion,
            }
        seconds = self.job.clock() - started
        end = StepEnd(key, outcome.result, conclusion, seconds, reason, outcome.exit_code)  # type: ignore[arg-type]
        self.job.listener.step_finished(end)

    def _error(self, key: str, error: Exception) -> Outcome:
        message = explained(error) if isinstance(error, OSError) else str(error)
        lines = "\n".join(f"##[error]{line}" for line in message.splitlines())
        self.job.listener.log(key, self.job.masks.line(lines))
        return Outcome("failure", message)

    # In the background ("Workflow syntax", *jobs.<job_id>.steps[*].background*)

    def _start_in_background(self, step: Step) -> None:
        cancellation = self.job.cancellation()
        failures: list[str] = []

        def work() -> None:
            with self.slots:
                if reason := self.one(step, lambda _: cancellation, fails_job=False):
                    failures.append(reason)

        thread = threading.Thread(target=work, name=f"step {step.id}", daemon=True)
        self.background[step.id] = _Background(step, thread, cancellation, failures)
        thread.start()

    def _wait(self, ids: Sequence[str]) -> None:
        for id_ in ids:
            if entry := self.background.pop(id_, None):
                entry.thread.join()
                for reason in entry.failures:
                    self.frame.fail(reason)

    def _cancel(self, step: Step) -> None:
        if entry := self.background.get(step.cancel):
            entry.cancellation.cancel(f"the step '{step.id}' cancelled it")
            self._wait([step.cancel])


def _why_not(condition: Expression, evaluator: Evaluator, frame: Frame) -> str:
    """Return why a step is skipped: what happened before it, or the values that make its condition false."""
    asks_for_success = condition.source == "success()" or condition.source.startswith("success() && (")
    if asks_for_success and not evaluator.functions["success"](()):
        return "the job was cancelled" if frame.job.cancelled else "an earlier step failed"
    values = leaves(condition, evaluator, frame.job.masks.apply_text)
    source = condition.source.removeprefix("success() && ")
    return f"its condition is false: {source}{', where ' + ', '.join(values) if values else ''}"
