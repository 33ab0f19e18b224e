from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import uuid
from typing import TYPE_CHECKING, Any

import pytest

from headway.kernel.process import Drains, orphans, table
from headway.kernel.process.orphans import Ended, end_tracked_processes

if TYPE_CHECKING:
    from collections.abc import Iterator

linux_only = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="needs /proc")

PRELUDE = """
import json, os, subprocess, sys, time
from headway.kernel.process import *
from headway.kernel.process.table import processes

drains = Drains()
printed = []

def run(script, *expected, tracking_id="tracked-" + str(os.getpid())):
    run_process(["sh", "-c", script], cwd="/", env={"PATH": os.environ["PATH"]}, output=printed.append,
                cancel=Cancellation(), timeout=None, tracking_id=tracking_id, grace=Grace(quiet=0.01),
                drains=drains)
    while set(expected) - {process.command() for process in processes()}:
        time.sleep(0.01)
    return tracking_id

def report(*found):
    drains.close()
    print(json.dumps([sorted([each.command, each.killed] for each in ended) for ended in found]))
"""


def in_a_process_of_its_own(script: str) -> Any:
    """Run a script that changes process-wide state or ends all that is below it; what it reports."""
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + script], capture_output=True, text=True, check=False, timeout=100
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


@pytest.fixture
def name() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def sleeper(name: str) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["sleep", "600"], env={**os.environ, "RUNNER_TRACKING_ID": name}) as process:
        yield process
        process.kill()


def test_what_carries_the_tracking_id_is_ended_and_told() -> None:
    found = in_a_process_of_its_own("""
tracking_id = run("sleep 601 & setsid sleep 602 &", "sleep 601", "sleep 602")
report(end_tracked_processes([tracking_id]), end_tracked_processes([tracking_id]))
""")
    assert found == [[["sleep 601", False], ["sleep 602", False]], []]


def test_what_ignores_the_polite_signal_is_killed() -> None:
    found = in_a_process_of_its_own("""
tracking_id = run("(trap '' TERM; exec sleep 603) &", "sleep 603")
report(end_tracked_processes([tracking_id], grace=0.1))
""")
    assert found == [[["sleep 603", True]]]


def test_what_is_stopped_is_killed() -> None:
    found = in_a_process_of_its_own("""
tracking_id = run("sleep 604 & while ! ps -o comm= -p $! | grep -q sleep; do :; done; kill -STOP $!")
report(end_tracked_processes([tracking_id], grace=0.1))
""")
    assert found == [[["sleep 604", True]]]


@linux_only
def test_what_cleared_its_environment_is_found_by_its_session() -> None:
    found = in_a_process_of_its_own("""
tracking_id = run("env -i sleep 605 &", "sleep 605")
report(end_tracked_processes([tracking_id]), end_tracked_processes([tracking_id], sessions=drains.sessions))
""")
    assert found == [[], [["sleep 605", False]]]


@linux_only
def test_a_daemon_that_hides_from_both_is_ended_with_the_run() -> None:
    found = in_a_process_of_its_own("""
assert become_subreaper()
tracking_id = run("env -i setsid sh -c 'sleep 606 & sleep 607 & exit' &", "sleep 606", "sleep 607")
report(end_tracked_processes([tracking_id], sessions=drains.sessions), end_descendants(), end_descendants())
try:
    os.waitpid(-1, os.WNOHANG)
    print("a child is left")
except ChildProcessError:
    pass
""")
    assert found == [[], [["sleep 606", False], ["sleep 607", False]], []]


@linux_only
def test_what_starts_another_while_it_is_ended_does_not_escape() -> None:
    found = in_a_process_of_its_own("""
become_subreaper()
run("(trap 'setsid sleep 608 & exit' TERM; echo ready; while :; do sleep 0.01; done) &")
while b"ready" not in b"".join(printed):
    time.sleep(0.01)
ended = end_descendants(grace=5)
try:
    os.waitpid(-1, os.WNOHANG)
    print("a child is left")
except ChildProcessError:
    report(ended)
""")
    assert len(found[0]) >= 2


