from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from headway.kernel.process import Cancellation, Drains, Grace, ProcessEnd, run_process

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

QUICK = Grace(interrupt=0.05, terminate=0.05, quiet=0.05, drain=0.5)
NEVER = Grace(interrupt=600, terminate=600, quiet=0.05, drain=0.5)
STUBBORN = "trap '' INT TERM; echo ready; while :; do sleep 0.01; done"


class Shell:
    """Runs shell scripts and keeps what they print."""

    def __init__(self, cwd: Path) -> None:
        self.cwd = str(cwd)
        self.printed = b""
        self.cancel = Cancellation()
        self.drains = Drains()
        self.on_output: Callable[[], None] = lambda: None
        self.output: Callable[[bytes], None] = self.collect

    def collect(self, data: bytes) -> None:
        self.printed += data
        self.on_output()

    def __call__(
        self,
        *argv: str,
        timeout: float | None = None,
        grace: Grace = QUICK,
        stdin: int | None = None,
        keep: bool = True,
    ) -> ProcessEnd:
        return run_process(
            argv if len(argv) > 1 else ["sh", "-c", *argv],
            cwd=self.cwd,
            env={"PATH": os.environ["PATH"], "GREETING": "hello"},
            output=self.output,
            cancel=self.cancel,
            timeout=timeout,
            tracking_id="tracking-id",
            grace=grace,
            stdin=stdin,
            drains=self.drains if keep else None,
        )


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    shell = Shell(tmp_path)
    yield shell
    shell.drains.close()


@pytest.fixture(params=["pidfd", "polling"])
def both_ways_of_waiting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "polling":
        monkeypatch.delattr(os, "pidfd_open", raising=False)


def open_descriptors() -> int:
    return len(os.listdir("/dev/fd"))


def test_both_streams_arrive_in_order_and_the_exit_code_is_told(shell: Shell) -> None:
    end = shell("echo one; echo two >&2; echo three; exit 3")
    assert (shell.printed, end) == (b"one\ntwo\nthree\n", ProcessEnd(3, "exited"))


@pytest.mark.usefixtures("both_ways_of_waiting")
def test_a_process_ended_by_a_signal_has_the_exit_code_that_a_shell_shows(shell: Shell) -> None:
    assert shell("kill -TERM $$") == ProcessEnd(128 + 15, "exited", signal.SIGTERM)


def test_the_process_gets_the_folder_the_environment_and_the_tracking_id(shell: Shell) -> None:
    shell("pwd; echo $GREETING; echo $RUNNER_TRACKING_ID")
    assert shell.printed.decode().split() == [os.path.realpath(shell.cwd), "hello", "tracking-id"]


def test_the_process_reads_nothing_unless_it_is_given_something(shell: Shell) -> None:
    assert shell("cat").exit_code == 0
    reader, writer = os.pipe()
    os.write(writer, b"given")
    os.close(writer)
    shell("cat", "-", stdin=reader)
    os.close(reader)
    assert shell.printed == b"given"


def test_the_process_leads_a_session_of_its_own(shell: Shell) -> None:
    shell(sys.executable, "-c", "import os; print(os.getsid(0) == os.getpid() == os.getpgid(0))")
    assert shell.printed == b"True\n"


def test_no_descriptor_but_the_standard_ones_is_inherited(shell: Shell, tmp_path: Path) -> None:
    with open(tmp_path / "open", "w") as file:
        os.set_inheritable(file.fileno(), True)
        shell(sys.executable, "-c", f"import os; os.fstat({file.fileno()})")
    assert b"Bad file descriptor" in shell.printed


@pytest.mark.usefixtures("both_ways_of_waiting")
def test_fifty_megabytes_arrive_whole(shell: Shell) -> None:
    size = 0

    def count(data: bytes) -> None:
        nonlocal size
        size += len(data)

    shell.output = count
    assert shell("head -c 50000000 /dev/zero").exit_code == 0
    assert size == 50_000_000


def test_output_without_a_line_end_arrives(shell: Shell) -> None:
    shell("printf 'no end'")
    assert shell.printed == b"no end"


