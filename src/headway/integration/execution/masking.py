"""The last gate before what a job tells leaves it: no text passes with a secret in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from headway.integration.events import Annotation
    from headway.integration.execution.listener import FailedStep, Listener, StepEnd, StepInfo
    from headway.integration.execution.output.masks import MaskSet
    from headway.integration.junit import TestTotals


class MaskingListener:
    """Hands on what it hears, with the secrets in names, reasons and messages hidden.

    Output comes masked already, since a secret may lie across the borders of its pieces.
    """

    __slots__ = ("_hidden", "_listener")

    def __init__(self, listener: Listener, masks: MaskSet) -> None:
        self._listener = listener
        self._hidden = masks.apply_text

    def step_started(self, step: StepInfo) -> None:
        """A step begins."""
        self._listener.step_started(step._replace(name=self._hidden(step.name)))

    def log(self, key: str, data: bytes) -> None:
        """Masked output of a step, in whole lines."""
        self._listener.log(key, data)

    def annotation(self, key: str, annotation: Annotation) -> None:
        """A message for the end of the run."""
        message, title, path = map(self._hidden, (annotation.message, annotation.title, annotation.path))
        self._listener.annotation(key, annotation._replace(message=message, title=title, path=path))

    def summary(self, key: str, markdown: str) -> None:
        """A step has written to its summary."""
        self._listener.summary(key, self._hidden(markdown))

    def artifact(self, name: str, path: str, files: int, size: int) -> None:
        """An artifact was kept, and where; ``size`` in bytes."""
        self._listener.artifact(self._hidden(name), self._hidden(path), files, size)

    def tests(self, totals: TestTotals) -> None:
        """The job left test reports."""
        self._listener.tests(totals._replace(failed=tuple(map(self._hidden, totals.failed))))

    def step_finished(self, end: StepEnd) -> None:
        """A step has ended."""
        self._listener.step_finished(end._replace(reason=self._hidden(end.reason)))

    def step_failed(self, failed: FailedStep) -> None:
        """A program of a step failed. Its environment is for the shell in its place, and stays as it is."""
        self._listener.step_failed(failed._replace(name=self._hidden(failed.name)))
