"""How long a step's output takes from the child process into the log file.

Every case prints a million lines through `run_process` and `StepOutput` with five masks; the log is counted afterwards.
Run it with `python bench/output.py [rounds]`.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from typing import TYPE_CHECKING, NamedTuple

from headway.integration.execution.output.masks import MaskSet
from headway.integration.execution.output.matcher_files import parse_matchers
from headway.integration.execution.output.matchers import MatcherSet
from headway.integration.execution.output.pump import StepOutput
from headway.kernel.process import Cancellation, run_process

if TYPE_CHECKING:
    from headway.integration.events import Annotation

LINES = 1_000_000
SECRETS = (
    "ghs_4Tn0Xw7uQdPzR2LkVbYc9HaEfJmSgW61iOpD",
    "correct-horse-battery",
    "0f9d3c7a51b84e62a7f3d5c8e1b09a64",
    "s3cr3t!value",
    "AKIAQ3EGUZXW5EXAMPLE",
)
SENTENCE = "INFO 2024-05-01 12:00:07 worker 17: request has been served"
MATCHER = rb"""{"problemMatcher": [{"owner": "cc", "pattern": [{
  "regexp": "^(.*):(\\d+):(\\d+):\\s+(?:fatal\\s+)?(warning|error):\\s+(.*)$",
  "file": 1, "line": 2, "column": 3, "severity": 4, "message": 5}]}]}"""


class Case(NamedTuple):
    """What is printed, and how long it may take in seconds."""

    name: str
    script: str
    limit: float
    matcher: bool = False


CASES = (
    Case("seq", f"seq {LINES}", 0.6),
    Case("yes", f"yes | head -n {LINES}", 0.6),
    Case("60 characters", f"yes '{SENTENCE}' | head -n {LINES}", 0.6),
    Case("60 characters, ::", f"yes '{SENTENCE.replace('has', '::')}' | head -n {LINES}", 0.6),
    Case("60 characters, secret", f"yes '{SENTENCE[:-9]} s3cr3t!value' | head -n {LINES}", 4),
    Case("seq, matcher", f"seq {LINES}", 4, matcher=True),
    Case("60 characters, matcher", f"yes '{SENTENCE}' | head -n {LINES}", 4, matcher=True),
)


class FileSink:
    """Appends the log to a file."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def log(self, data: bytes) -> None:
        os.write(self.descriptor, data)

    def annotation(self, annotation: Annotation) -> None:
        raise AssertionError(annotation)

    def set_output(self, name: str, value: str) -> None:
        raise AssertionError(name, value)

    save_state = set_env = set_output

    def add_path(self, path: str) -> None:
        raise AssertionError(path)


def measure(case: Case) -> float:
    """Run a case once; the seconds it took."""
    matchers = MatcherSet(parse_matchers(MATCHER, "matcher.json").matchers if case.matcher else ())
    with tempfile.TemporaryFile() as file:
        output = StepOutput(FileSink(file.fileno()), MaskSet(SECRETS), matchers)
        start = time.perf_counter()
        run_process(
            ["sh", "-c", case.script],
            cwd="/",
            env=dict(os.environ),
            output=output.feed,
            cancel=Cancellation(),
            timeout=None,
            tracking_id="bench",
        )
        output.close()
        seconds = time.perf_counter() - start
        file.seek(0)
        lines = sum(piece.count(b"\n") for piece in iter(lambda: file.read(1 << 20), b""))
    assert lines == LINES, f"{case.name}: {lines} lines arrived"
    return seconds


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    for case in CASES:
        seconds = statistics.median(measure(case) for _ in range(rounds))
        print(f"{case.name:24} {seconds:6.3f} s (limit {case.limit:g} s)")


if __name__ == "__main__":
    main()