@pytest.mark.usefixtures("both_ways_of_waiting")
def test_a_process_that_closes_its_output_early_is_still_waited_for(shell: Shell) -> None:
    assert shell("exec >&- 2>&-; sleep 0.05; exit 7") == ProcessEnd(7, "exited")


def test_nothing_is_started_after_a_cancellation(shell: Shell, tmp_path: Path) -> None:
    shell.cancel.cancel("no longer wanted")
    assert shell("touch started") == ProcessEnd(130, "cancelled", None, "no longer wanted")
    assert not (tmp_path / "started").exists()


@pytest.mark.usefixtures("both_ways_of_waiting")
def test_a_cancelled_process_is_interrupted_and_may_clean_up(shell: Shell) -> None:
    shell.on_output = lambda: shell.cancel.cancel("stop")
    end = shell("trap 'echo cleaned; exit 9' INT; echo ready; while :; do sleep 0.01; done", grace=NEVER)
    assert end == ProcessEnd(9, "cancelled", None, "stop")
    assert shell.printed == b"ready\ncleaned\n"


def test_the_interrupt_reaches_the_whole_group(shell: Shell) -> None:
    child = "import time; print('ready', flush=True); time.sleep(60)"
    shell.on_output = lambda: shell.cancel.cancel("stop")
    shell(f'"{sys.executable}" -c "{child}"; exit 4', grace=NEVER)
    assert b"KeyboardInterrupt" in shell.printed


def test_a_process_that_ignores_the_interrupt_is_terminated(shell: Shell) -> None:
    shell.on_output = lambda: shell.cancel.cancel("stop")
    end = shell("trap '' INT; echo ready; while :; do sleep 0.01; done")
    assert (end.how, end.signal) == ("cancelled", signal.SIGTERM)


@pytest.mark.usefixtures("both_ways_of_waiting")
def test_a_process_that_ignores_both_is_killed(shell: Shell) -> None:
    shell.on_output = lambda: shell.cancel.cancel("stop")
    end = shell(STUBBORN)
    assert (end.exit_code, end.how, end.signal) == (137, "cancelled", signal.SIGKILL)


@pytest.mark.parametrize("before", [True, False])
def test_killing_waits_for_no_grace(shell: Shell, before: bool) -> None:
    def stop() -> None:
        if before:
            shell.cancel.cancel("stop")
        threading.Timer(0.05, shell.cancel.kill).start()

    shell.on_output = stop
    end = shell(STUBBORN, grace=NEVER)
    assert (end.how, end.signal) == ("cancelled", signal.SIGKILL)


def test_a_process_that_runs_too_long_climbs_the_same_ladder(shell: Shell) -> None:
    end = shell("trap 'echo int' INT; trap 'echo term' TERM; while :; do sleep 0.01; done", timeout=1)
    assert (end.how, end.signal, end.exit_code) == ("timed-out", signal.SIGKILL, 137)
    assert [line for line in shell.printed.split() if line != b"Terminated"] == [b"int", b"term"]
    assert "longer" in end.reason


def test_a_timed_out_process_can_be_killed(shell: Shell) -> None:
    shell.on_output = shell.cancel.kill
    end = shell("trap 'echo interrupted' INT; while :; do sleep 0.01; done", timeout=1, grace=NEVER)
    assert (end.how, end.signal) == ("timed-out", signal.SIGKILL)


def test_a_flood_of_output_does_not_keep_a_cancellation_from_working(shell: Shell) -> None:
    shell.on_output = lambda: shell.cancel.cancel("stop")
    shell.output = lambda _: shell.on_output()
    assert shell("yes", "flood", grace=NEVER).how == "cancelled"


def test_a_failing_receiver_ends_the_process(shell: Shell) -> None:
    def fail(_: bytes) -> None:
        raise RuntimeError("disk full")

    shell.output = fail
    before = open_descriptors()
    with pytest.raises(RuntimeError, match="disk full"):
        shell(STUBBORN, grace=NEVER)
    assert open_descriptors() == before
    with pytest.raises(ChildProcessError):
        os.waitpid(shell.drains.sessions[0], os.WNOHANG)


