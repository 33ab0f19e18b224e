"""Test reports in JUnit's XML, as every test runner of every language can write them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_REPORTS = 500
MAX_BYTES = 50 * 1024 * 1024
_PASSED_OVER = frozenset((".git", "node_modules", ".venv", "venv", "__pycache__", ".tox"))


class TestTotals(NamedTuple):
    """How many tests there were, and the names of those that failed (the first hundred)."""

    tests: int = 0
    failures: int = 0
    skipped: int = 0
    seconds: float = 0.0
    failed: tuple[str, ...] = ()

    def plus(self, other: TestTotals) -> TestTotals:
        """Return both together."""
        return TestTotals(
            self.tests + other.tests,
            self.failures + other.failures,
            self.skipped + other.skipped,
            self.seconds + other.seconds,
            (self.failed + other.failed)[:100],
        )


def find_reports(folder: str, since: float) -> Iterator[str]:
    """Yield the XML files below ``folder`` that were written after ``since`` (seconds) and hold test suites."""
    found = 0
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in _PASSED_OVER]
        for name in names:
            if name.endswith(".xml") and _is_report(os.path.join(place, name), since):
                yield os.path.join(place, name)
                found += 1
                if found == MAX_REPORTS:
                    return


def _is_report(path: str, since: float) -> bool:
    try:
        status = os.stat(path)
        if status.st_mtime < since or status.st_size > MAX_BYTES:
            return False
        with open(path, "rb") as file:
            return b"<testsuite" in file.read(4096)
    except OSError:
        return False


def read_report(path: str) -> TestTotals | None:
    """Return the totals of one report, counted from its cases; None if it is no XML after all."""
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    try:
        root = ElementTree.parse(path).getroot()
        if root is None:
            return None
    except (OSError, DefusedXmlException, ElementTree.ParseError, LookupError, ValueError):
        return None  # the last two are what Python says of encodings that it does not know
    tests = failures = skipped = 0
    seconds = 0.0
    failed: list[str] = []
    for case in root.iter("testcase"):
        tests += 1
        seconds += _seconds(case.get("time"))
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            failures += 1
            failed.append(".".join(part for part in (case.get("classname"), case.get("name")) if part))
        elif "skipped" in kinds:
            skipped += 1
    return TestTotals(tests, failures, skipped, seconds, tuple(failed[:100]))


def _seconds(text: str | None) -> float:
    try:
        seconds = float((text or "0").replace(",", ""))
    except ValueError:
        return 0.0
    return seconds if 0 <= seconds < float("inf") else 0.0  # some runners write NaN


def totals_below(folder: str, since: float) -> TestTotals | None:
    """Return the totals of all reports below ``folder`` written after ``since``; None if there is none."""
    reports = [totals for path in find_reports(folder, since) if (totals := read_report(path))]
    result = TestTotals()
    for totals in reports:
        result = result.plus(totals)
    return result if reports else None
