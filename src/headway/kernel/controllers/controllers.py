"""Running controllers: each in a thread of its own, woken by changes and by the clock, and never ended by an error."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, NamedTuple
from uuid import uuid4

from headway.kernel.controllers.leases import Leases
from headway.kernel.errors import HeadwayError
from headway.kernel.logs import log

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database

_LONGEST_PAUSE = 60.0


class Controller(NamedTuple):
    """One loop: what it does, and how often at least (seconds).

    ``work`` is idempotent and returns when nothing is left.
    """

    name: str
    work: Callable[[], object]
    every: float


class Controllers:
    """All controllers of one server."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._leases = Leases(database, clock, uuid4().hex)
        self._controllers: list[tuple[Controller, threading.Event]] = []
        self._threads: list[threading.Thread] = []
        self._ending = threading.Event()

    def add(self, name: str, work: Callable[[], object], *, every: float) -> Callable[[], None]:
        """Add a controller, and return what wakes it before its time."""
        wake = threading.Event()
        self._controllers.append((Controller(name, work, every), wake))
        return wake.set

    def start(self) -> None:
        """Start all of them."""
        for controller, wake in self._controllers:
            thread = threading.Thread(target=self._run, args=(controller, wake), name=controller.name, daemon=True)
            self._threads.append(thread)
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
        failures = 0
        while not self._ending.is_set():
            wake.clear()
            try:
                if self._leases.hold(controller.name):
                    controller.work()
                failures = 0
            except Exception as error:
                failures += 1
                _tell(controller, failures, error)
            wake.wait(min(_LONGEST_PAUSE, controller.every * 2 ** min(failures, 6)))
            if failures:
                # Being woken by every change must not turn a failure into a busy loop.
                self._ending.wait(min(_LONGEST_PAUSE, 0.2 * 2 ** min(failures, 8)))


def _tell(controller: Controller, failures: int, error: Exception) -> None:
    if isinstance(error, HeadwayError):
        log.warning("a controller has to try again", controller=controller.name, failures=failures, error=str(error))
    else:
        log.exception("a controller failed and tries again", controller=controller.name, failures=failures)
