from __future__ import annotations

import threading
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

import pytest

from headway.integration.execution.host import Host
from headway.integration.execution.sources import ActionSource
from headway.integration.local.events import JobBegan, JobEnded, RunBegan, RunEnded, RunEvent, StepEnded
from headway.integration.local.runner import RunDriver
from headway.integration.planning.scheduler import new_run
from tests.integration.planning.runs import workflow

if TYPE_CHECKING:
    from pathlib import Path

    from headway.integration.execution.listener import FailedStep
    from headway.integration.planning.state import RunState


class Driven:
    """A run on this machine, and what was told of it."""

    def __init__(self, folder: Path, jobs: str, **more: Any) -> None:
        github: dict[str, Any] = {"event_name": "push", "repository": "acme/shop", "event_path": "/none"}
        self.state: RunState = new_run(workflow(f"on: push\njobs:\n{jobs}"), github=github)
        environment = {"PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": str(folder)}
        source = ActionSource(str(folder), offline=True)
        host = Host(str(folder), str(folder), environment, None, source, tool_cache=str(folder / "tools"))
        self.told: list[RunEvent] = []
        self.lock = threading.Lock()
        self.driver = RunDriver(self.state, host._replace(**more.pop("host", {})), self.tell, **more)

    def tell(self, event: RunEvent) -> None:
        with self.lock:
            self.told.append(event)

    def run(self) -> str | None:
        return self.driver.run().result

    def ends(self) -> dict[str, tuple[str, str]]:
        return {event.job: (event.result, event.reason) for event in self.told if isinstance(event, JobEnded)}


def job(id_: str, run: str = "exit 0", more: str = "") -> str:
    return f"  {id_}: {{runs-on: x, {more}steps: [{{id: s, run: '{run}'}}]}}\n"


def test_a_run_begins_and_ends_with_all_its_jobs_between(tmp_path: Path) -> None:
    driven = Driven(tmp_path, job("a") + job("b", more="needs: a, "))
    assert driven.run() == "success"
    first, *_, last = driven.told
    assert first == RunBegan("test.yml", "", "push", ("a", "b"))
    assert isinstance(last, RunEnded)
    assert [event.job for event in driven.told if isinstance(event, JobBegan)] == ["a", "b"]
    assert driven.ends() == {"a": ("success", ""), "b": ("success", "")}


def test_the_end_of_each_job_is_told_once(tmp_path: Path) -> None:
    driven = Driven(tmp_path, job("a", "exit 1") + job("b", more="needs: a, ") + job("c", more="needs: b, "))
    assert driven.run() == "failure"
    assert [event.job for event in driven.told if isinstance(event, JobEnded)] == ["a", "b", "c"]
    assert driven.ends()["b"] == ("skipped", "it comes after 'a', which failed")


def test_every_combination_is_told_and_its_job_is_not_told_besides(tmp_path: Path) -> None:
    driven = Driven(tmp_path, job("a", more="strategy: {matrix: {n: [1, 2]}}, "))
    driven.run()
    assert sorted(driven.ends()) == ["a#0", "a#1"]


def test_jobs_have_folders_of_their_own_whatever_their_keys(tmp_path: Path) -> None:
    driven = Driven(tmp_path, job("a", more=f"strategy: {{matrix: {{n: ['/../x', \"{'y' * 300}\"]}}}}, "))
    assert driven.run() == "success"
    assert sorted(path.name for path in tmp_path.iterdir() if path.name[0].isdigit()) == ["1-a-0", "2-a-1"]


def test_a_gate_keeps_a_job_from_this_machine_with_its_reason(tmp_path: Path) -> None:
    driven = Driven(tmp_path, job("a") + job("b"), gate=lambda instance: "not here" if instance.key == "a" else "")
    assert driven.run() == "success"
    assert driven.ends()["a"] == ("skipped", "not here")
    assert [event.job for event in driven.told if isinstance(event, JobBegan)] == ["b"]


def test_cancelling_before_the_run_begins_runs_nothing(tmp_path: Path) -> None:
    driven = Driven(tmp_path, job("a", "sleep 60"))
    driven.driver.cancel("changed my mind")
    assert driven.run() == "cancelled"
    assert driven.ends()["a"][0] == "cancelled"


def test_killing_ends_what_runs(tmp_path: Path) -> None:
    driven = Driven(tmp_path, job("a", "sleep 60"))

    def tell(event: RunEvent) -> None:
        driven.told.append(event)
        if isinstance(event, JobBegan):
            driven.driver.kill()

    driven.driver._tell = tell
    assert driven.run() == "cancelled"


def test_a_place_is_offered_where_a_step_failed_and_only_there(tmp_path: Path) -> None:
    failed: list[FailedStep] = []
    Driven(tmp_path, job("a", "exit 3") + job("b"), on_failure=failed.append).run()
    (place,) = failed
    assert place.directory == str(tmp_path / "1-a/shop")
    assert place.environment["GITHUB_JOB"] == "a"


@pytest.fixture
def raised(monkeypatch: pytest.MonkeyPatch) -> SimpleQueue[type[BaseException]]:
    """Return where the exceptions of threads arrive, so that a test can wait for them."""
    found: SimpleQueue[type[BaseException]] = SimpleQueue()
    monkeypatch.setattr(threading, "excepthook", lambda arguments: found.put(arguments.exc_type))
    return found


def test_a_fault_of_ours_ends_its_job_and_the_run_and_asks_to_be_reported(
    tmp_path: Path, raised: SimpleQueue[type[BaseException]]
) -> None:
    driven = Driven(tmp_path, job("a") + job("b", more="needs: a, "), host={"environment": None})
    assert driven.run() == "failure"
    result, reason = driven.ends()["a"]
    assert result == "failure"
    assert reason.startswith("Headway itself failed, please report it: ")
    assert driven.ends()["b"][0] == "skipped"
    assert issubclass(raised.get(timeout=30), TypeError | AttributeError)


def test_a_view_that_fails_does_not_leave_the_run_waiting(
    tmp_path: Path, raised: SimpleQueue[type[BaseException]]
) -> None:
    driven = Driven(tmp_path, job("a"))

    def tell(event: RunEvent) -> None:
        if isinstance(event, StepEnded):
            raise ValueError("the view is broken")
        driven.told.append(event)

    driven.driver._tell = tell
    assert driven.run() == "failure"
    assert driven.ends()["a"][1].endswith("ValueError: the view is broken")
    assert raised.get(timeout=30) is ValueError
