"""The git command, asked questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.capture import Question
from headway.kernel.errors import HeadwayError, MissingProgramError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT = 60.0


class GitError(HeadwayError):
    """Git said no. The text is what it said."""


class Asked(NamedTuple):
    """A git command that was started."""

    arguments: tuple[str, ...]
    question: Question

    def text(self, timeout: float = _TIMEOUT) -> str:
        """Return what it prints, without the last line end. Raises ``GitError`` when it fails."""
        answer = self.question.answer(timeout)
        if answer.code == -1:
            raise GitError(f"'git {' '.join(self.arguments)}' took longer than {timeout:.0f} s")
        if answer.code:
            said = answer.errors.decode(errors="replace").strip() or f"exit code {answer.code}"
            raise GitError(f"'git {' '.join(self.arguments)}' failed: {said}")
        return answer.output.decode(errors="surrogateescape").removesuffix("\n")

    def maybe(self) -> str:
        """Return what it prints, or an empty text when it fails."""
        try:
            return self.text()
        except GitError:
            return ""


class Git(NamedTuple):
    """Git in one folder."""

    folder: str
    env: Mapping[str, str] | None = None

    def ask(self, *arguments: str) -> Asked:
        """Start a command, to be answered later. Raises ``MissingProgramError`` when there is no git."""
        command = ("git", "-C", self.folder, "-c", "core.quotePath=false", *arguments)
        try:
            return Asked(arguments, Question(command, self.env))
        except FileNotFoundError:
            raise MissingProgramError("git is not on this machine, and Headway cannot do without it") from None

    def text(self, *arguments: str, timeout: float = _TIMEOUT) -> str:
        """Return what a command prints, without the last line end. Raises ``GitError`` when it fails."""
        return self.ask(*arguments).text(timeout)

    def lines(self, *arguments: str, separator: str = "\n", timeout: float = _TIMEOUT) -> list[str]:
        """Return what a command prints, split; empty parts are left out."""
        return [line for line in self.text(*arguments, timeout=timeout).split(separator) if line]

    def maybe(self, *arguments: str) -> str:
        """Return what a command prints, or an empty text when it fails."""
        return self.ask(*arguments).maybe()
