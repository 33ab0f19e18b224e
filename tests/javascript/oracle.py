"""Installs the packages of package.json on demand, bundles a module of this folder, and runs it.

What is made lies in the git-ignored ``node_modules``; parallel tests share it and make it once.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).resolve().parent
MODULES = FOLDER / "node_modules"
OPTIONS = (
    "--bundle",
    "--platform=node",
    "--format=esm",
    "--target=node20",
    "--log-level=warning",
    # Older packages among those that are bundled ask for node's own modules in the older way.
    '--banner:js=import { createRequire as requireOf } from "node:module"; const require = requireOf(import.meta.url);',
)


class Oracle:
    """A bundled module that answers each line of JSON with a line of JSON."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, question: Any) -> Any:
        """Return the answer to ``question``."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


@contextmanager
def oracle(module: str, *, env: dict[str, str] | None = None, cwd: Path | None = None) -> Iterator[Oracle]:
    """Run the file ``module`` of this folder, in an environment of its own if one is given.

    Skips the test where node or npm is missing.
    """
    command = [program("node"), str(bundle(module))]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=env, cwd=cwd
    ) as process:
        yield Oracle(process)


def bundle(module: str) -> Path:
    """Return one file that holds ``module`` and all that it imports, for node 20."""
    source = FOLDER / module
    state = (source.read_bytes(), _lock_file(), "\0".join(OPTIONS).encode())
    target = MODULES / ".headway" / f"{source.stem}-{_digest(*state)}.mjs"
    with _locked():
        _install()
        if not target.exists():
            esbuild = MODULES / "esbuild" / "bin" / "esbuild"
            _run(program("node"), str(esbuild), str(source), *OPTIONS, f"--outfile={target}")
    return target


def program(name: str) -> str:
    """Return the path of node or npm; skips the test when it is neither on the PATH nor in the environment."""
    found = shutil.which(name) or shutil.which(name, path=str(Path(sys.executable).parent))
    if not found:
        pytest.skip(f"{name} is not on this machine, and GitHub's own JavaScript needs it")
    return found


def _install() -> None:
    stamp = MODULES / ".headway" / "installed"
    state = _digest(_lock_file())
    if stamp.exists() and stamp.read_text(encoding="ascii") == state:
        return
    try:
        _run(program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
    except subprocess.CalledProcessError as error:
        pytest.skip(f"npm could not install GitHub's own JavaScript: {error.stderr.strip()[-300:]}")
    stamp.parent.mkdir()
    stamp.write_text(state, encoding="ascii")


@contextmanager
def _locked() -> Iterator[None]:
    with open(FOLDER / ".gitignore", "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _lock_file() -> bytes:
    return (FOLDER / "package-lock.json").read_bytes()


def _digest(*contents: bytes) -> str:
    return hashlib.sha256(b"\0".join(contents)).hexdigest()[:16]


def _run(*command: str) -> None:
    subprocess.run(command, cwd=FOLDER, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
