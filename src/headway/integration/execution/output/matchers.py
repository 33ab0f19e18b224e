"""Problem matchers: finding errors and warnings of tools in their output.

GitHub documents them under "Problem matchers" of its toolkit: a file with one or more matchers is registered with
the command ``add-matcher`` and applies to all that the job prints from then on.
"""

from __future__ import annotations

import os
import re
import threading
import time
from typing import NamedTuple

from headway.integration.events import Annotation, Level
from headway.integration.execution.output.steplog import SHOWN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headway.integration.execution.output.steplog import StepLog

LONGEST_MATCHED = 4096  # characters of a line
SLOW = 1.0  # seconds that a matcher may take for a line
STRIKES = 3
FIELDS = ("file", "fromPath", "line", "column", "severity", "code", "message")
_LEVELS: dict[str, Level] = {"": "error", "error": "error", "warning": "warning", "notice": "notice"}


class Pattern(NamedTuple):
    """An expression and, for each of `FIELDS`, the number of its group or None."""

    regex: re.Pattern[str]
    groups: tuple[int | None, ...]
    loop: bool


class Matcher(NamedTuple):
    """A problem matcher: the patterns have to match consecutive lines."""

    owner: str
    severity: str
    from_path: str
    patterns: tuple[Pattern, ...]


class Found(NamedTuple):
    """What a matcher found, in the order of `FIELDS`; None for what no pattern of it captures."""

    file: str | None
    from_path: str | None
    line: str | None
    column: str | None
    severity: str | None
    code: str | None
    message: str | None


class MatcherSet:
    """The problem matchers of a job. Owners are compared without case; safe to use from all threads."""

    __slots__ = ("_lock", "matchers")

    def __init__(self, matchers: Iterable[Matcher] = ()) -> None:
        self._lock = threading.Lock()
        self.matchers: tuple[Matcher, ...] = tuple(matchers)

    def add(self, matchers: Sequence[Matcher]) -> None:
        """Put matchers before the others; they replace those of the same owners."""
        owners = {matcher.owner.lower() for matcher in matchers}
        with self._lock:
            self.matchers = (*matchers, *(m for m in self.matchers if m.owner.lower() not in owners))

    def remove(self, owners: Iterable[str]) -> tuple[str, ...]:
        """Remove the matchers of some owners; which owners had one."""
        unwanted = {owner.lower() for owner in owners}
        with self._lock:
            removed = tuple(m.owner for m in self.matchers if m.owner.lower() in unwanted)
            self.matchers = tuple(m for m in self.matchers if m.owner.lower() not in unwanted)
        return removed


class Matching:
    """The matchers of a job at work on the output of one step."""

    __slots__ = ("_machines", "_matchers", "_skipped", "_snapshot", "_watching", "_workspace")

    def __init__(self, matchers: MatcherSet, workspace: Workspace) -> None:
        self._matchers = matchers
        self._workspace = workspace
        self._snapshot: tuple[Matcher, ...] = ()
        self._machines: list[_Machine] = []
        self._skipped = False
        self._watching = False  # reading the clock for every line would double the time of a fast matcher

    @property
    def active(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._matchers.matchers)

    def scan(self, block: bytes, log: StepLog) -> None:
        """Log whole lines; those that a matcher recognises become annotations."""
        if self._snapshot is not self._matchers.matchers:
            self._follow()
        text = block.decode("utf-8", "replace")
        if "\x1b[" in text:
            text = re.sub(r"\x1b\[[0-9;]*m?", "", text)  # colours
        lines = text.split("\n")
        del lines[-1]  # what follows the last line feed
        raw: list[bytes] = []
        done = 0
        started = time.monotonic()
        for index, line in enumerate(lines):
            if annotation := self._look_at(line, log):
                raw = raw or block.split(b"\n")
                if index > done:
                    log.text(b"\n".join(raw[done:index]) + b"\n")
                log.issue(annotation, line)
                done = index + 1
        if done < len(lines):
            log.text(b"\n".join(raw[done:]) if raw else block)
        self._watching = self._watching or time.monotonic() - started > SLOW

    def _follow(self) -> None:
        """Take over what was added and removed; matchers that stay keep what they have seen."""
        self._snapshot = self._matchers.matchers
        kept = {id(machine.matcher): machine for machine in self._machines}
        self._machines = [kept.get(id(matcher)) or _Machine(matcher) for matcher in self._snapshot]

    def _look_at(self, line: str, log: StepLog) -> Annotation | None:
        if len(line) > LONGEST_MATCHED:
            if not self._skipped:
                self._skipped = True
                log.debug(f"Problem matchers skip lines of more than {LONGEST_MATCHED} characters.")
            return None
        for machine in self._machines:
            found = machine.watched_match(line) if self._watching else machine.match(line)
            if machine.strikes >= STRIKES:
                self._retire(machine, log)
            if found is None:
                continue
            for other in self._machines:
                if other is not machine:
                    other.reset()
            if annotation := self._annotation(found, log):
                return annotation
        return None

    def _retire(self, machine: _Machine, log: StepLog) -> None:
        self._machines = [other for other in self._machines if other is not machine]
        log.warn(
            f"The problem matcher '{machine.matcher.owner}' was removed from this step: {STRIKES} times it took "
            f"more than {SLOW:g} s for a line. Make its expressions simpler."
        )

    def _annotation(self, found: Found, log: StepLog) -> Annotation | None:
        level = _LEVELS.get((found.severity or "").lower())
        if level is None or not found.message or found.message.isspace():
            log.debug("A line that a problem matcher recognised is no annotation: it has no message or level.")
            return None
        shown = log.counts[level] < SHOWN  # looking for the file is in vain otherwise
        path = self._workspace.locate(found.file, found.from_path) if found.file and shown else ""
        return Annotation(level, found.message, path=path, line=_number(found.line), column=_number(found.column))