@linux_only
def test_only_descendants_are_ended(sleeper: subprocess.Popen[bytes]) -> None:
    found = in_a_process_of_its_own("""
become_subreaper()
run("sleep 609 &", "sleep 609")
report(end_descendants())
""")
    assert found == [[["sleep 609", False]]]
    assert sleeper.poll() is None


@linux_only
def test_what_shall_be_kept_is_kept_with_all_below_it() -> None:
    found = in_a_process_of_its_own("""
become_subreaper()
kept = subprocess.Popen(["sh", "-c", "sleep 610 & wait"], stdout=subprocess.DEVNULL, start_new_session=True)
run("sleep 611 &", "sleep 610", "sleep 611")
ended = end_descendants(keep=[kept.pid])
assert kept.poll() is None
kept.kill()
kept.wait()
report(ended, end_descendants())
""")
    assert found == [[["sleep 611", False]], [["sleep 610", False]]]


@linux_only
def test_nothing_is_looked_for_when_there_are_no_children() -> None:
    assert in_a_process_of_its_own("""
become_subreaper()
run("true")
os.listdir = None
report(end_tracked_processes(["x"]), end_descendants())
""") == [[], []]


def test_a_process_without_children_has_no_descendants() -> None:
    assert in_a_process_of_its_own("report(end_descendants())") == [[]]


def test_the_tracking_id_must_match_as_a_whole(sleeper: subprocess.Popen[bytes], name: str) -> None:
    assert end_tracked_processes([name[:-1], f"{name}1", name[1:]]) == ()
    assert end_tracked_processes([name]) == (Ended(sleeper.pid, "sleep 600", killed=False),)
    assert sleeper.wait() == -signal.SIGTERM


def test_a_number_that_another_process_got_meanwhile_is_not_signalled(sleeper: subprocess.Popen[bytes]) -> None:
    process = table.find(sleeper.pid)
    assert process is not None
    orphans._signal(process._replace(started="earlier"), signal.SIGKILL)
    assert table.find(sleeper.pid) == process
    assert not process.ended


@linux_only
def test_a_session_whose_number_was_reused_is_left_alone() -> None:
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as other:
        assert end_tracked_processes([], sessions=[other.pid]) == ()
        assert other.poll() is None
        other.kill()


@linux_only
def test_a_name_with_parentheses_and_blanks_is_read_right(tmp_path: Any) -> None:
    program = tmp_path / "a) S 1 (b"
    shutil.copy("/bin/sleep", program)
    with subprocess.Popen([program, "600"]) as process:
        found = table.find(process.pid)
        process.kill()
    assert found is not None
    assert (found.parent, found.name[:5], found.ended) == (os.getpid(), "a) S ", False)


@pytest.mark.skipif(shutil.which("ps") is None, reason="needs ps")
def test_ps_tells_what_proc_tells(sleeper: subprocess.Popen[bytes], name: str) -> None:
    (found,) = (process for process in table.from_ps() if process.pid == sleeper.pid)
    assert (found.parent, found.ended, found.name) == (os.getpid(), False, "sleep")
    assert found.carries((f"RUNNER_TRACKING_ID={name}".encode(),))
    assert not found.carries((f"RUNNER_TRACKING_ID={name}1".encode(),))
    assert found.command() == "sleep 600"


def test_processes_that_end_while_they_are_listed_do_no_harm() -> None:
    gone = table.ProcessInfo(2**22 + 1, 1, 1, "1", ended=False, name="gone")
    assert (gone.command(), gone.carries((b"A=b",)), table.find(gone.pid)) == ("[gone]", False, None)
    orphans._signal(gone, signal.SIGTERM)


def test_the_drains_of_a_job_know_its_sessions() -> None:
    assert Drains().sessions == []
