"""Where the bare repositories are, and how git is called on them.

A repository's folder is named by its project's id, so that renaming and transferring a project moves nothing.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from typing import TYPE_CHECKING

from headway.kernel.durable import room_for
from headway.kernel.errors import DeadlineError, HeadwayError
from headway.repository.hooks import PRE_RECEIVE
from headway.repository.presence import Presence

HIDDEN = "refs/headway"
"""Refs of Headway's own, which nobody can fetch or push to."""

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

# What holds for every repository, whatever the machine's and the user's own configuration say.
_CONFIG = """\
[core]
\tfsync = committed
\tlogAllRefUpdates = always
[gc]
\tauto = 0
[maintenance]
\tauto = false
[pack]
\twriteBitmapHashCache = true
[receive]
\tadvertisePushOptions = true
\tautogc = false
\tfsckObjects = true
\tunpackLimit = 100
[fetch "fsck"]
\t# Histories that exist are taken as they are: these are flaws of old tools, and no danger.
\tbadFilemode = ignore
\tbadTimezone = ignore
\tmissingNameBeforeEmail = ignore
\tmissingSpaceBeforeDate = ignore
\tmissingSpaceBeforeEmail = ignore
\tmissingTaggerEntry = ignore
\tzeroPaddedFilemode = ignore
[receive "fsck"]
\tbadFilemode = ignore
\tbadTimezone = ignore
\tmissingNameBeforeEmail = ignore
\tmissingSpaceBeforeDate = ignore
\tmissingSpaceBeforeEmail = ignore
\tmissingTaggerEntry = ignore
\tzeroPaddedFilemode = ignore
[repack]
\twriteBitmaps = true
[safe]
\tdirectory = *
[transfer]
\thideRefs = refs/headway
[uploadpack]
\tallowFilter = true
\tallowReachableSHA1InWant = true
"""


class Hosting:
    """The folder of all repositories."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.hooks = folder / "hooks"
        self._config = folder / "config"
        self._empty = folder / "empty.git"
        self.presence = Presence(folder / "servers")

    def prepare(self) -> None:
        """Make the folder, its hooks, and the empty repository that new ones are copied from. Idempotent."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.hooks.mkdir(exist_ok=True)
        replace_file(self.hooks / "pre-receive", PRE_RECEIVE, 0o755)
        replace_file(self._config, _CONFIG)
        self.presence.sweep()
        if not (self._empty / "HEAD").exists():
            unfinished = _unfinished(self._empty)
            self.git("init", "--quiet", "--bare", "--initial-branch=main", "--template=", str(unfinished))
            _place(unfinished, self._empty)

    @property
    def empty(self) -> Path:
        """An empty repository, to be shown where none has been made yet."""
        return self._empty

    def path(self, project_id: int) -> Path:
        """Return the folder of a project's repository."""
        return self.folder / f"{project_id % 256:02x}" / f"{project_id}.git"

    def create(self, project_id: int, default_branch: str = "main") -> Path:
        """Make an empty repository, and return its folder. Idempotent."""
        path = self.path(project_id)
        if not path.exists():
            with room_for("a repository"):
                path.parent.mkdir(exist_ok=True)
            unfinished = _unfinished(path)
            try:
                with room_for("a repository"):
                    shutil.copytree(self._empty, unfinished)
                    (unfinished / "HEAD").write_text(f"ref: refs/heads/{default_branch}\n")
            except BaseException:
                shutil.rmtree(unfinished, ignore_errors=True)
                raise
            _place(unfinished, path)
        return path

    def delete(self, project_id: int) -> None:
        """Delete a repository for good. Idempotent."""
        path = self.path(project_id)
        doomed = path.with_suffix(".deleted")
        if path.exists():
            path.rename(doomed)
        shutil.rmtree(doomed, ignore_errors=True)

    def git(
        self,
        *arguments: str,
        at: Path | None = None,
        timeout: float = 60.0,
        given: bytes = b"",
        quarantine: str = "",
        more: Mapping[str, str] | None = None,
    ) -> str:
        """Return what a git command prints. Raises ``HeadwayError`` with git's own words when it fails.

        ``quarantine``: a folder with the objects of a push that has not been accepted yet, to be seen too; ``more``:
        variables for its environment.
        """
        seen = dict(more or {})
        if quarantine and at:
            seen |= {"GIT_OBJECT_DIRECTORY": quarantine, "GIT_ALTERNATE_OBJECT_DIRECTORIES": str(at / "objects")}
        try:
            done = subprocess.run(
                self.command(*arguments, at=at),
                check=False,
                capture_output=True,
                env=self.environment(**seen),
                input=given,
                timeout=timeout,
            )
        except subprocess.TimeoutExpired:
            raise DeadlineError(f"git {arguments[0]} took longer than {timeout:.0f} s") from None
        if done.returncode:
            said = done.stderr.decode(errors="replace").strip() or f"exit code {done.returncode}"
            raise HeadwayError(f"git {arguments[0]} failed: {said}")
        return done.stdout.decode(errors="surrogateescape")

    def command(self, *arguments: str, at: Path | None = None) -> list[str]:
        """Return the command line of git for a repository; no hooks run."""
        folder = [f"--git-dir={at}"] if at else []
        return ["git", "-c", f"core.hooksPath={os.devnull}", *folder, *arguments]

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of a git that serves others: nothing of the server's own but the search path."""
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LC_ALL": "C.UTF-8",
            "HOME": os.devnull,
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": str(self._config),
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "true",
            **more,
        }


def replace_file(path: Path, text: str, mode: int = 0o644) -> None:
    """Write a file unless it says the same already; readers see the old or the new text, never a part."""
    if path.exists() and path.read_text() == text:
        return
    unfinished = _unfinished(path)
    unfinished.write_text(text)
    unfinished.chmod(mode)
    unfinished.replace(path)


def _unfinished(path: Path) -> Path:
    # Not by the process's number: servers in containers share a folder, and all of them may be number 1.
    return path.with_name(f"{path.stem}.{secrets.token_hex(6)}")


def _place(unfinished: Path, path: Path) -> None:
    """Give a finished folder its name, unless another server was quicker."""
    try:
        unfinished.rename(path)
    except OSError:
        shutil.rmtree(unfinished, ignore_errors=True)
        if not (path / "HEAD").exists():
            raise
