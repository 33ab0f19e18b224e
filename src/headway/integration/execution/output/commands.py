"""Workflow commands: lines of output that tell the runner to do something.

GitHub documents them under "Workflow commands for GitHub Actions". Besides ``::name key=value,…::data`` the older
form ``##[name key=value;…]data`` is understood, which may stand anywhere in a line.
"""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container

COMMANDS = frozenset(
    {
        "add-mask",
        "add-matcher",
        "add-path",
        "debug",
        "echo",
        "endgroup",
        "error",
        "group",
        "notice",
        "remove-matcher",
        "save-state",
        "set-env",
        "set-output",
        "stop-commands",
        "warning",
    }
)
# Their line is never shown by `echo`: they show something of their own.
NOT_ECHOED = frozenset({"add-mask", "debug", "error", "notice", "warning"})

_DATA = (("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
_PROPERTY = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))
_OLD = (("%3B", ";"), ("%0D", "\r"), ("%0A", "\n"), ("%5D", "]"), ("%25", "%"))


class Command(NamedTuple):
    """A workflow command. ``name`` and the names of the properties are in lower case."""

    name: str
    properties: dict[str, str]
    data: str


def parse_command(line: str, names: Container[str] = COMMANDS) -> Command | None:
    """Read a line as a command, in the new form or else in the old one.

    None if it is neither, or a command whose name (in lower case) is not among ``names``.
    """
    return _parse_new(line, names) or _parse_old(line, names)


def _parse_new(line: str, names: Container[str]) -> Command | None:
    line = line.lstrip()
    if not line.startswith("::"):
        return None
    info, separator, data = line[2:].partition("::")
    name, _, rest = info.partition(" ")
    if not separator or name.lower() not in names:
        return None
    return Command(name.lower(), _properties(rest.strip(), ",", _PROPERTY), _unescape(data, _DATA))


def _parse_old(line: str, names: Container[str]) -> Command | None:
    _, _, rest = line.partition("##[")
    info, separator, data = rest.partition("]")
    name, _, rest = info.partition(" ")
    if not separator or name.lower() not in names:
        return None
    return Command(name.lower(), _properties(rest, ";", _OLD), _unescape(data, _OLD))


def _properties(text: str, separator: str, escapes: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Read the properties; those without a name or a value are left out."""
    properties = {}
    for pair in text.split(separator):
        key, _, value = pair.lstrip("=").partition("=")
        value = value.lstrip("=")
        if key and value:
            properties[key.lower()] = _unescape(value, escapes)
    return properties


def _unescape(text: str, escapes: tuple[tuple[str, str], ...]) -> str:
    if "%" in text:
        for escape, char in escapes:
            text = text.replace(escape, char)
    return text
