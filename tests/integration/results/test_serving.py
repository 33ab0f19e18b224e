"""The service as actions of a run meet it, and as it begins and ends."""

from __future__ import annotations

import json
import os
import shutil
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from headway.integration.results.local import LocalResults, LocalStores, RunOf
from tests.integration.results.service import JOB, RUN, serving
from tests.javascript.oracle import bundle
from tests.serving import wait_until

if TYPE_CHECKING:
    from tests.project import Project, Ran

ACTION = """
name: GitHub's clients
inputs:
  calls: {required: true}
runs: {using: node20, main: index.mjs}
"""
SHOW = """
const { createHash } = require("crypto");
const token = process.env.ACTIONS_RUNTIME_TOKEN;
console.log(`digest=${createHash("sha256").update(token).digest("hex")}`);
for (const name of Object.keys(process.env).sort())
  if (/^(ACTIONS_|GITHUB_SERVER_URL|NO_PROXY)/.test(name)) console.log(`${name}=${process.env[name]}`);
"""


def with_clients(project: Project) -> None:
    """Give a repository an action around GitHub's clients."""
    project.write("clients/action.yml", ACTION)
    shutil.copy(bundle("action.mjs"), project.root / "clients/index.mjs")


def with_show(project: Project) -> None:
    """Give a repository an action that shows what it is given."""
    project.write("show/action.yml", "name: Show\nruns: {using: node20, main: index.js}\n")
    project.write("show/index.js", SHOW)


def calls(*asked: list[Any], id_: str = "call") -> str:
    return f"- {{id: {id_}, uses: ./clients, with: {{calls: {json.dumps(json.dumps(asked))}}}}}\n"


def answers(ran: Ran, job: str, step: str = "call") -> list[Any]:
    lines = ran.log(job, step).splitlines()
    return [json.loads(line.removeprefix("answer ")) for line in lines if line.startswith("answer ")]


def job(name: str, steps: str, needs: str = "") -> str:
    indented = "".join(f"      {line}\n" for line in f"- uses: actions/checkout@v4\n{steps}".splitlines())
    return f"  {name}:\n    runs-on: ubuntu-latest\n    needs: [{needs}]\n    steps:\n{indented}"


# With actions


def test_githubs_client_downloads_what_was_uploaded_natively_and_the_other_way_round(project: Project) -> None:
    with_clients(project)
    project.workflow(
        job(
            "a",
            "- run: mkdir out && echo native > out/x\n"
            "- {uses: actions/upload-artifact@v4, with: {name: native, path: out}}\n"
            "- run: mkdir theirs && echo client > theirs/y\n"
            + calls(["artifact", "uploadArtifact", "client", ["theirs/y"], "theirs", {}]),
        )
        + job(
            "b",
            calls(["artifact", "getArtifact", "native"])
            + "- {uses: actions/download-artifact@v4, with: {path: in}}\n- {id: show, run: cat in/*/*}\n",
            "a",
        )
    )
    ran = project.run()
    assert ran.code == 0, ran.log()
    (found,) = answers(ran, "b")
    assert found["artifact"]["name"] == "native"
    assert ran.log("b", "show") == "client\nnative\n"
    assert sorted((event["job"], event["name"], event["files"]) for event in ran.of("artifact")) == [
        ("a", "client", 1),
        ("a", "native", 1),
    ]


def test_caches_of_githubs_client_outlive_the_run(project: Project) -> None:
    with_clients(project)
    project.workflow(
        job("a", "- run: mkdir deps && echo x > deps/x\n" + calls(["cache", "saveCache", ["deps"], "k-1"]))
    )
    assert answers(project.run(), "a")[0] > 0
    project.workflow(
        job("a", calls(["cache", "restoreCache", ["deps"], "k-2", ["k-"]]) + "- {id: show, run: cat deps/x}\n")
    )
    ran = project.run()
    assert answers(ran, "a") == ["k-1"]
    assert ran.log("a", "show") == "x\n"


def test_only_actions_are_told_of_the_service_and_each_job_has_its_own_token(project: Project) -> None:
    with_show(project)
    project.workflow(
        job("a", "- {id: show, uses: ./show}\n- {id: env, run: env}\n") + job("b", "- {id: show, uses: ./show}\n")
    )
    ran = project.run()
    assert ran.code == 0, ran.log()
    shown = dict(line.split("=", 1) for line in ran.log("a", "show").splitlines())
    assert {name for name in shown if name.startswith("ACTIONS_")} == {
        "ACTIONS_CACHE_SERVICE_V2",
        "ACTIONS_CACHE_URL",
        "ACTIONS_RESULTS_URL",
        "ACTIONS_RUNTIME_TOKEN",
        "ACTIONS_RUNTIME_URL",
    }
    assert shown["ACTIONS_RESULTS_URL"].startswith("http://127.0.0.1:")
    assert "ACTIONS_" not in ran.log("a", "env")
    other = dict(line.split("=", 1) for line in ran.log("b", "show").splitlines())
    assert other["digest"] != shown["digest"]
    assert other["ACTIONS_RESULTS_URL"] == shown["ACTIONS_RESULTS_URL"]


