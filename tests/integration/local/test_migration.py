from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from headway.integration.execution.host import system
from headway.integration.execution.sources import ActionSource
from headway.integration.local.migration import JobReport, Obstacle, Surroundings, docker_answers, report_workflow
from headway.integration.workflows import CalledFile, link, read_workflow

if TYPE_CHECKING:
    from pathlib import Path

STEPS = "steps: [{run: x}]"


def surroundings(folder: Path, *, docker: bool = False, programs: bool = True, secrets: str = "") -> Surroundings:
    source = ActionSource(str(folder), offline=True, overrides={"acme/here": str(folder)})
    which = (lambda program: f"/bin/{program}") if programs else (lambda _: None)
    return Surroundings(which, source, docker, frozenset(secrets.split()))


def reports(text: str, here: Surroundings, head: str = "on: push") -> list[JobReport]:
    workflow, problems = read_workflow(f"{head}\njobs:\n{text}", "w.yml")
    assert workflow is not None
    assert not problems, problems
    return report_workflow(workflow, here)


def obstacles(job: str, here: Surroundings, head: str = "on: push") -> list[Obstacle]:
    (report,) = reports(f"  a: {{{job}}}", here, head)
    return list(report.obstacles)


def test_a_job_that_needs_nothing_special_runs(tmp_path: Path) -> None:
    (report,) = reports(f"  a: {{runs-on: ubuntu-latest, {STEPS}}}", surroundings(tmp_path))
    assert (report.workflow, report.job, report.obstacles, report.runs) == ("w.yml", "a", (), True)


@pytest.mark.skipif(system() != "Linux", reason="labels of other systems differ")
@pytest.mark.parametrize(
    ("runs_on", "reason", "blocks"),
    [
        ("windows-latest", "it runs on 'windows-latest'", True),
        ("[self-hosted, macos-14]", "its combinations for 'macos-14' are skipped here", False),
        ("{group: big, labels: [windows-2022]}", "it runs on 'windows-2022'", True),
        (
            "'${{ matrix.os }}', strategy: {matrix: {os: [windows-latest, ubuntu-latest]}}",
            "its combinations for 'windows-latest' are skipped here",
            False,
        ),
        (
            "'${{ matrix.os }}', strategy: {matrix: {include: [{os: windows-latest}, {os: macos-14}]}}",
            "it runs on 'windows-latest', 'macos-14'",
            True,
        ),
        (
            "'${{ matrix.os }}', strategy: {matrix: {os: [ubuntu-latest], include: [{os: macos-14}]}}",
            "its combinations for 'macos-14' are skipped here",
            False,
        ),
    ],
)
def test_a_runner_of_another_system_is_named(tmp_path: Path, runs_on: str, reason: str, blocks: bool) -> None:
    (found,) = obstacles(f"runs-on: {runs_on}, {STEPS}", surroundings(tmp_path))
    assert (found.reason, found.blocks) == (reason, blocks)


@pytest.mark.parametrize(
    "runs_on",
    [
        "self-hosted",
        "'${{ inputs.os }}'",
        "'${{ matrix.os }}', strategy: {matrix: '${{ fromJSON(vars.M) }}'}",
        "'${{ matrix.os }}', strategy: {matrix: {os: [x64]}}",
    ],
)
def test_labels_that_name_no_system_or_are_not_known_yet_stand_in_nobodys_way(tmp_path: Path, runs_on: str) -> None:
    assert obstacles(f"runs-on: {runs_on}, {STEPS}", surroundings(tmp_path)) == []


@pytest.mark.parametrize(
    ("job", "count"),
    [
        (f"runs-on: x, container: 'alpine', {STEPS}", 1),
        (f"runs-on: x, container: 'alpine', services: {{db: {{image: postgres}}}}, {STEPS}", 2),
        ("runs-on: x, steps: [{uses: 'docker://alpine'}, {parallel: [{uses: 'docker://busybox'}]}]", 2),
    ],
)
def test_without_an_engine_containers_do_not_run(tmp_path: Path, job: str, count: int) -> None:
    found = obstacles(job, surroundings(tmp_path))
    assert len(found) == count
    assert all("no Docker engine answers" in obstacle.reason for obstacle in found)
    assert obstacles(job, surroundings(tmp_path, docker=True)) == []


def test_programs_that_are_missing_are_named_with_their_step(tmp_path: Path) -> None:
    (found,) = obstacles(
        "runs-on: x, steps: [{name: Ship, run: kubectl apply}]", surroundings(tmp_path, programs=False)
    )
    assert (found.reason, found.remedy) == ("the program 'kubectl' (step 'Ship') is not here", "install kubectl")


def test_actions_that_are_neither_native_nor_here_are_named_with_the_way_out(tmp_path: Path) -> None:
    steps = "steps: [{uses: actions/checkout@v4}, {uses: acme/here@v1}, {uses: acme/away/deep@v1}, {uses: ./mine}]"
    (found,) = obstacles(f"runs-on: x, {steps}", surroundings(tmp_path))
    assert found.reason == "'acme/away/deep@v1' is not in the cache, and --offline forbids fetching it"
    assert found.remedy.endswith("--action-source acme/away=PATH")


def test_secrets_are_a_note_unless_they_are_given(tmp_path: Path) -> None:
    job = "runs-on: x, env: {A: '${{ secrets.B }}', C: '${{ secrets.A }}'}, " + STEPS
    found = obstacles(job, surroundings(tmp_path, secrets="B"))
    assert found == [Obstacle("it uses the secret 'A'", "--secret A", blocks=False)]


@pytest.mark.parametrize(
    ("head", "job", "asks"),
    [
        ("on: push", "permissions: {id-token: write}, ", True),
        ("on: push\npermissions: {id-token: write}", "", True),
        ("on: push\npermissions: {id-token: write}", "permissions: {contents: read}, ", False),
        ("on: push", "", False),
    ],
)
def test_an_id_token_is_a_note(tmp_path: Path, head: str, job: str, asks: bool) -> None:
    found = obstacles(f"{job}runs-on: x, {STEPS}", surroundings(tmp_path), head)
    assert [obstacle.blocks for obstacle in found] == [False] * asks


def test_a_called_workflow_is_looked_into(tmp_path: Path) -> None:
    workflow, _ = read_workflow("on: push\njobs: {a: {uses: ./called.yml}}", "w.yml")
    assert workflow is not None
    (alone,) = report_workflow(workflow, surroundings(tmp_path))
    assert alone.obstacles[0].reason == "it calls './called.yml', which was not found"
    called = f"on: workflow_call\njobs: {{b: {{runs-on: x, container: alpine, {STEPS}}}}}"
    linked = link(workflow, lambda uses, _: CalledFile(uses, called)).workflow
    (whole,) = report_workflow(linked, surroundings(tmp_path))
    assert [obstacle.reason for obstacle in whole.obstacles] == ["it runs in a container, and no Docker engine answers"]


def test_an_engine_answers_where_its_socket_takes_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("docker.sock")
        monkeypatch.setenv("DOCKER_HOST", "unix://docker.sock")
        assert not docker_answers()
        listening.listen()
        assert docker_answers()


def test_an_engine_answers_over_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        monkeypatch.setenv("DOCKER_HOST", f"tcp://127.0.0.1:{listening.getsockname()[1]}/")
        assert docker_answers()


@pytest.mark.parametrize(
    "address",
    ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:1", "tcp://127.0.0.1:x", "rubbish", "", "ssh://ada@example"],
)
def test_an_address_where_nobody_is_does_not_answer(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("DOCKER_HOST", address)
    assert not docker_answers()
