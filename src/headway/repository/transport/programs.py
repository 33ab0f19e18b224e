"""Which git serves what: command lines and environments. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from headway.repository.transport.serving import Program

if TYPE_CHECKING:
    from pathlib import Path

    from headway.repository.hosting import Hosting
    from headway.repository.transport.hook import Hook

SERVICES = {"git-upload-pack": "upload-pack", "git-receive-pack": "receive-pack"}
"""What a client asks for, and the git command that answers."""

_PROTOCOL = re.compile(r"[a-z0-9=:.-]{0,100}")


def advertisement(hosting: Hosting, folder: Path, service: str, protocol: str) -> Program:
    """Return the program that says what a repository has and can do."""
    words = [SERVICES[service], "--stateless-rpc", "--http-backend-info-refs", str(folder)]
    return Program(hosting.command(*words), _environment(hosting, protocol))


def upload_pack(hosting: Hosting, folder: Path, protocol: str, *, stateless: bool) -> Program:
    """Return the program that a clone or fetch talks to."""
    words = ["upload-pack", "--strict", *(["--stateless-rpc"] if stateless else []), str(folder)]
    return Program(hosting.command(*words), _environment(hosting, protocol))


def receive_pack(hosting: Hosting, folder: Path, protocol: str, hook: Hook, *, most: int, stateless: bool) -> Program:
    """Return the program that a push talks to; it takes packs of at most ``most`` bytes and asks the hook."""
    options = ["-c", f"receive.maxInputSize={most}", "-c", f"core.hooksPath={hosting.hooks}"]
    words = [*options, "receive-pack", *(["--stateless-rpc"] if stateless else []), str(folder)]
    environment = _environment(hosting, protocol) | hook.environment
    return Program(["git", *words], environment, (*hook.descriptors, hosting.presence.enter()))


def _environment(hosting: Hosting, protocol: str) -> dict[str, str]:
    known = protocol if _PROTOCOL.fullmatch(protocol) else ""
    return hosting.environment(GIT_PROTOCOL=known)
