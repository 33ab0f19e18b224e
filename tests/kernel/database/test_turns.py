from __future__ import annotations

import threading
import time

import pytest

from headway.kernel.database.turns import NoTurnError, Turns


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


def test_who_came_first_is_first_even_if_a_busy_one_comes_again_at_once() -> None:
    turns, order = Turns(1), []

    def waits(name: int) -> None:
        with turns.taken(10):
            order.append(name)

    with turns.taken(1):
        threads = []
        for name in range(5):
            threads.append(threading.Thread(target=waits, args=(name,)))
            threads[-1].start()
            while len(turns._waiting) <= name:
                time.sleep(0.001)
    waits(99)  # the busy one: it gave its place back, and asks again
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4, 99]


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
