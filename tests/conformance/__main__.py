from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from . import UsageError, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

USAGE = "usage: script/conformance SUITE DIR"


def suites() -> list[str]:
    """Return the names of the suites: the modules of this folder that are neither frame nor test."""
    files = Path(__file__).parent.glob("[!_]*.py")
    return sorted(file.stem for file in files if not file.stem.startswith("test_"))


def main(arguments: Sequence[str]) -> int:
    """Grade what ``arguments`` say; return 0 when all passed, 1 when not, 2 when it could not be graded."""
    try:
        grade, folder = _read(arguments)
        return 1 if report(grade(folder)) else 0
    except UsageError as error:
        print(f"{error}\n{USAGE}\nsuites: {', '.join(suites())}", file=sys.stderr)
        return 2


def report(verdicts: Iterable[Verdict]) -> int:
    """Print each failure in one line and the totals in the last; return the number of failures."""
    passed = failed = agreed = asked = 0
    for verdict in verdicts:
        passed += verdict.passed
        failed += not verdict.passed
        agreed += verdict.agrees is True
        asked += verdict.agrees is not None
        if not verdict.passed:
            print(" ".join(f"FAILED {verdict.name}: {verdict.detail}".split()))
        elif verdict.agrees is False:
            print(" ".join(f"differs {verdict.name}: {verdict.detail}".split()))
    if asked:
        print(f"{agreed} of {asked} also agree in every detail")
    print(f"{passed} passed, {failed} failed")
    return failed


def _read(arguments: Sequence[str]) -> tuple[Callable[[Path], Iterator[Verdict]], Path]:
    if len(arguments) != 2:
        raise UsageError(f"two arguments were expected, {len(arguments)} given")
    suite, folder = arguments[0], Path(arguments[1])
    if suite not in suites():
        raise UsageError(f"there is no suite {suite!r}")
    if not folder.is_dir():
        raise UsageError(f"{folder} is not a folder")
    inner = folder / suite
    module = import_module(f".{suite}", __package__)
    return module.grade, inner if inner.is_dir() else folder


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
