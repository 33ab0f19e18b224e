from __future__ import annotations

import gc
import os
import select
import signal
import threading
import weakref

import pytest

from headway.kernel.process import Cancellation


def is_readable(descriptor: int) -> bool:
    return bool(select.select([descriptor], [], [], 0)[0])


def test_nothing_is_requested_at_first() -> None:
    cancel = Cancellation()
    assert (cancel.requested, cancel.killed, cancel.reason, cancel.wait(0)) == (False, False, "", False)


def test_only_the_first_reason_is_kept() -> None:
    cancel = Cancellation()
    cancel.cancel("first")
    cancel.cancel("second")
    cancel.kill("third")
    assert (cancel.requested, cancel.killed, cancel.reason) == (True, True, "first")


def test_killing_implies_cancelling() -> None:
    cancel = Cancellation()
    cancel.kill("at once")
    assert (cancel.requested, cancel.killed, cancel.reason, cancel.wait()) == (True, True, "at once", True)


def test_a_child_follows_its_parent_but_not_the_reverse() -> None:
    run = Cancellation()
    job, other = run.child(), run.child()
    step = job.child()
    job.cancel("job too long")
    assert [each.requested for each in (run, job, other, step)] == [False, True, False, True]
    run.kill("terminal closed")
    assert [each.killed for each in (run, job, other, step)] == [True] * 4
    assert [each.reason for each in (job, other, step)] == ["job too long", "terminal closed", "job too long"]


def test_a_child_made_late_is_requested_at_once() -> None:
    run = Cancellation()
    run.kill("over")
    assert (run.child().killed, run.child().reason) == (True, "over")


def test_a_cancelled_child_is_still_killed_through_its_parent() -> None:
    run = Cancellation()
    run.cancel("stop")
    step = run.child().child()
    assert (step.requested, step.killed) == (True, False)
    run.kill()
    assert step.killed


def test_children_that_nobody_holds_are_forgotten() -> None:
    run = Cancellation()
    job = weakref.ref(run.child())
    gc.collect()
    assert job() is None


def test_a_grandchild_follows_even_when_nobody_holds_the_one_between() -> None:
    run = Cancellation()
    step = run.child().child()
    gc.collect()
    run.cancel("stop")
    assert step.requested


def test_each_wakeup_hears_of_both_stages() -> None:
    cancel = Cancellation()
    with cancel.wakeup() as first, cancel.child().wakeup() as second:
        for change in (cancel.cancel, cancel.kill):
            assert [is_readable(first.fd), is_readable(second.fd)] == [False, False]
            change("now")
            assert [is_readable(first.fd), is_readable(second.fd)] == [True, True]
            first.clear()
            second.clear()


def test_a_wakeup_made_late_is_readable_at_once() -> None:
    cancel = Cancellation()
    cancel.cancel("stop")
    with cancel.wakeup() as wakeup:
        assert is_readable(wakeup.fd)
        wakeup.clear()
        wakeup.clear()
        assert not is_readable(wakeup.fd)


def test_a_wakeup_that_nobody_reads_never_blocks() -> None:
    with Cancellation().wakeup() as wakeup:
        for _ in range(100_000):
            wakeup.notify()
        assert is_readable(wakeup.fd)


def test_a_closed_wakeup_is_no_longer_written_to() -> None:
    cancel = Cancellation()
    before = len(os.listdir("/dev/fd"))
    with cancel.wakeup():
        pass
    cancel.cancel("stop")
    assert len(os.listdir("/dev/fd")) == before


def test_waiting_threads_are_woken() -> None:
    cancel = Cancellation()
    woken: list[bool] = []
    threads = [threading.Thread(target=lambda: woken.append(cancel.child().wait(60))) for _ in range(5)]
    threads += [threading.Thread(target=lambda: woken.append(cancel.wait(60))) for _ in range(5)]
    for thread in threads:
        thread.start()
    cancel.cancel("stop")
    for thread in threads:
        thread.join()
    assert woken == [True] * 10


def test_waiting_ends_with_the_timeout() -> None:
    assert not Cancellation().wait(0.01)


@pytest.mark.skipif(threading.current_thread() is not threading.main_thread(), reason="signals")
def test_a_signal_handler_may_cancel_even_while_its_thread_holds_the_lock() -> None:
    cancel = Cancellation()
    previous = signal.signal(signal.SIGUSR1, lambda *_: cancel.cancel("signal"))
    try:
        with cancel._condition:
            os.kill(os.getpid(), signal.SIGUSR1)
            assert cancel.reason == "signal"
    finally:
        signal.signal(signal.SIGUSR1, previous)
