"""The files of one step through which its programs set outputs, state, variables, PATH and summary."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from headway.integration.execution.files import LARGEST_FILE, parse_env, parse_path, parse_summary, parse_values

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.execution.files import FileValues
    from headway.integration.execution.program import Program

_NAMES = ("output", "env", "path", "state", "step_summary")


class CommandFiles:
    """Makes the files before a program starts, and takes what is in them after it has ended."""

    __slots__ = ("_paths",)

    def __init__(self, folder: str, unique: str) -> None:
        self._paths = {name: os.path.join(folder, f"{name}_{unique}") for name in _NAMES}

    def variables(self, seen_as: Callable[[str], str]) -> dict[str, str]:
        """Return ``GITHUB_OUTPUT`` and its like, with the paths as the program sees them."""
        return {f"GITHUB_{name.upper()}": seen_as(path) for name, path in self._paths.items()}

    def create(self) -> None:
        """Make the files, empty; programs under other users may write them."""
        os.makedirs(os.path.dirname(self._paths["output"]), exist_ok=True)
        for path in self._paths.values():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666)
            os.close(descriptor)

    def apply(self, program: Program) -> list[str]:
        """Hand what was written to the program's step; return what was written wrongly."""
        faults: list[str] = []
        if data := self._read("output"):
            self._each(parse_values(data, "GITHUB_OUTPUT"), program.set_output, program, faults)
        if data := self._read("state"):
            self._each(parse_values(data, "GITHUB_STATE"), program.save_state, program, faults)
        if data := self._read("env"):
            self._each(parse_env(data, "GITHUB_ENV"), program.set_env, program, faults)
        for folder in parse_path(self._read("path")):
            program.add_path(folder)
        if data := self._read("step_summary"):
            markdown, problem = parse_summary(data, "GITHUB_STEP_SUMMARY")
            if problem is not None:
                program.warning(problem.message)
            if markdown.strip():
                program.summary(markdown)
        return faults

    def _each(self, found: FileValues, take: Callable[[str, str], None], program: Program, faults: list[str]) -> None:
        for name, value in found.values:
            take(name, value)
        for note in found.notes:
            program.warning(note.message)
        faults.extend(
            f"{problem.path} line {problem.line}: {problem.message} {problem.hint}".rstrip()
            for problem in found.problems
        )

    def _read(self, name: str) -> bytes:
        """Return the contents of a file, one byte more than is allowed at most; a file that was removed is empty."""
        try:
            if not os.stat(self._paths[name]).st_size:
                return b""
            with open(self._paths[name], "rb") as file:
                return file.read(LARGEST_FILE + 1)
        except OSError:
            return b""
