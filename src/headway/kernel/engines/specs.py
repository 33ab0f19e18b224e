"""From what a workflow says of a container to the body of *ContainerCreate* ("Docker Engine API")."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Iterable

_ANY = "0.0.0.0"  # noqa: S104 - what Docker binds to where nothing else is said
_MODES = re.compile(r"(?:ro|rw|z|Z|[rs]?(?:shared|slave|private)|nocopy|consistent|cached|delegated)(?:,[a-zA-Z]+)*")


def add_volumes(body: dict[str, Any], volumes: Iterable[str]) -> None:
    """Add ``volumes`` in Docker's notation: ``source:/target[:mode]``, or ``/target`` for an anonymous one."""
    for text in volumes:
        parts = text.split(":")
        if len(parts) > 3 or not parts[-1] or (len(parts) == 3 and not _MODES.fullmatch(parts[2])):
            raise HeadwayError(f"The volume '{text}' cannot be read: source:/target[:mode] was expected")
        if not parts[min(1, len(parts) - 1)].startswith("/"):
            raise HeadwayError(f"The volume '{text}' needs an absolute path in the container")
        if len(parts) == 1:
            body.setdefault("Volumes", {})[text] = {}
        else:
            body.setdefault("HostConfig", {}).setdefault("Binds", []).append(text)


def add_ports(body: dict[str, Any], ports: Iterable[str], address: str = _ANY) -> None:
    """Add ``ports`` in Docker's notation: ``[[address:]port on the machine:]port[/protocol]``, also with ranges.

    Those that name no address are bound to ``address``.
    """
    from docker.utils.ports import build_port_bindings

    bindings = body.setdefault("HostConfig", {}).setdefault("PortBindings", {})
    for text in ports:
        try:
            mapped = build_port_bindings([text])
        except ValueError as error:
            raise HeadwayError(f"The port '{text}' cannot be read: {error}") from error
        for inner, outers in mapped.items():
            port = inner if "/" in inner else f"{inner}/tcp"
            body.setdefault("ExposedPorts", {})[port] = {}
            bindings.setdefault(port, []).extend(_binding(outer, address) for outer in outers)


def _binding(outer: object, address: str) -> dict[str, str]:
    if isinstance(outer, tuple):
        own, port = outer
        return {"HostIp": own or address, "HostPort": str(port or "")}
    return {"HostIp": address, "HostPort": str(outer or "")}


def merge(body: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    """Return both together: mappings and lists grow, of all else ``more`` counts."""
    result = dict(body)
    for key, value in more.items():
        before = result.get(key)
        if isinstance(before, dict) and isinstance(value, dict):
            result[key] = merge(before, value)
        elif isinstance(before, list) and isinstance(value, list):
            result[key] = before + value
        else:
            result[key] = value
    return result
