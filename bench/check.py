"""`headway check` over many real workflow files: those of the conformance data, wherever they are."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    data = Path(os.environ.get("HEADWAY_CONFORMANCE") or Path(__file__).resolve().parents[2] / "shared" / "conformance")
    folder = data / "workflows"
    if not folder.is_dir():
        print(f"{folder} holds no workflows; set HEADWAY_CONFORMANCE to a folder that does")
        return
    files = len([*folder.glob("*.yml"), *folder.glob("*.yaml")])
    command = [str(Path(sys.executable).parent / "headway"), "check", "--offline", "."]
    times = []
    for _ in range(8):
        start = time.perf_counter()
        subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)
        times.append(time.perf_counter() - start)
    print(f"{f'parse and check {files} workflows':36} {statistics.median(times[1:]) * 1000:7.1f} ms (limit 1500 ms)")
