"""Ending what the steps of a job left running.

GitHub's runner finds such processes by the variable ``RUNNER_TRACKING_ID`` in their environment. Here, the sessions
that were started are looked at as well, and on Linux a process that hid from both by clearing its environment and
opening a session of its own still becomes our child when its parent ends (see `become_subreaper`).
"""

from __future__ import annotations

import os
import sys
import time
from typing import NamedTuple

from headway.kernel.process.run import TRACKING_VARIABLE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from headway.kernel.process.table import ProcessInfo

_SIGTERM, _SIGKILL = 15, 9
_PR_SET_CHILD_SUBREAPER = 36
_ROUNDS = 10  # a process may start others while it is being ended
_PAUSE = 0.01
_subreaping = False


class Ended(NamedTuple):
    """A process that had to be ended, and how: by SIGTERM, or by SIGKILL as well."""

    pid: int
    command: str
    killed: bool


def become_subreaper() -> bool:
    """Make this process the parent of all its descendants that lose theirs; whether the system can do that.

    Linux only. ``ctypes`` would cost 1.4 ms, the module below it costs 0.3.
    """
    global _subreaping
    if sys.platform != "linux":
        return False
    try:
        from _ctypes import FUNCFLAG_CDECL, CFuncPtr, dlopen, dlsym

        class Function(CFuncPtr):
            _flags_ = FUNCFLAG_CDECL

        program = dlopen(None, 0)  # type: ignore[arg-type]  # None is the running program
        prctl: Callable[..., int] = Function(dlsym(program, "prctl"))
        _subreaping = prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
    except (ImportError, OSError):
        return False
    return _subreaping


def end_tracked_processes(
    tracking_ids: Iterable[str], *, sessions: Collection[int] = (), grace: float = 2.0
) -> tuple[Ended, ...]:
    """End every process of a job that still runs: SIGTERM, ``grace`` seconds, SIGKILL. Tells which there were.

    They are those whose environment carries one of the tracking ids, and those in one of ``sessions`` (see
    `Drains.sessions`). This process itself is never among them.
    """
    if _subreaping and not _has_children():
        return ()
    from headway.kernel.process.table import processes

    variables = tuple(os.fsencode(f"{TRACKING_VARIABLE}={each}") for each in tracking_ids)
    numbers = frozenset(sessions)

    def tracked() -> list[ProcessInfo]:
        everything = list(processes())
        # A process with the number of a session that we started and reaped is another one: the number was reused.
        reused = {process.pid for process in everything if process.pid in numbers}
        mine = numbers - reused
        return [process for process in everything if process.session in mine or process.carries(variables)]

    return _end_all(tracked, grace)


def end_descendants(*, keep: Collection[int] = (), grace: float = 2.0) -> tuple[Ended, ...]:
    """End every process below this one, except ``keep`` and what is below those. Tells which there were.

    For the end of a run: on Linux, after `become_subreaper`, this finds all that was ever started in it. Children
    that have ended are reaped, so nobody else may wait for one at that time.
    """
    if not _has_children():
        return ()

    def below() -> list[ProcessInfo]:
        return descendants(os.getpid(), keep)

    ended = _end_all(below, grace)
    for process in below():
        if process.ended and process.parent == os.getpid():
            _reap(process.pid)
    return ended


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return  # somebody else did


def _has_children() -> bool:
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    except AttributeError:  # macOS has it from Python 3.13 on
        return True
    return True


def descendants(pid: int, keep: Collection[int] = ()) -> list[ProcessInfo]:
    """List the processes below a process, parents before children."""
    from headway.kernel.process.table import processes

    children: dict[int, list[ProcessInfo]] = {}
    for process in processes():
        children.setdefault(process.parent, []).append(process)
    found: list[ProcessInfo] = []
    parents = [pid]
    for parent in parents:
        below = [process for process in children.get(parent, ()) if process.pid not in keep]
        found += below
        parents += [process.pid for process in below]
    return found


def _end_all(list_them: Callable[[], list[ProcessInfo]], grace: float) -> tuple[Ended, ...]:
    """End what is listed, again and again until nothing is left: ending one may start another."""
    ended: dict[tuple[int, str], Ended] = {}
    deadline = time.monotonic() + grace
    for _ in range(_ROUNDS):
        living = [process for process in list_them() if process.pid != os.getpid() and not process.ended]
        if not living:
            break
        for process in living:
            ended[process.pid, process.started] = Ended(process.pid, process.command(), killed=False)
            _signal(process, _SIGTERM)
        for process in _wait(living, deadline):
            ended[process.pid, process.started] = ended[process.pid, process.started]._replace(killed=True)
            _signal(process, _SIGKILL)
        _wait(living, time.monotonic() + 1)
    return tuple(ended.values())


def _wait(living: list[ProcessInfo], deadline: float) -> list[ProcessInfo]:
    """Wait until all have ended or the time is over; those that are left."""
    while (left := [process for process in living if not _has_ended(process)]) and time.monotonic() < deadline:
        time.sleep(_PAUSE)
    return left


def _has_ended(process: ProcessInfo) -> bool:
    now = _now(process)
    return now is None or now.ended


def _now(process: ProcessInfo) -> ProcessInfo | None:
    """Look at a process again; None if it is gone, even if another one has its number by now."""
    from headway.kernel.process.table import find

    now = find(process.pid)
    return now if now and now.started == process.started else None


def _signal(process: ProcessInfo, number: int) -> None:
    """Signal a process unless its number belongs to another one by now."""
    import signal

    try:
        handle = os.pidfd_open(process.pid) if hasattr(os, "pidfd_open") else -1
    except OSError:
        handle = -1
    try:
        if _now(process) is None:
            return
        if handle >= 0:
            signal.pidfd_send_signal(handle, number)
        else:
            os.kill(process.pid, number)
    except (ProcessLookupError, PermissionError):
        return
    finally:
        if handle >= 0:
            os.close(handle)
