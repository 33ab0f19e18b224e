"""A repository to run Headway in, and what came of a run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from pathlib import Path

HEADWAY = [sys.executable, "-m", "headway"]


class Ran(NamedTuple):
    """What a command came to. ``events`` are those of ``--json``, where that was asked for."""

    code: int
    out: str
    errors: str
    events: list[dict[str, Any]]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Return the events of a type, in their order."""
        return [event for event in self.events if event["type"] == kind]

    def job(self, key: str) -> dict[str, Any]:
        """Return how a job ended."""
        (event,) = [event for event in self.of("job-finished") if event["job"] == key]
        return event

    def step(self, job: str, key: str) -> dict[str, Any]:
        """Return how a step ended."""
        (event,) = [event for event in self.of("step-finished") if (event["job"], event["step"]) == (job, key)]
        return event

    def log(self, job: str = "", step: str = "") -> str:
        """Return what a step, a job, or everything printed."""
        return "".join(
            event["text"] for event in self.of("output") if job in ("", event["job"]) and step in ("", event["step"])
        )

    def outcomes(self, job: str) -> dict[str, str]:
        """Return the outcome of every step of a job, by its key."""
        return {event["step"]: event["outcome"] for event in self.of("step-finished") if event["job"] == job}


class Project:
    """A repository in a folder of its own, with a cache of its own."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "shop"
        self.cache = folder / "cache"
        self.command = HEADWAY
        self.root.mkdir()
        self.git("init", "-q", "-b", "main")
        self.write("README.md", "# Shop\n")
        self.commit("Begin")

    def git(self, *arguments: str) -> str:
        """Run git in the repository, and return what it prints."""
        identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
        done = subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def write(self, path: str, text: str, mode: int = 0o644) -> Path:
        """Write a file."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
        return file

    def workflow(self, text: str, name: str = "ci") -> None:
        """Write a workflow; a text without ``on:`` is the jobs of one that starts on a push."""
        if not text.lstrip().startswith(("on:", "name:", "permissions:")):
            text = f"on: push\njobs:\n{text}"
        self.write(f".github/workflows/{name}.yml", text)

    def steps(self, text: str) -> None:
        """Write a workflow with one job ``a`` of these steps."""
        indented = "".join(f"      {line}\n" for line in text.strip("\n").splitlines())
        self.workflow(f"  a:\n    runs-on: ubuntu-latest\n    steps:\n{indented}")

    def commit(self, message: str = "Change") -> str:
        """Commit everything, and return the commit."""
        self.git("add", "--all")
        self.git("commit", "-q", "-m", message)
        return self.git("rev-parse", "HEAD")

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of a command."""
        own = {"HEADWAY_CACHE_HOME": str(self.cache), "PYTHONDONTWRITEBYTECODE": "1"}
        return {**os.environ, **own, **more}

    def headway(self, *arguments: str, **environment: str) -> Ran:
        """Run a command of Headway in the repository."""
        done = subprocess.run(
            [*self.command, *arguments],
            cwd=self.root,
            env=self.environment(**environment),
            capture_output=True,
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=110,
        )
        out = done.stdout.decode()
        is_stream = arguments[:1] == ("run",) and "--json" in arguments and "--plan" not in arguments
        events = [json.loads(line) for line in out.splitlines()] if is_stream else []
        return Ran(done.returncode, out, done.stderr.decode(), events)

    def bare_path(self, *programs: str) -> str:
        """Return a PATH with these programs alone, and with bash, sh and git."""
        folder = self.cache.parent / "bin"
        folder.mkdir(exist_ok=True)
        for program in ("bash", "sh", "git", *programs):
            found = shutil.which(program)
            if found and not (folder / program).exists():
                (folder / program).symlink_to(found)
        return str(folder)

    def run(self, *arguments: str, **environment: str) -> Ran:
        """Run `headway run --json`."""
        return self.headway("run", "--json", *arguments, **environment)
