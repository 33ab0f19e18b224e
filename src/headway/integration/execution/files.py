"""The files through which a step hands over values: outputs, state, environment, PATH and its summary.

GitHub documents them under "Environment files" (Workflow commands for GitHub Actions). The grammar of names and values
is the runner's on Linux and macOS: lines end with LF only, so that a CR belongs to the value.
"""

from __future__ import annotations

from typing import NamedTuple

from headway.integration.execution.output.encodings import to_bytes
from headway.kernel.errors import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST_FILE = 50 << 20
"""Bytes of one file; GitHub limits all outputs of a run to as much."""
LARGEST_SUMMARY = 1 << 20
LARGEST_VARIABLE = (128 << 10) - 1
"""Bytes of ``NAME=value`` with which Linux still starts a program."""

# "Default environment variables" (Variables reference), except CI, which can be overwritten.
_GITHUB = """ACTION ACTION_PATH ACTION_REPOSITORY ACTIONS ACTOR ACTOR_ID API_URL BASE_REF ENV EVENT_NAME EVENT_PATH
GRAPHQL_URL HEAD_REF JOB OUTPUT PATH REF REF_NAME REF_PROTECTED REF_TYPE REPOSITORY REPOSITORY_ID REPOSITORY_OWNER
REPOSITORY_OWNER_ID RETENTION_DAYS RUN_ATTEMPT RUN_ID RUN_NUMBER SERVER_URL SHA STATE STEP_SUMMARY TRIGGERING_ACTOR
WORKFLOW WORKFLOW_REF WORKFLOW_SHA WORKSPACE"""
_RUNNER = "ARCH DEBUG ENVIRONMENT NAME OS TEMP TOOL_CACHE TRACKING_ID"


class FileValues(NamedTuple):
    """What a file holds: ``values`` in order, up to the first problem, as the runner takes them.

    ``problems`` fail the step; ``notes`` are to be shown only.
    """

    values: tuple[tuple[str, str], ...]
    problems: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()


def parse_values(data: bytes, path: str) -> FileValues:
    """Read the file of outputs or of state: lines ``name=value``, or ``name<<END``, lines, ``END``.

    ``path`` is what problems call the file. All of them are found, but values count only up to the first.
    """
    if len(data) > LARGEST_FILE:
        return FileValues((), (_problem(path, 0, f"it has more than {LARGEST_FILE >> 20} MiB"),))
    values: list[tuple[str, str]] = []
    problems: list[Problem] = []
    for item in _items(_decode(data), path):
        if isinstance(item, Problem):
            problems.append(item)
        elif not problems:
            values.append(item)
    return FileValues(tuple(values), tuple(problems))


def parse_env(data: bytes, path: str) -> FileValues:
    """Read the file of environment variables; what must not be set this way is left out and noted."""
    found = parse_values(data, path)
    values: list[tuple[str, str]] = []
    notes: list[Problem] = []
    for name, value in found.values:
        if reason := _refusal(name, value):
            notes.append(_problem(path, 0, f"{name} is not set: {reason}"))
            continue
        values.append((name, value))
        if len(to_bytes(f"{name}={value}")) > LARGEST_VARIABLE:
            message = f"{name} has more than {LARGEST_VARIABLE} bytes; Linux starts no program with it"
            notes.append(_problem(path, 0, message)._replace(severity="warning"))
    return FileValues(tuple(values), found.problems, tuple(notes))


def parse_path(data: bytes) -> tuple[str, ...]:
    """Read the file of folders to put before ``PATH``: one a line; of equal ones the last counts.

    The last folder is the first to be searched.
    """
    lines = _decode(data).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    folders = dict.fromkeys(line for line in reversed(lines) if line)
    return tuple(reversed(folders))


def parse_summary(data: bytes, path: str) -> tuple[str, Problem | None]:
    """Read the summary of a step, Markdown; one of more than 1 MiB is dropped, which does not fail the step."""
    if len(data) > LARGEST_SUMMARY:
        size, limit = -(-len(data) >> 10), LARGEST_SUMMARY >> 10
        return "", _problem(path, 0, f"the summary is dropped: it has {size} KiB, {limit} are allowed for a step")
    return _decode(data), None


def _decode(data: bytes) -> str:
    """Decode as .NET reads a file: by its byte order mark, else as UTF-8."""
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    return data.decode("utf-8", "replace")


def _items(text: str, path: str) -> Iterator[tuple[str, str] | Problem]:
    """Give each pair of name and value, or the problem in its place."""
    lines = text.split("\n")
    if not lines[-1]:
        del lines[-1]
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if not line:
            continue
        equals, heredoc = line.find("="), line.find("<<")
        if equals >= 0 and (heredoc < 0 or equals < heredoc):
            yield _pair(line[:equals], line[equals + 1 :], path, number)
        elif heredoc < 0:
            yield _problem(path, number, f"{_quoted(line)} is neither `name=value` nor `name<<END`")
        elif not line[:heredoc] or not line[heredoc + 2 :]:
            yield _problem(path, number, f"{_quoted(line)} lacks a name before or an end mark after `<<`")
        else:
            name, mark = line[:heredoc], line[heredoc + 2 :]
            try:
                end = lines.index(mark, number)
            except ValueError:
                yield _endless(name, mark, lines, number, path)
                return
            yield _pair(name, "\n".join(lines[number:end]), path, number)
            number = end + 1


def _pair(name: str, value: str, path: str, number: int) -> tuple[str, str] | Problem:
    if not name:
        return _problem(path, number, "there is no name before `=`")
    return name, value


def _endless(name: str, mark: str, lines: list[str], start: int, path: str) -> Problem:
    """Tell of a value without end, and where its end may have been meant."""
    hint = f"Write a line that holds `{mark}` and nothing else."
    for number, line in enumerate(lines[start:], start + 1):
        if line.strip() == mark.strip():
            hint = f"Line {number} differs from it in blanks (a CR counts as one)."
        elif line.endswith(mark):
            hint = f"In line {number} it follows other text; the value needs a line end before it."
    return _problem(path, start, f"the value of `{name}` has no end: no line is `{mark}`", hint)


def _refusal(name: str, value: str) -> str:
    if name.upper() == "NODE_OPTIONS":
        return "GitHub does not allow it, because it would change every action that runs on Node"
    prefix, _, rest = name.partition("_")
    if (prefix == "GITHUB" and rest in _GITHUB.split()) or (prefix == "RUNNER" and rest in _RUNNER.split()):
        return "it is one of the default variables, which cannot be overwritten"
    if "\0" in name or "\0" in value:
        return "it holds a NUL character"
    return ""


def _problem(path: str, line: int, message: str, hint: str = "") -> Problem:
    return Problem(path, line, 1 if line else 0, message, hint, rule="environment-file")


def _quoted(line: str) -> str:
    """Return a line as messages show it. A long one is not cut: the first half of a secret would not be masked."""
    return f"`{line}`" if len(line) <= 60 else f"a line of {len(line):,} characters"