class Workspace(NamedTuple):
    """The folder that the paths in a job's output are relative to.

    In a container the job sees it as ``seen_as``, and other folders of this machine by the paths in ``mounts``: pairs
    of what the job sees and what it is here. Outside of a container both are the same, and everything is seen.
    """

    folder: str
    seen_as: str = ""
    mounts: tuple[tuple[str, str], ...] = ()

    def host_path(self, path: str) -> str | None:
        """Turn a path as the job writes it into one of this machine; None if only the container has it."""
        seen_as = self.seen_as or self.folder
        path = os.path.normpath(f"{seen_as}/{path}" if path[:1] != "/" else path)
        for seen, folder in ((seen_as, self.folder), *self.mounts):
            if _within(path, seen):
                return folder + path[len(seen.rstrip("/")) :]
        return None if self.seen_as else path

    def relative(self, path: str) -> str:
        """Turn a path as the job writes it into one relative to the workspace, if it is absolute and inside."""
        host_path = self.host_path(path) if path[:1] == "/" else None
        if host_path is None or not _within(host_path, self.folder):
            return path
        return host_path[len(self.folder) :].lstrip("/")

    def locate(self, file: str, from_path: str | None) -> str:
        """Find a file that a tool named; its path relative to the workspace, or nothing unless it exists there."""
        if from_path and file[:1] != "/":
            file = f"{os.path.dirname(from_path) or '.'}/{file}"
        path = self.host_path(file)
        if path is None or not _within(path, self.folder) or not os.path.isfile(path):
            return ""
        return path[len(self.folder) :].lstrip("/")


class _Running(NamedTuple):
    """A pattern that has matched, after the one before it."""

    before: _Running | None
    pattern: Pattern
    match: re.Match[str]

    def found(self, matcher: Matcher) -> Found:
        """Put together what the patterns captured; the first that captures something has it."""
        values: tuple[str | None, ...] = ()
        running: _Running | None = self
        while running:
            match = running.match
            own = tuple(None if group is None else match[group] or "" for group in running.pattern.groups)
            values = tuple(b if a is None else a for a, b in zip(own, values, strict=True)) if values else own
            running = running.before
        found = Found(*values)
        return found._replace(
            severity=found.severity or matcher.severity, from_path=found.from_path or matcher.from_path
        )


class _Machine:
    """One matcher and how far its patterns have matched."""

    __slots__ = ("_running", "_single", "matcher", "strikes")

    def __init__(self, matcher: Matcher) -> None:
        self.matcher = matcher
        self.strikes = 0
        self._single = matcher.patterns[0] if len(matcher.patterns) == 1 else None
        self._running: list[_Running | None] = []
        self.reset()

    def reset(self) -> None:
        self._running = [None] * (len(self.matcher.patterns) - 1)

    def match(self, line: str) -> Found | None:
        if self._single is None:
            running = self._step(line)
        elif match := self._single.regex.search(line):
            running = _Running(None, self._single, match)
        else:
            return None
        return running.found(self.matcher) if running else None

    def watched_match(self, line: str) -> Found | None:
        """As `match`, and count how often it takes too long."""
        started = time.monotonic()
        found = self.match(line)
        if time.monotonic() - started > SLOW:
            self.strikes += 1
        return found

    def _step(self, line: str) -> _Running | None:
        """Try the patterns that may match now, the last one first; the last one if it matches."""
        patterns, running = self.matcher.patterns, self._running
        last = len(patterns) - 1
        for index in range(last, -1, -1):
            before = running[index - 1] if index else None
            if index and before is None:
                continue
            match = patterns[index].regex.search(line)
            if index < last:
                running[index] = _Running(before, patterns[index], match) if match else None
            elif match:
                self.reset()
                if patterns[index].loop:
                    self._running[index - 1] = before
                return _Running(before, patterns[index], match)
            else:
                running[index - 1] = None
        return None


def _within(path: str, folder: str) -> bool:
    return bool(folder) and (path == folder or path.startswith(folder.rstrip("/") + "/"))


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() else None
