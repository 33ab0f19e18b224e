from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from headway.integration.local.history import History
from tests.integration.planning.runs import Lead

if TYPE_CHECKING:
    from pathlib import Path

    from headway.integration.planning.state import RunState

JOBS = "on: push\njobs: {a: {runs-on: x, steps: [{run: x}]}, b: {runs-on: x, steps: [{run: x}]}, c: {needs: b, runs-on: x, steps: [{run: x}]}}"


def ended() -> RunState:
    return Lead(JOBS).end("a", made="1").end("b", "failure").state


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(str(tmp_path), "/home/ada/shop")


def file_of(folder: Path) -> Path:
    (file,) = [path for path in folder.rglob("*") if path.is_file()]
    return file


def test_what_succeeded_is_known_with_its_outputs(history: History) -> None:
    history.keep(ended())
    assert history.succeeded("test.yml") == {"a": {"made": "1"}}
    assert history.result("test.yml") == "failure"


def test_before_the_first_run_nothing_is_known(history: History) -> None:
    assert history.succeeded("test.yml") == {}
    assert history.result("test.yml") == ""


def test_the_last_run_counts(history: History) -> None:
    history.keep(ended())
    history.keep(Lead(JOBS).end("a", "failure").end("b", x="2").end("c").state)
    assert history.succeeded("test.yml") == {"b": {"x": "2"}, "c": {}}


def test_workflows_and_repositories_are_kept_apart(tmp_path: Path) -> None:
    History(str(tmp_path), "/a/b").keep(ended())
    assert History(str(tmp_path), "/a/b").succeeded("other.yml") == {}
    for other in ("/a", "/a%b", "/a%2Fb"):
        assert History(str(tmp_path), other).succeeded("test.yml") == {}


@pytest.mark.parametrize(
    "damage",
    [
        "",
        "{",
        "[]",
        "null",
        "7",
        "[" * 100_000,
        '{"jobs": []}',
        '{"jobs": {"a": null}}',
        '{"jobs": {"a": {"result": "success"}}}',
        '{"jobs": {"a": {"result": "success", "outputs": [1]}}}',
        '{"jobs": {"a": {"outputs": {}}}}',
        '{"result": 1}',
        '"\ud800"',
    ],
)
def test_a_damaged_file_is_no_memory_and_no_fault(history: History, tmp_path: Path, damage: str) -> None:
    history.keep(ended())
    file_of(tmp_path).write_bytes(damage.encode(errors="surrogatepass"))
    assert history.succeeded("test.yml") == {}
    assert history.result("test.yml") in ("", "1")


def test_outputs_that_are_no_texts_become_texts(history: History, tmp_path: Path) -> None:
    history.keep(ended())
    document: Any = {"jobs": {"a": {"result": "success", "outputs": {"n": 1}}}}
    file_of(tmp_path).write_text(json.dumps(document))
    assert history.succeeded("test.yml") == {"a": {"n": "1"}}


def test_without_room_the_run_goes_on_and_the_old_memory_stays(history: History, tmp_path: Path) -> None:
    history.keep(ended())
    file = file_of(tmp_path)
    (file.parent / f"{file.name}.new").mkdir()
    history.keep(Lead(JOBS).end("a").end("b").end("c").state)
    assert history.succeeded("test.yml") == {"a": {"made": "1"}}


def test_an_output_that_cannot_be_written_loses_the_memory_alone(history: History) -> None:
    history.keep(Lead(JOBS).end("a", odd="\ud800").end("b", "failure").state)
    assert history.succeeded("test.yml").get("a", {}).get("odd", "\ud800") == "\ud800"


def test_outputs_are_for_the_user_alone(history: History, tmp_path: Path) -> None:
    history.keep(ended())
    assert file_of(tmp_path).parent.stat().st_mode & 0o077 == 0
