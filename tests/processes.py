"""`headway up` as processes of their own, to be killed, starved and doubled."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from pathlib import Path


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


class Server:
    """One server process, which can be started and ended again and again on the same folder and ports.

    ``settings``: variables of its environment without ``HEADWAY_``.
    """

    def __init__(self, folder: Path, database: str = "", name: str = "server", **settings: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.database = database
        self.port = free_port()
        self.ssh_port = free_port()
        self.log = folder / f"{name}.log"
        self.token = ""
        self._settings = settings
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    @property
    def place(self) -> list[str]:
        return ["--data", str(self.data), *(["--database", self.database] if self.database else [])]

    def start(self) -> None:
        own = {"SSH__PORT": str(self.ssh_port), "OUTBOUND_PRIVATE": "true", **self._settings}
        environment = os.environ | {f"HEADWAY_{name}": value for name, value in own.items()}
        command = [sys.executable, "-m", "headway", "up", "--port", str(self.port), *self.place]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def wait(self, seconds: float = 60) -> None:
        """Wait until pages are answered, and SSH if it is not turned off."""
        deadline = time.monotonic() + seconds
        while not self._answers():
            assert self._process is None or self._process.poll() is None, self.said()
            assert time.monotonic() < deadline, f"no page within {seconds} s: {self.said()}"
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            if httpx.get(f"{self.url}/-/sign-in", timeout=5).status_code != 200:
                return False
            if self._settings.get("SSH__ENABLED") != "false":
                socket.create_connection(("127.0.0.1", self.ssh_port), 5).close()
        except (httpx.HTTPError, OSError):
            return False
        return True

    def kill(self, with_signal: signal.Signals = signal.SIGKILL) -> None:
        """End it, by default without a chance to do anything about it."""
        if self._process is not None:
            self._process.send_signal(with_signal)
            self._process.wait(60)
            self._process = None

    def said(self) -> str:
        """Return the end of its log."""
        return self.log.read_text(errors="replace")[-20000:] if self.log.is_file() else ""

    def admin(self, *arguments: str) -> str:
        command = [sys.executable, "-m", "headway", "admin", *arguments, *self.place]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    def remote(self, project: str = "anna/shop") -> str:
        return f"http://anna:{self.token}@127.0.0.1:{self.port}/{project}"

    def ssh_remote(self, project: str = "anna/shop") -> str:
        return f"ssh://git@127.0.0.1:{self.ssh_port}/{project}"

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"Authorization": f"Bearer {self.token}"}, timeout=30)


def ssh_command(key: Path, known_hosts: Path) -> str:
    """Return what git shall call for SSH; a host key that is not the known one is refused."""
    options = ("IdentitiesOnly=yes", "IdentityAgent=none", "BatchMode=yes", "StrictHostKeyChecking=accept-new")
    words = ["ssh", "-F", "none", "-i", str(key), "-o", f"UserKnownHostsFile={known_hosts}", "-o", "LogLevel=ERROR"]
    return " ".join([*words, *(word for option in options for word in ("-o", option))])


def make_key(path: Path) -> str:
    """Make a key without a passphrase, and return its public half."""
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", path.name, "-f", str(path)], check=True)
    return path.with_suffix(".pub").read_text()


def wait_for(condition: object, what: str, seconds: float = 60) -> None:
    """Wait until a function returns something true; each test waits for what will happen, however slow the machine."""
    assert callable(condition)
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"this did not happen within {seconds:.0f} s: {what}"
        time.sleep(0.05)
