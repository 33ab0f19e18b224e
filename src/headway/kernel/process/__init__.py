"""Child processes: starting, reading, cancelling and clearing up after them."""

from headway.kernel.process.cancellation import Cancellation, Wakeup
from headway.kernel.process.drains import Drains
from headway.kernel.process.orphans import Ended, become_subreaper, end_descendants, end_tracked_processes
from headway.kernel.process.run import TRACKING_VARIABLE, Grace, How, ProcessEnd, never_started, run_process
from headway.kernel.process.spawn import spawn

__all__ = [
    "TRACKING_VARIABLE",
    "Cancellation",
    "Drains",
    "Ended",
    "Grace",
    "How",
    "ProcessEnd",
    "Wakeup",
    "become_subreaper",
    "end_descendants",
    "end_tracked_processes",
    "never_started",
    "run_process",
    "spawn",
]
