"""The processes of this machine, read from /proc or, where there is none, from ``ps``."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PROC = "/proc"
_ON_LINUX = sys.platform.startswith("linux")


class ProcessInfo(NamedTuple):
    """One process. ``started`` tells two processes apart that had the same number one after the other.

    ``shown`` is what ``ps`` shows of it, arguments and environment, and empty where there is /proc.
    """

    pid: int
    parent: int
    session: int
    started: str
    ended: bool
    name: str
    shown: str = ""

    def command(self) -> str:
        """Give the command line, or the name in brackets of one that has none (any more)."""
        if self.shown:
            return _ps("-ww", "-o", "args=", "-p", str(self.pid))[0].strip() or f"[{self.name}]"
        try:
            with open(f"{_PROC}/{self.pid}/cmdline", "rb") as file:
                words = file.read(4096).rstrip(b"\0").split(b"\0")
        except OSError:
            words = []
        return b" ".join(words).decode("utf-8", "replace") or f"[{self.name}]"

    def carries(self, variables: tuple[bytes, ...]) -> bool:
        """Whether the environment that it was started with holds one of these ``NAME=value``."""
        if self.shown:
            words = self.shown.encode("utf-8", "replace").split(b" ")
            return any(variable in words for variable in variables)
        try:
            with open(f"{_PROC}/{self.pid}/environ", "rb") as file:
                environment = b"\0" + file.read()
        except OSError:  # it has ended, or belongs to somebody else
            return False
        return any(b"\0" + variable + b"\0" in environment for variable in variables)


def processes() -> Iterator[ProcessInfo]:
    """List the processes of this machine that can be seen; those that end meanwhile are left out."""
    return from_proc() if _ON_LINUX else from_ps()


def find(pid: int) -> ProcessInfo | None:
    """Look one process up."""
    if _ON_LINUX:
        return _read(pid)
    return next((process for process in from_ps() if process.pid == pid), None)


def from_proc() -> Iterator[ProcessInfo]:
    """List the processes under /proc."""
    for name in os.listdir(_PROC):
        if name.isdecimal() and (process := _read(int(name))):
            yield process


def _read(pid: int) -> ProcessInfo | None:
    try:
        with open(f"{_PROC}/{pid}/stat", "rb") as file:
            stat = file.read()
    except OSError:
        return None
    # The name stands in parentheses and may hold any character, also `)` and blanks.
    head, _, tail = stat.rpartition(b")")
    fields = tail.split()
    name = head.partition(b"(")[2].decode("utf-8", "replace")
    state, parent, session, started = fields[0], int(fields[1]), int(fields[3]), fields[19].decode()
    return ProcessInfo(pid, parent, session, started, state in (b"Z", b"X"), name)


def from_ps() -> Iterator[ProcessInfo]:
    """List the processes that ``ps`` shows; the group of a process stands for its session."""
    text, own_pid = _ps("axeww", "-o", "pid=,ppid=,pgid=,state=,lstart=,args=")
    for line in text.splitlines():
        fields = line.split(None, 9)
        if len(fields) == 10 and int(fields[0]) != own_pid:
            pid, parent, group, state, *started, shown = fields
            name, _, _ = shown.partition(" ")
            yield ProcessInfo(int(pid), int(parent), int(group), " ".join(started), state.startswith("Z"), name, shown)


def _ps(*arguments: str) -> tuple[str, int]:
    """Run ``ps``; what it prints and the process id that it had."""
    import subprocess

    env = {**os.environ, "LC_ALL": "C"}
    with subprocess.Popen(["ps", *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=env) as ps:
        shown, _ = ps.communicate()
    return shown.decode("utf-8", "replace"), ps.pid
