"""Waiting for an engine, as long as the job may."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from headway.kernel.errors import DeadlineError, HeadwayError

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.integration.execution.job import JobRun
    from headway.kernel.process import Cancellation

Result = TypeVar("Result")

_TURN = 0.1


def interruptible(job: JobRun, cancel: Cancellation, what: str, work: Callable[[], Result]) -> Result:
    """Return what ``work`` comes to, unless it is cancelled or the job's time is over: then it is left to itself.

    ``work`` is what cannot be interrupted, such as fetching an image. Raises ``HeadwayError``, that of the work too.
    """
    results: list[Result] = []
    errors: list[Exception] = []
    done = threading.Event()

    def run() -> None:
        try:
            results.append(work())
        except Exception as error:  # handed on to the thread that waits
            errors.append(error)
        finally:
            done.set()

    threading.Thread(target=run, name=what, daemon=True).start()
    while not done.wait(_TURN if not done.is_set() else 0):
        give_up_if_asked(job, cancel, what)
    if errors:
        raise errors[0]
    return results[0]


def give_up_if_asked(job: JobRun, cancel: Cancellation, what: str) -> None:
    """Raise ``HeadwayError`` when it is cancelled, ``DeadlineError`` when the job has no time left."""
    if cancel.requested:
        raise HeadwayError(f"{what} was given up: {cancel.reason}")
    if job.deadline is not None and job.clock() > job.deadline:
        raise DeadlineError(f"{what} was given up: the job has used up its time")