def test_late_output_of_a_background_process_still_arrives(shell: Shell) -> None:
    arrived = threading.Event()
    end = shell("(while [ ! -e go ]; do sleep 0.01; done; echo late) & echo early")
    assert (end, shell.printed, shell.drains.open) == (ProcessEnd(0, "exited"), b"early\n", 1)
    shell.on_output = arrived.set
    open(f"{shell.cwd}/go", "w").close()
    assert arrived.wait(30)
    shell.drains.close()
    assert shell.printed == b"early\nlate\n"


def test_what_a_background_process_prints_during_the_grace_belongs_to_the_output(shell: Shell) -> None:
    shell("(sleep 0.1; echo late) & echo early", grace=Grace(quiet=30, drain=30), keep=False)
    assert shell.printed == b"early\nlate\n"


def test_a_background_process_that_never_falls_silent_does_not_hold_the_step_up(shell: Shell) -> None:
    end = shell("yes & echo $! > pid", grace=Grace(quiet=30, drain=0.05))
    with open(f"{shell.cwd}/pid") as file:
        os.kill(int(file.read()), signal.SIGKILL)
    assert end.exit_code == 0


def test_a_cancellation_cuts_the_wait_for_late_output_short(shell: Shell) -> None:
    shell.on_output = threading.Timer(0.05, shell.cancel.cancel).start
    end = shell("sleep 60 & echo $!", grace=Grace(quiet=600, drain=600))
    os.kill(int(shell.printed), signal.SIGKILL)
    assert end == ProcessEnd(0, "exited")


@pytest.mark.skipif(not hasattr(os, "waitid"), reason="cannot wait without reaping")
@pytest.mark.usefixtures("both_ways_of_waiting")
def test_a_cancellation_after_the_exit_changes_nothing_and_loses_nothing(shell: Shell) -> None:
    def stop() -> None:
        shell.on_output = lambda: None
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        shell.cancel.kill("too late")

    shell.on_output = stop
    end = shell("sleep 60 & echo $!; echo more; echo last", keep=False)
    os.kill(int(shell.printed.split()[0]), signal.SIGKILL)
    assert end == ProcessEnd(0, "exited")
    assert shell.printed.endswith(b"last\n")


def test_closing_the_drains_does_not_wait_for_a_process_that_prints_without_end(shell: Shell) -> None:
    shell("yes & echo $! > pid", grace=Grace(quiet=0.01, drain=0.01))
    shell.drains.close()
    assert shell.drains.open == 0
    with open(f"{shell.cwd}/pid") as file, contextlib.suppress(ProcessLookupError):
        os.kill(int(file.read()), signal.SIGKILL)  # it may have died of its closed pipe already


def test_a_timeout_of_years_is_no_problem(shell: Shell) -> None:
    assert shell("true", "", timeout=1e12).exit_code == 0


def test_closing_the_drains_leaves_no_thread_and_no_descriptor(shell: Shell) -> None:
    before = open_descriptors()
    for _ in range(3):
        shell("sleep 60 & echo $!")
    assert shell.drains.open == 3
    shell.drains.close()
    shell.drains.close()
    assert (open_descriptors(), shell.drains.open) == (before, 0)
    shell("sleep 60 & echo $!")
    assert open_descriptors() == before
    for pid in shell.printed.split():
        os.kill(int(pid), signal.SIGKILL)


def test_two_hundred_runs_leave_no_descriptor_open(shell: Shell) -> None:
    before = open_descriptors()
    for number in range(200):
        shell("true", "", timeout=60 if number % 2 else None)
    assert open_descriptors() == before


def test_twenty_threads_run_processes_at_once(tmp_path: Path) -> None:
    results: list[tuple[int, bytes]] = []

    def work(number: int) -> None:
        shell = Shell(tmp_path)
        end = shell(f"echo {number}; seq 20000; exit {number}")
        results.append((end.exit_code, shell.printed))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    numbers = b"".join(b"%d\n" % each for each in range(1, 20001))
    assert sorted(results) == [(number, b"%d\n" % number + numbers) for number in range(20)]
