"""A sink that keeps what it gets, in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from headway.integration.execution.output.masks import MaskSet
from headway.integration.execution.output.pump import OutputSettings, StepOutput

if TYPE_CHECKING:
    from collections.abc import Iterable

    from headway.integration.events import Annotation
    from headway.integration.execution.output.matchers import MatcherSet

DEFAULT = OutputSettings()


class Recorder:
    """Keeps the log and everything else; pieces of the log that follow each other are joined."""

    def __init__(self) -> None:
        self.events: list[tuple[Any, ...]] = []
        self.pieces: list[bytes] = []

    def log(self, data: bytes) -> None:
        self.pieces.append(data)
        if self.events and self.events[-1][0] == "log":
            data = self.events.pop()[1] + data
        self.events.append(("log", data))

    def annotation(self, annotation: Annotation) -> None:
        self.events.append(("annotation", annotation))

    def set_output(self, name: str, value: str) -> None:
        self.events.append(("output", name, value))

    def save_state(self, name: str, value: str) -> None:
        self.events.append(("state", name, value))

    def set_env(self, name: str, value: str) -> None:
        self.events.append(("env", name, value))

    def add_path(self, path: str) -> None:
        self.events.append(("path", path))

    @property
    def text(self) -> bytes:
        return b"".join(self.pieces)

    @property
    def annotations(self) -> list[Annotation]:
        return [event[1] for event in self.events if event[0] == "annotation"]

    @property
    def results(self) -> list[tuple[Any, ...]]:
        return [event for event in self.events if event[0] not in ("log", "annotation")]


class Step:
    """The output of one step together with what came of it."""

    def __init__(
        self,
        settings: OutputSettings = DEFAULT,
        secrets: Iterable[str] = (),
        matchers: MatcherSet | None = None,
        longest_line: int = 8 << 20,
    ) -> None:
        self.sink = Recorder()
        self.masks = MaskSet(secrets)
        self.output = StepOutput(self.sink, self.masks, matchers, settings, longest_line)

    def prints(self, *chunks: str | bytes) -> Recorder:
        """Feed some chunks and end the step."""
        for chunk in chunks:
            self.output.feed(chunk.encode() if isinstance(chunk, str) else chunk)
        self.output.close()
        return self.sink
