"""Whole commands, measured from outside: wall time, and the peak memory of the process and all below it."""

from __future__ import annotations

import os
import statistics
import subprocess
import threading
import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SAMPLE_SECONDS = 0.002


class Measured(NamedTuple):
    """One run: seconds of wall time, and MiB that the process and its descendants had at the same time at most."""

    seconds: float
    peak: float


def measure(argv: Sequence[str], folder: Path) -> Measured:
    """Run a command to its end, silently. Raises if it fails."""
    start = time.perf_counter()
    null = subprocess.DEVNULL
    process = subprocess.Popen(argv, cwd=folder, stdin=null, stdout=null, stderr=null)
    peak = 0.0
    ended = threading.Event()

    def sample() -> None:
        nonlocal peak
        while not ended.is_set():
            peak = max(peak, resident(process.pid))
            time.sleep(SAMPLE_SECONDS)

    sampler = threading.Thread(target=sample) if MEMORY else None
    if sampler is not None:
        sampler.start()
    code = process.wait()
    seconds = time.perf_counter() - start
    ended.set()
    if sampler is not None:
        sampler.join()
    assert code == 0, f"{' '.join(argv)} ended with {code}"
    return Measured(seconds, peak)


MEMORY = False
"""Whether memory is sampled; that costs the measured command time, so times are taken without it."""


def resident(pid: int) -> float:
    """Return the MiB of resident memory of a process and all below it, shared pages divided among their users."""
    total = 0.0
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        try:
            with open(f"/proc/{one}/smaps_rollup", encoding="ascii") as file:
                total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
            for task in os.listdir(f"/proc/{one}/task"):
                with open(f"/proc/{one}/task/{task}/children", encoding="ascii") as file:
                    waiting.extend(int(child) for child in file.read().split())
        except (OSError, ValueError):
            continue
    return total / 1024


def compare(name: str, ours: Sequence[str], peers: Sequence[str], folder: Path, limit: float, rounds: int = 11) -> None:
    """Run both in turn, and print the medians of their wall times and the ratio against its limit."""
    for command in (ours, peers):
        measure(command, folder)
    pairs = [(measure(ours, folder).seconds, measure(peers, folder).seconds) for _ in range(rounds)]
    mine, theirs = (statistics.median(times) for times in zip(*pairs, strict=True))
    ratio = statistics.median(a / b for a, b in pairs)
    print(
        f"{name:36} headway {mine * 1000:7.1f} ms   act {theirs * 1000:7.1f} ms   ratio {ratio:5.2f} (limit {limit:g})"
    )


def compare_memory(
    name: str, ours: Sequence[str], peers: Sequence[str], folder: Path, limit: float, rounds: int = 5
) -> None:
    """Run both in turn, and print the medians of their peak memory and the ratio against its limit."""
    global MEMORY
    MEMORY = True
    pairs = [(measure(ours, folder).peak, measure(peers, folder).peak) for _ in range(rounds)]
    MEMORY = False
    mine, theirs = (statistics.median(peaks) for peaks in zip(*pairs, strict=True))
    print(f"{name:36} headway {mine:7.1f} MiB  act {theirs:7.1f} MiB  ratio {mine / theirs:5.2f} (limit {limit:g})")


def absolute(name: str, argv: Sequence[str], folder: Path, limit: float, rounds: int = 9) -> None:
    """Run a command several times, and print the median of its wall time against its limit in seconds."""
    measure(argv, folder)
    seconds = statistics.median(measure(argv, folder).seconds for _ in range(rounds))
    print(f"{name:36} {seconds * 1000:7.1f} ms (limit {limit * 1000:.0f} ms)")
