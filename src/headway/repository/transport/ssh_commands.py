"""What clients ask over SSH: one command line each. Pure."""

from __future__ import annotations

import re
import shlex
from typing import Literal, NamedTuple

from headway.kernel.errors import HeadwayError, NotFoundError

Service = Literal["git-upload-pack", "git-receive-pack", "git-lfs-authenticate"]
_SERVICES: dict[str, Service] = {
    "git-upload-pack": "git-upload-pack",
    "git upload-pack": "git-upload-pack",
    "git-receive-pack": "git-receive-pack",
    "git receive-pack": "git-receive-pack",
    "git-lfs-authenticate": "git-lfs-authenticate",
}
_PART = re.compile(r"[A-Za-z0-9_.-]{1,104}")
_LONGEST = 1000


class Command(NamedTuple):
    """A command that Headway knows. ``writes``: whether it takes the permission to push."""

    service: Service
    owner: str
    name: str
    writes: bool


class UnknownCommandError(HeadwayError):
    """Something that is no command of Git. A shell there is none."""


def parse_command(line: str) -> Command:
    """Return what a command line asks for.

    Nothing of it is ever given to a shell: the words choose one of three services, and the address is looked up.
    Raises ``UnknownCommandError``, and ``NotFoundError`` for an address that cannot be one.
    """
    try:
        words = shlex.split(line) if len(line) <= _LONGEST else []
    except ValueError:
        words = []
    if words[:1] == ["git"]:
        words = [" ".join(words[:2]), *words[2:]]
    service = _SERVICES.get(words[0]) if words else None
    if service is None:
        raise UnknownCommandError(f"Headway knows no command '{_shown(line)}' and gives no shell; it serves git")
    more = words[2:]
    if service == "git-lfs-authenticate":
        if more[:1] not in (["upload"], ["download"]):
            raise UnknownCommandError("git-lfs-authenticate takes a repository, and 'upload' or 'download'")
        owner, name = _address(words[1])
        return Command(service, owner, name, more[0] == "upload")
    if len(words) != 2:
        raise UnknownCommandError(f"{service} takes one repository")
    owner, name = _address(words[1])
    return Command(service, owner, name, service == "git-receive-pack")


def _address(text: str) -> tuple[str, str]:
    parts = text.removeprefix("/~").removeprefix("~").strip("/").split("/")
    if len(parts) == 2 and all(_PART.fullmatch(part) and part.strip(".") for part in parts):
        return parts[0], parts[1].removesuffix(".git")
    raise NotFoundError("there is no such project, or you may not see it")


def _shown(line: str) -> str:
    text = "".join(character if character.isprintable() else "?" for character in line)
    return text if len(text) <= 60 else f"{text[:59]}…"
