"""The values of ``docker create``'s options. Every function raises ``ValueError`` that says what was expected."""

from __future__ import annotations

import re
from typing import Any

_UNITS = {"": 1, "b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_SIZE = re.compile(r"(-?\d+(?:\.\d+)?) ?([kmgt]?)i?b?", re.IGNORECASE)
_SECONDS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)")


def whole(text: str) -> int:
    """Return a whole number."""
    if not re.fullmatch(r"-?\d+", text):
        raise ValueError("a whole number was expected")
    return int(text)


def size(text: str) -> int:
    """Return bytes: ``512m``, ``2GB``, ``1.5g``; ``-1`` is no limit."""
    match = _SIZE.fullmatch(text)
    if not match:
        raise ValueError("a size was expected, such as 512m or 2g")
    return int(float(match[1]) * _UNITS[match[2].lower()])


def nanoseconds(text: str) -> int:
    """Return a duration in Go's notation, such as ``1m30s``, in nanoseconds."""
    if text == "0":
        return 0
    parts = _DURATION.findall(text)
    if not parts or "".join(f"{number}{unit}" for number, unit in parts) != text:
        raise ValueError("a duration was expected, such as 10s or 1m30s")
    return int(sum(float(number) * _SECONDS[unit] for number, unit in parts))


def nano_cpus(text: str) -> int:
    """Return a number of processors in billionths."""
    if not re.fullmatch(r"\d*\.?\d+|\d+\.", text):
        raise ValueError("a number of processors was expected, such as 1.5")
    return round(float(text) * 10**9)


def pair(text: str) -> tuple[str, str]:
    """Return ``name=value``; a name alone has an empty value."""
    name, _, value = text.partition("=")
    if not name:
        raise ValueError("name=value was expected")
    return name, value


def log_option(text: str) -> tuple[str, str]:
    """Return ``name=value``, both of which have to be there."""
    if "=" not in text:
        raise ValueError("name=value was expected")
    return pair(text)


def variable(text: str) -> str:
    """Return ``NAME=value``; the variables of the machine are not handed on by name."""
    if not text.partition("=")[0] or "=" not in text:
        raise ValueError("NAME=value was expected; a name alone would take the value from this machine")
    return text


def host_entry(text: str) -> str:
    """Return ``host:address``, which may also be written with ``=``."""
    separator = "=" if "=" in text else ":"
    name, _, address = text.partition(separator)
    if not name or not address:
        raise ValueError("host:address was expected")
    return f"{name}:{address.strip('[]')}"


def health_command(text: str) -> list[str]:
    """Return a command for the shell of the container."""
    if not text:
        raise ValueError("a command was expected")
    return ["CMD-SHELL", text]


def tmpfs(text: str) -> tuple[str, str]:
    """Return a folder, and the options of its file system."""
    folder, _, options = text.partition(":")
    if not folder.startswith("/"):
        raise ValueError("an absolute path was expected")
    return folder, options


def ulimit(text: str) -> dict[str, Any]:
    """Return ``name=soft[:hard]``."""
    match = re.fullmatch(r"([a-z]+)=(-?\d+)(?::(-?\d+))?", text)
    if not match:
        raise ValueError("name=soft:hard was expected, such as nofile=1024:4096")
    return {"Name": match[1], "Soft": int(match[2]), "Hard": int(match[3] or match[2])}


def device(text: str) -> dict[str, str]:
    """Return ``path[:path in the container[:rwm]]``."""
    path, *rest = text.split(":")
    if not path.startswith("/") or len(rest) > 2:
        raise ValueError("/dev/path[:/dev/path[:rwm]] was expected")
    rights = rest.pop() if rest and re.fullmatch("[rwm]+", rest[-1]) else "rwm"
    return {"PathOnHost": path, "PathInContainer": rest[0] if rest else path, "CgroupPermissions": rights}


def restart_policy(text: str) -> dict[str, Any]:
    """Return ``no``, ``always``, ``unless-stopped`` or ``on-failure[:count]``."""
    name, _, count = text.partition(":")
    if name not in ("no", "always", "unless-stopped", "on-failure") or (count and not count.isdecimal()):
        raise ValueError("no, always, unless-stopped or on-failure[:count] was expected")
    return {"Name": name, "MaximumRetryCount": int(count or 0)}


_MOUNT_KEYS = {
    "type": "Type",
    "source": "Source",
    "src": "Source",
    "target": "Target",
    "destination": "Target",
    "dst": "Target",
    "readonly": "ReadOnly",
    "ro": "ReadOnly",
}


def mount(text: str) -> dict[str, Any]:
    """Return ``type=…,source=…,target=…[,readonly]``."""
    result: dict[str, Any] = {"Type": "volume"}
    for part in text.split(","):
        name, _, value = part.partition("=")
        key = _MOUNT_KEYS.get(name)
        if key is None:
            raise ValueError(f"'{name}' is not known; type, source, target and readonly are")
        result[key] = value.lower() in ("", "true", "1") if key == "ReadOnly" else value
    if not result.get("Target"):
        raise ValueError("a target was expected")
    return result
