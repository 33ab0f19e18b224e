from __future__ import annotations

import threading
import time

import pytest

from headway.kernel.database.turns import PATIENCE_SECONDS, NoTurnError, Turns


def test_no_more_than_there_are_places_are_taken_at_once() -> None:
    turns, inside, most, lock = Turns(3), [0], [0], threading.Lock()

    def work() -> None:
        for _ in range(50):
            with turns.taken(10):
                with lock:
                    inside[0] += 1
                    most[0] = max(most[0], inside[0])
                time.sleep(0)
                with lock:
                    inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= most[0] <= 3
    assert inside[0] == 0


def test_who_has_waited_for_long_is_not_passed_over_by_one_who_comes_again_at_once() -> None:
    now = [0.0]
    turns, order = Turns(1, lambda: now[0]), []

    def waits() -> None:
        with turns.taken(1000):
            order.append("waited")

    with turns.taken(1):
        thread = threading.Thread(target=waits)
        thread.start()
        while not turns._waiting:
            time.sleep(0.001)
        now[0] += PATIENCE_SECONDS
    with turns.taken(1000):  # the busy one: it gave its place back, and asks again
        order.append("busy")
    thread.join()
    assert order == ["waited", "busy"]


def test_everybody_who_waits_gets_a_place_though_others_never_rest() -> None:
    turns, ending, counts = Turns(2), threading.Event(), [0] * 6

    def busy(name: int) -> None:
        while not ending.is_set():
            with turns.taken(30):
                counts[name] += 1

    threads = [threading.Thread(target=busy, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    while min(counts) < 3:
        time.sleep(0.01)
    ending.set()
    for thread in threads:
        thread.join()
    assert not turns._waiting


def test_waiting_ends_and_leaves_no_trace() -> None:
    turns = Turns(1)
    with turns.taken(1), pytest.raises(NoTurnError), turns.taken(0.01):
        pass
    with turns.taken(0.01):
        pass


def test_a_place_is_given_back_when_the_work_fails() -> None:
    turns = Turns(1)
    with pytest.raises(ZeroDivisionError), turns.taken(1):
        raise ZeroDivisionError
    with turns.taken(0.01):
        pass
