"""Running controllers: each in a thread of its own, woken by changes and by the clock, and never ended by an error."""

from __future__ import annotations

import os
import socket
import threading
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from headway.kernel.controllers.leases import LIFE, Leases
from headway.kernel.durable import is_full
from headway.kernel.errors import HeadwayError
from headway.kernel.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import timedelta

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database

_LONGEST_PAUSE = 60.0
_LONGEST_OUTAGE_PAUSE = 5.0
"""After a disk was full or the database away: work goes on soon after they are there again."""


class Controller(NamedTuple):
    """One loop: what it does, and how often at least (seconds).

    ``work`` is idempotent and returns when nothing is left. ``leased``: one server at a time does it.
    """

    name: str
    work: Callable[[], object]
    every: float
    leased: bool = True


class Controllers:
    """All controllers of one server."""

    def __init__(self, database: Database, clock: Clock, life: timedelta = LIFE) -> None:
        self._leases = Leases(database, clock, _holder(), life)
        self._life = life
        self._working: set[str] = set()
        self._controllers: list[tuple[Controller, threading.Event]] = []
        self._threads: list[threading.Thread] = []
        self._ending = threading.Event()

    def add(self, name: str, work: Callable[[], object], *, every: float, leased: bool = True) -> Callable[[], None]:
        """Add a controller, and return what wakes it before its time."""
        wake = threading.Event()
        self._controllers.append((Controller(name, work, every, leased), wake))
        return wake.set

    def start(self) -> None:
        """Start all of them."""
        for controller, wake in self._controllers:
            self._threads.append(
                threading.Thread(target=self._run, args=(controller, wake), name=controller.name, daemon=True)
            )
        self._threads.append(threading.Thread(target=self._keep, name="leases", daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let each finish what it is doing, and give the leases back."""
        self._ending.set()
        for _, wake in self._controllers:
            wake.set()
        for thread in self._threads:
            thread.join(timeout=30)
        try:
            self._leases.release_all()
        except HeadwayError as error:
            log.warning("leases could not be given back; they end by themselves", error=str(error))

    def _run(self, controller: Controller, wake: threading.Event) -> None:
        failures, longest = 0, _LONGEST_PAUSE
        while not self._ending.is_set():
            wake.clear()
            try:
                if not controller.leased:
                    controller.work()
                elif self._leases.hold(controller.name):
                    self._work_leased(controller)
                failures = 0
            except Exception as error:
                failures += 1
                longest = _LONGEST_OUTAGE_PAUSE if _is_outage(error) else _LONGEST_PAUSE
                _tell(controller, failures, error)
            wake.wait(min(longest if failures else _LONGEST_PAUSE, controller.every * 2 ** min(failures, 6)))
            if failures:
                # Being woken by every change must not turn a failure into a busy loop.
                self._ending.wait(min(longest, 0.2 * 2 ** min(failures, 8)))

    def _work_leased(self, controller: Controller) -> None:
        self._working.add(controller.name)
        try:
            controller.work()
        finally:
            self._working.discard(controller.name)

    def _keep(self) -> None:
        """Renew the leases of controllers that are at work: what takes longer than a lease must not be done twice."""
        while not self._ending.wait(self._life.total_seconds() / 6):
            for name in tuple(self._working):
                try:
                    if not self._leases.hold(name) and name in self._working:
                        log.warning("another server took over from a controller that is still at work", controller=name)
                except Exception as error:
                    log.warning("a lease could not be renewed", controller=name, error=str(error))


def _holder() -> str:
    """Return a name that is nobody else's, and that tells an operator which process it is."""
    return f"{socket.gethostname()[:30]}:{os.getpid()}:{uuid4().hex[:16]}"


def _is_outage(error: Exception) -> bool:
    """Whether it is the surroundings that fail, and not the controller."""
    return isinstance(error, HeadwayError) or is_full(error)


def _tell(controller: Controller, failures: int, error: Exception) -> None:
    if _is_outage(error):
        log.warning("a controller has to try again", controller=controller.name, failures=failures, error=str(error))
    else:
        log.exception("a controller failed and tries again", controller=controller.name, failures=failures)
