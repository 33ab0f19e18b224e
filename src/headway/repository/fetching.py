"""Fetching a whole repository from elsewhere into one of ours: what imports and mirrors have in common."""

from __future__ import annotations

import base64
import os
import subprocess
from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.logs import masked
from headway.kernel.outbound import checked_target
from headway.repository.errors import ImportFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from headway.repository.hosting import Hosting

_REFSPECS = ("+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")


class Source(NamedTuple):
    """Where a repository is: an ``https://`` address with what it takes to read it, or a folder of this machine.

    Folders come from the machine's command line only: who may ask the server over HTTP must not read its disk.
    """

    url: str = ""
    folder: str = ""
    username: str = ""
    password: str = ""


def fetch(
    hosting: Hosting, path: Path, source: Source, *, private: bool, seconds: float, most: int, prune: bool = True
) -> None:
    """Make a repository's branches and tags those of the source, and its default branch too.

    ``most``: bytes that a pack may have. Raises ``ImportFailedError`` with git's own words, ``UnsafeTargetError`` and
    ``DeadlineError``.
    """
    place, options = _place(source, private=private)
    head = _run(hosting, path, source, options, "ls-remote", "--symref", place, "HEAD", seconds=60)
    words = ["fetch", "--quiet", "--no-write-fetch-head", "--no-tags", "--force", *(["--prune"] if prune else [])]
    limits = (*options, ("fetch.fsckObjects", "true"), ("transfer.maxSize", str(most)), ("fetch.unpackLimit", "1"))
    _run(hosting, path, source, limits, *words, place, *_REFSPECS, seconds=seconds)
    branch = default_branch(head)
    if branch:
        hosting.git("symbolic-ref", "HEAD", f"refs/heads/{branch}", at=path)


def default_branch(listed: str) -> str | None:
    """Return the branch that HEAD leads to, from what ``git ls-remote --symref`` printed. Pure."""
    for line in listed.splitlines():
        if line.startswith("ref: refs/heads/") and line.endswith("\tHEAD"):
            return line.removeprefix("ref: refs/heads/").removesuffix("\tHEAD")
    return None


def _place(source: Source, *, private: bool) -> tuple[str, tuple[tuple[str, str], ...]]:
    if source.folder:
        return source.folder, ()
    target = checked_target(source.url, private=private)
    return target.url, (("http.curloptResolve", target.pinned), ("http.followRedirects", "false"))


def _run(
    hosting: Hosting,
    path: Path,
    source: Source,
    options: tuple[tuple[str, str], ...],
    *words: str,
    seconds: float,
) -> str:
    settings = [
        ("protocol.allow", "never"),
        ("protocol.file.allow" if source.folder else "protocol.https.allow", "always"),
    ]
    if not source.folder:
        settings += [("protocol.http.allow", "always"), *_credentials(source)]
    environment = hosting.environment(**_variables((*settings, *options)))
    try:
        done = subprocess.run(
            hosting.command(*words, at=path),
            check=False,
            capture_output=True,
            env=environment,
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            start_new_session=True,
        )
    except subprocess.TimeoutExpired:
        raise ImportFailedError(f"fetching took longer than {seconds:.0f} s") from None
    if done.returncode:
        said = masked(done.stderr.decode(errors="replace").strip())
        if source.password:
            said = said.replace(source.password, "***")
        raise ImportFailedError(f"fetching failed: {said[-1000:] or f'exit code {done.returncode}'}")
    return done.stdout.decode(errors="replace")


def _credentials(source: Source) -> list[tuple[str, str]]:
    if not source.password:
        return []
    pair = f"{source.username or 'x-access-token'}:{source.password}"
    return [("http.extraHeader", f"Authorization: Basic {base64.b64encode(pair.encode()).decode()}")]


def _variables(settings: tuple[tuple[str, str], ...]) -> dict[str, str]:
    """Return configuration as environment variables: a command line can be read by everybody on the machine."""
    found = {"GIT_CONFIG_COUNT": str(len(settings)), "SSL_CERT_DIR": os.environ.get("SSL_CERT_DIR", "/etc/ssl/certs")}
    for number, (name, value) in enumerate(settings):
        found |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    return found
