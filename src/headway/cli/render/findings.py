"""What `headway check` has found, as text, JSON, workflow commands, or SARIF."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from headway import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headway.integration.local.checking import Checked
    from headway.kernel.errors import Problem

_LEVELS = {"error": "error", "warning": "warning", "notice": "note"}


def as_text(checked: Sequence[Checked]) -> str:
    """Return each finding with its line of the file below it, and the count at the end."""
    lines: list[str] = []
    for entry in checked:
        source = entry.text.splitlines()
        for problem in entry.problems:
            lines.extend(_finding(problem, source if problem.path == entry.path else []))
    counts = [problem.severity for entry in checked for problem in entry.problems]
    files = _count(len(checked), "file")
    if counts:
        errors, warnings = _count(counts.count("error"), "error"), _count(counts.count("warning"), "warning")
        lines.append(f"{errors}, {warnings} in {files}")
    else:
        lines.append(f"Nothing is wrong with {files}")
    return "\n".join(lines)


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _finding(problem: Problem, source: list[str]) -> Iterator[str]:
    where = f"{problem.path}:{problem.line}:{problem.column}" if problem.line else problem.path
    yield f"{where}: {problem.severity}: {problem.message} [{problem.rule}]"
    if 0 < problem.line <= len(source):
        line = source[problem.line - 1]
        shown = line if len(line) <= 160 else f"{line[:159]}…"
        number = f"{problem.line:>5}"
        yield f"{number} | {shown}"
        if problem.column <= len(shown):
            yield f"{' ' * len(number)} | {' ' * (problem.column - 1)}^"
    if problem.hint:
        yield from (f"      {line}" for line in problem.hint.splitlines())


def as_json(checked: Sequence[Checked]) -> str:
    """Return one document with all findings."""
    findings = [problem._asdict() for entry in checked for problem in entry.problems]
    return json.dumps({"files": [entry.path for entry in checked], "findings": findings}, indent=2, ensure_ascii=False)


def as_commands(checked: Sequence[Checked]) -> str:
    """Return workflow commands, so that findings become annotations where this is run in a workflow."""
    return "\n".join(_command(problem) for entry in checked for problem in entry.problems)


def _command(problem: Problem) -> str:
    place = f",line={problem.line},col={problem.column}" if problem.line else ""
    text = f"{problem.message}\n{problem.hint}" if problem.hint else problem.message
    return f"::{problem.severity} file={_property(problem.path)}{place},title={_property(problem.rule)}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def as_sarif(checked: Sequence[Checked]) -> str:
    """Return a SARIF 2.1.0 log."""
    problems = [problem for entry in checked for problem in entry.problems]
    rules = [{"id": rule} for rule in dict.fromkeys(problem.rule for problem in problems)]
    driver = {"name": "headway", "version": __version__, "rules": rules}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": [_result(problem) for problem in problems]}],
    }
    return json.dumps(log, indent=2, ensure_ascii=False)


def _result(problem: Problem) -> dict[str, object]:
    from urllib.parse import quote

    region = {"startLine": max(problem.line, 1), "startColumn": max(problem.column, 1)}
    text = f"{problem.message.removesuffix('.')}. {problem.hint}" if problem.hint else problem.message
    return {
        "ruleId": problem.rule,
        "level": _LEVELS[problem.severity],
        "message": {"text": text},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": quote(problem.path)}, "region": region}}],
    }