def test_a_repository_that_is_not_githubs_has_its_server_and_githubs_clients_work_all_the_same(
    project: Project,
) -> None:
    project.git("remote", "add", "origin", "https://git.example.org/acme/shop.git")
    with_clients(project)
    with_show(project)
    steps = "- {id: show, uses: ./show}\n- run: touch x\n" + calls(["artifact", "uploadArtifact", "n", ["x"], ".", {}])
    project.workflow(job("a", steps))
    ran = project.run()
    assert ran.code == 0, ran.log()
    assert "GITHUB_SERVER_URL=https://git.example.org" in ran.log("a", "show")
    assert answers(ran, "a")[0]["id"] > 0


def test_behind_a_proxy_the_service_is_reached_directly(project: Project) -> None:
    with_clients(project)
    steps = "- run: echo x > x\n" + calls(
        ["artifact", "uploadArtifact", "n", ["x"], ".", {}], ["cache", "saveCache", ["x"], "k"]
    )
    project.workflow(job("a", steps))
    proxy = "http://127.0.0.1:1"
    ran = project.run(HTTP_PROXY=proxy, http_proxy=proxy, NO_PROXY="", no_proxy="")
    assert ran.code == 0, ran.log()
    assert [answer is not None for answer in answers(ran, "a")] == [True, True]


def test_nothing_of_the_service_is_left_after_the_run(project: Project) -> None:
    with_show(project)
    project.workflow(job("a", "- {id: show, uses: ./show}\n"))
    ran = project.run()
    address = dict(line.split("=", 1) for line in ran.log("a", "show").splitlines())["ACTIONS_RESULTS_URL"]
    port = int(address.rstrip("/").rpartition(":")[2])
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)
    assert list(project.cache.glob("work/*")) == []


# On its own


def test_no_service_is_started_before_somebody_asks(tmp_path: Path) -> None:
    before = threading.active_count()
    stores = LocalStores(str(tmp_path), RunOf(RUN, "/x", "ci.yml", ("refs/heads/main",)))
    results = LocalResults(stores, {}, lambda *_: None)
    assert threading.active_count() == before
    results.close()
    assert list(tmp_path.iterdir()) == []


def test_all_jobs_share_one_service_and_it_ends_with_the_run(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        assert service.results.variables("other")["ACTIONS_RESULTS_URL"] == service.variables["ACTIONS_RESULTS_URL"]
        assert service.results.variables(JOB)["ACTIONS_RESULTS_URL"] == service.variables["ACTIONS_RESULTS_URL"]
        port = service.port or 0
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=10)


def test_it_listens_on_the_loopback_only(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        port = f"{service.port:04X}"
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        listening = {row[1] for row in rows if row[3] == "0A" and row[1].endswith(f":{port}")}
    assert listening == {f"0100007F:{port}"}


@pytest.mark.parametrize("asked", [False, True])
def test_it_can_be_ended_at_any_moment(tmp_path: Path, asked: bool) -> None:
    for _ in range(5):
        with serving(tmp_path) as service:
            if asked:
                service.artifact("ListArtifacts")


def test_what_a_crashed_run_had_half_uploaded_goes_after_a_day(tmp_path: Path) -> None:
    old, new = tmp_path / "cache/uploads/1", tmp_path / "cache/uploads/2"
    for folder in (old, new):
        folder.mkdir(parents=True)
        (folder / "part").write_text("half")
    os.utime(old, (0, 0))
    with serving(tmp_path):
        assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.usefixtures("uncollected")
def test_a_client_that_goes_away_leaves_no_file_open(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        service.keep_cache("large", os.urandom(30_000_000))
        found = service.cache("GetCacheEntryDownloadURL", key="large", restore_keys=[], version="v").json
        with httpx.stream("GET", found["signed_download_url"]) as answer:
            pieces = answer.iter_raw()
            next(pieces)
            assert _open_below(tmp_path)
        wait_until(lambda: not _open_below(tmp_path))


def _open_below(folder: Path) -> list[str]:
    opened = (os.path.realpath(f"/dev/fd/{number}") for number in os.listdir("/dev/fd"))
    return [path for path in opened if path.startswith(str(folder)) and path.endswith("/archive")]
