"""Grades Headway against public test data: ``python -m tests.conformance SUITE DIR``.

A suite is a module of this folder with a function ``grade(folder)`` that yields a Verdict for each case, and
raises UsageError when the folder is none of its kind.
"""

from __future__ import annotations

from typing import NamedTuple


class Verdict(NamedTuple):
    """How one case went: its name, whether it passed, and in one line what was seen and expected if not.

    ``agrees`` is the answer to a stricter question that the suite asks on top, and that decides nothing.
    """

    name: str
    passed: bool
    detail: str = ""
    agrees: bool | None = None


class UsageError(Exception):
    """The command was called with something that cannot be graded."""
