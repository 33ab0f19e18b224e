"""The log of one step as it is written: masked text, messages in GitHub's log form, and their count."""

from __future__ import annotations

from typing import Protocol

from headway.integration.events import Annotation, Level
from headway.integration.execution.output.encodings import to_bytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from headway.integration.execution.output.masks import MaskSet

SHOWN = 10  # annotations of a level per step, as GitHub documents it under "Annotations" of the checks API
LONGEST_MESSAGE = 4096  # characters of an annotation that GitHub's runner keeps


class Sink(Protocol):
    """Where a step's output goes. Everything is called from the thread that feeds the output."""

    def log(self, data: bytes) -> None:
        """Take masked text; it ends with a line feed except within a line that exceeds the memory limit."""

    def annotation(self, annotation: Annotation) -> None:
        """Take a masked message for the summary of the run."""

    def set_output(self, name: str, value: str) -> None:
        """Take an output of the step."""

    def save_state(self, name: str, value: str) -> None:
        """Take a value that the action's later phases find as ``STATE_<name>``."""

    def set_env(self, name: str, value: str) -> None:
        """Take an environment variable for the steps that follow."""

    def add_path(self, path: str) -> None:
        """Take a folder to put before ``PATH`` for the steps that follow."""


class StepLog:
    """Collects what is to be logged and passes it on in large pieces, in order with the annotations.

    ``failed`` tells whether a command could not be obeyed, which fails the step. ``counts`` holds the number of
    annotations of every level, also of those beyond the `SHOWN` that went to the sink.
    """

    __slots__ = ("_masks", "_parts", "_sink", "counts", "debugging", "failed")

    def __init__(self, sink: Sink, masks: MaskSet, *, debugging: bool) -> None:
        self._sink = sink
        self._masks = masks
        self._parts: list[bytes] = []
        self.debugging = debugging
        self.counts: dict[Level, int] = {"error": 0, "warning": 0, "notice": 0}
        self.failed = False

    def text(self, block: bytes) -> None:
        """Log whole lines."""
        self._parts.append(self._masks.apply_lines(block))

    def masked(self, piece: bytes) -> None:
        """Log a piece that is masked already."""
        self._parts.append(piece)

    def tagged(self, tag: str, message: str) -> None:
        """Log a message in the form ``##[tag]message``."""
        text = message.replace("\r\n", "\n").replace("\r", "\n")
        self.text(to_bytes(f"##[{tag}]{text}\n"))

    def debug(self, message: str) -> None:
        """Log each line of a message for debugging, if that is on."""
        if self.debugging:
            for line in message.replace("\r\n", "\n").split("\n"):
                self.tagged("debug", line)

    def issue(self, annotation: Annotation, shown: str = "") -> None:
        """Log an annotation (as ``shown``, or else its message) and pass it on, masked, unless there were many."""
        message = self._mask(annotation.message)[:LONGEST_MESSAGE]
        if text := shown or message:
            self.tagged(annotation.level, text)
        self.counts[annotation.level] += 1
        if self.counts[annotation.level] > SHOWN:
            return
        self.flush()
        self._sink.annotation(annotation._replace(message=message, title=self._mask(annotation.title)))

    def warn(self, message: str) -> None:
        """Tell of something odd."""
        self.issue(Annotation("warning", message))

    def fail(self, message: str) -> None:
        """Tell of a command that cannot be obeyed, and fail the step."""
        self.failed = True
        self.issue(Annotation("error", message))

    def flush(self) -> None:
        """Pass on what was logged so far."""
        if self._parts:
            data = b"".join(self._parts)
            self._parts.clear()
            if data:
                self._sink.log(data)

    def _mask(self, text: str) -> str:
        encoded = to_bytes(text)
        masked = self._masks.apply(encoded)
        return text if masked is encoded else masked.decode("utf-8", "replace")
