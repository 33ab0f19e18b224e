"""Ctrl-C, and what is left running: nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from typing import TYPE_CHECKING

from tests.project import HEADWAY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.project import Project


@contextlib.contextmanager
def started(project: Project, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*HEADWAY, "run", "--plain", *arguments],
        cwd=project.root,
        env=project.environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(file: Path) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if file.exists() and (text := file.read_text().strip()):
            return text
        time.sleep(0.01)
    raise AssertionError(f"{file.name} did not appear")


def runs(pid: str) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def gone(pid: str) -> bool:
    deadline = time.monotonic() + 20
    while runs(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not runs(pid)


def test_ctrl_c_ends_the_step_and_runs_what_asks_to_run_all_the_same(project: Project, tmp_path: Path) -> None:
    project.steps(
        f"""
- {{id: long, run: "echo $$ > {tmp_path}/pid; exec sleep 300"}}
- {{id: later, run: echo later}}
- {{id: always, if: always(), run: echo always ran}}
- {{id: cancelled, if: cancelled(), run: echo cancelled ran}}
- {{id: failure, if: failure(), run: echo failure ran}}
"""
    )
    with started(project) as process:
        pid = wait_for(tmp_path / "pid")
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "always ran\n" in out
    assert "cancelled ran\n" in out
    assert "| later\n" not in out
    assert "| failure ran\n" not in out
    assert "cancelled: interrupted (SIGINT)" in out
    assert gone(pid)


def test_a_second_ctrl_c_ends_what_ignores_the_first(project: Project, tmp_path: Path) -> None:
    project.steps(f"- run: |\n    trap '' INT TERM\n    echo $$ > {tmp_path}/pid\n    while true; do sleep 0.1; done")
    with started(project) as process:
        pid = wait_for(tmp_path / "pid")
        process.send_signal(signal.SIGINT)
        time.sleep(0.2)
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130
    assert time.monotonic() - began < 7
    assert gone(pid)


def test_cancelling_reaches_all_jobs_and_those_that_wait_never_start(project: Project, tmp_path: Path) -> None:
    project.workflow(
        f"""
  a:
    runs-on: x
    steps: [{{run: 'touch {tmp_path}/a; sleep 300'}}]
  b:
    runs-on: x
    steps: [{{run: 'echo $$ > {tmp_path}/b; sleep 300'}}]
  c:
    needs: [a, b]
    runs-on: x
    steps: [{{run: echo never}}]
  d:
    needs: [a, b]
    if: always()
    runs-on: x
    steps: [{{run: echo cleaning up}}]
"""
    )
    with started(project) as process:
        wait_for(tmp_path / "b")
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "d | cleaning up\n" in out
    assert "| never\n" not in out
    assert "c: cancelled" in out


def test_daemons_that_a_step_leaves_behind_are_ended_with_the_job(project: Project, tmp_path: Path) -> None:
    project.steps(
        f"""
- run: |
    sleep 300 & echo $! > {tmp_path}/plain
    setsid sleep 301 > /dev/null 2>&1 & echo $! > {tmp_path}/session
    env -i setsid sh -c 'echo $$ > {tmp_path}/clean; exec sleep 302' > /dev/null 2>&1 &
    while [ ! -s {tmp_path}/clean ]; do sleep 0.01; done
- run: kill -0 $(cat {tmp_path}/plain) && echo the daemon still serves the next step
"""
    )
    ran = project.run()
    assert ran.code == 0, ran.log()
    assert "the daemon still serves" in ran.log()
    assert all(gone((tmp_path / name).read_text().strip()) for name in ("plain", "session", "clean"))


def test_a_failing_job_of_a_matrix_ends_its_siblings(project: Project, tmp_path: Path) -> None:
    project.workflow(
        f"""
  a:
    runs-on: x
    strategy: {{matrix: {{n: [1, 2]}}}}
    steps:
      - if: matrix.n == 1
        run: until [ -e {tmp_path}/second ]; do sleep 0.01; done; exit 1
      - if: matrix.n == 2
        run: touch {tmp_path}/second; sleep 300
"""
    )
    ran = project.run()
    assert ran.code == 1
    assert ran.job("a#1")["result"] == "cancelled"
    assert ran.job("a#1")["reason"] == "'a (1)' failed, and fail-fast is on"


def test_output_into_a_pipe_that_closes_ends_quietly(project: Project) -> None:
    project.steps("- run: seq 100000")
    script = " ".join([*HEADWAY, "run", "--plain"]) + " | head -1"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=project.root,
        env=project.environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "Traceback" not in done.stderr
    assert os.listdir(project.cache / "work") == []
