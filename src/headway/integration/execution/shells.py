"""How a ``run`` step becomes a program ("Workflow syntax", *jobs.<job_id>.steps[*].shell*)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Callable

KNOWN = ("bash", "sh", "python", "pwsh", "powershell", "cmd")

_EXTENSIONS = {"python": ".py", "pwsh": ".ps1", "powershell": ".ps1", "cmd": ".cmd"}
_TEMPLATES = {
    "bash": "bash --noprofile --norc -eo pipefail {0}",
    "sh": "sh -e {0}",
    "python": "python {0}",
    "pwsh": "pwsh -command \". '{0}'\"",
    "powershell": "powershell -command \". '{0}'\"",
    "cmd": 'cmd /D /E:ON /V:OFF /S /C "CALL "{0}""',
}
_POWERSHELL_HEAD = "$ErrorActionPreference = 'stop'\n"
_POWERSHELL_TAIL = "\nif ((Test-Path -LiteralPath variable:\\LASTEXITCODE)) { exit $LASTEXITCODE }"
_WORD = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')


class Shell(NamedTuple):
    """A shell as it was asked for: its name, and the command with ``{0}`` where the script's path goes."""

    name: str
    command: str

    @property
    def extension(self) -> str:
        """Return the extension of the script's file."""
        return _EXTENSIONS.get(self.name, ".sh")

    def script(self, text: str) -> str:
        """Return the text of the script's file."""
        text = text.replace("\r\n", "\n")
        if self.name in ("pwsh", "powershell"):
            return f"{_POWERSHELL_HEAD}{text}{_POWERSHELL_TAIL}"
        return text

    def argv(self, script: str, which: Callable[[str], str | None]) -> list[str]:
        """Return the program and its arguments for a script at this path.

        ``which`` finds a program on the PATH of the step. Raises ``HeadwayError`` if there is none.
        """
        words = [
            (quoted.replace('\\"', '"') if quoted else plain).replace("{0}", script)
            for quoted, plain in _WORD.findall(self.command)
        ]
        program = which(words[0])
        if program is None and self.name == "python":
            program = which("python3")
        if program is None:
            raise HeadwayError(
                f"The shell '{words[0]}' is not on this machine. Install it, or name another one with 'shell:'."
            )
        return [program, *words[1:]]


def shell_of(wanted: str, which: Callable[[str], str | None]) -> Shell:
    """Return the shell that ``shell:`` asks for; with nothing asked, ``bash -e`` or else ``sh -e``.

    Raises ``HeadwayError`` for a name that is no shell and no command with ``{0}``.
    """
    name = wanted.strip()
    if not name:
        return Shell("bash", "bash -e {0}") if which("bash") else Shell("sh", _TEMPLATES["sh"])
    if "{0}" in name:
        return Shell(name.split()[0], name)
    if name in _TEMPLATES:
        return Shell(name, _TEMPLATES[name])
    raise HeadwayError(
        f"'{name}' is no shell that is known here: use {', '.join(KNOWN)}, or a command with '{{0}}' for the script"
    )
