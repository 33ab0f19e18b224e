"""Reading the files that hold problem matchers."""

from __future__ import annotations

import re
from typing import NamedTuple

from headway.integration.execution.output.jsregex import Translated, UnsupportedRegexError, translate
from headway.integration.execution.output.matchers import FIELDS, Matcher, Pattern
from headway.kernel.errors import InputError, Problem

SEVERITIES = ("", "error", "warning", "notice")
_COMMENT = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)  # or a string, which stays


class Loaded(NamedTuple):
    """The matchers of a file, and warnings about those that cannot be used here."""

    matchers: tuple[Matcher, ...]
    warnings: tuple[str, ...]


def parse_matchers(data: bytes, path: str) -> Loaded:
    """Read the text of a file of problem matchers; raises `InputError` with all that is wrong with it."""
    return _Reader(path).read(data)


def _blank(match: re.Match[str]) -> str:
    """Overwrite a comment with blanks, so that what follows keeps its place; the runner allows comments."""
    text = match.group()
    return text if text[0] == '"' else re.sub(r"[^\n]", " ", text)


class _Reader:
    __slots__ = ("path", "problems", "warnings")

    def __init__(self, path: str) -> None:
        self.path = path
        self.problems: list[Problem] = []
        self.warnings: list[str] = []

    def read(self, data: bytes) -> Loaded:
        root = self._json(data)
        entries = root.get("problemMatcher") if isinstance(root, dict) else None
        if not isinstance(entries, list):
            self._problem("expected an object with a list `problemMatcher`")
            entries = []
        matchers = [matcher for index, entry in enumerate(entries) if (matcher := self._matcher(entry, index))]
        self._refuse_twins(entries)
        if self.problems:
            raise InputError(self.problems)
        return Loaded(tuple(matchers), tuple(self.warnings))

    def _json(self, data: bytes) -> object:
        import json

        try:
            root: object = json.loads(_COMMENT.sub(_blank, data.decode("utf-8-sig")))
        except (ValueError, RecursionError) as error:
            raise InputError([self._at(error)]) from error
        return root

    def _at(self, error: Exception) -> Problem:
        line, column = getattr(error, "lineno", 0), getattr(error, "colno", 0)
        return Problem(self.path, line, column, f"this is not JSON: {error}", rule="problem-matcher")

    def _problem(self, message: str) -> None:
        self.problems.append(Problem(self.path, 0, 0, message, rule="problem-matcher"))

    def _refuse_twins(self, entries: list[object]) -> None:
        owners = [str(entry.get("owner", "")).lower() for entry in entries if isinstance(entry, dict)]
        for owner in sorted({owner for owner in owners if owner and owners.count(owner) > 1}):
            self._problem(f"the owner `{owner}` has more than one matcher")

    def _matcher(self, entry: object, index: int) -> Matcher | None:
        """Read one matcher; None if it has problems or cannot be used."""
        before = len(self.problems), len(self.warnings)
        if not isinstance(entry, dict):
            self._problem(f"problemMatcher[{index}] has to be an object")
            return None
        owner, severity = entry.get("owner"), entry.get("severity") or ""
        if not isinstance(owner, str) or not owner:
            self._problem(f"problemMatcher[{index}] needs a text `owner`")
            owner = f"number {index + 1}"
        if not isinstance(severity, str) or severity.lower() not in SEVERITIES:
            self._problem(f"matcher `{owner}`: the severity is `{severity}`; it can be error, warning or notice")
        patterns = self._patterns(entry.get("pattern"), owner)
        if before != (len(self.problems), len(self.warnings)):
            return None
        return Matcher(owner, str(severity), str(entry.get("fromPath") or ""), patterns)

    def _patterns(self, entries: object, owner: str) -> tuple[Pattern, ...]:
        if not isinstance(entries, list) or not entries:
            self._problem(f"matcher `{owner}` needs a list `pattern` that is not empty")
            return ()
        patterns = []
        taken: set[str] = set()
        for index, entry in enumerate(entries):
            where = f"matcher `{owner}`, pattern[{index}]"
            if not isinstance(entry, dict):
                self._problem(f"{where} has to be an object")
                continue
            if entry.get("loop") and (index == 0 or index < len(entries) - 1):
                self._problem(f"{where}: only the last of several patterns can have `loop`")
            if entry.get("loop") and entry.get("message") is None:
                self._problem(f"{where}: a pattern with `loop` needs `message`")
            if pattern := self._pattern(entry, where, owner, taken):
                patterns.append(pattern)
        if "message" not in taken:
            self._problem(f"matcher `{owner}`: one of the patterns has to set `message`")
        return tuple(patterns)

    def _pattern(self, entry: dict[str, object], where: str, owner: str, taken: set[str]) -> Pattern | None:
        expression = entry.get("regexp") or ""
        numbers = [self._group_number(entry.get(field), f"{where}: `{field}`") for field in FIELDS]
        for field, number in zip(FIELDS, numbers, strict=True):
            if number is not None and field in taken:
                self._problem(f"{where}: `{field}` was set by an earlier pattern already")
            taken.update([field] if number is not None else [])
        try:
            translated = translate(str(expression))
        except UnsupportedRegexError as error:
            self.warnings.append(f"The problem matcher '{owner}' is not used: `{expression}`: {error}.")
            return None
        groups = tuple(self._group(translated, number, where) for number in numbers)
        return Pattern(translated.regex, groups, bool(entry.get("loop")))

    def _group_number(self, value: object, where: str) -> int | None:
        if value is None:
            return None
        if isinstance(value, str) and value.isascii() and value.isdigit():
            return int(value)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        self._problem(f"{where} has to be the number of a group")
        return None

    def _group(self, translated: Translated, number: int | None, where: str) -> int | None:
        if number is None:
            return None
        if number >= len(translated.groups):
            self._problem(f"{where}: the expression has no group {number}")
            return None
        return translated.groups[number]
