from __future__ import annotations

import os
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from headway.kernel.engines.attached import run_attached
from headway.kernel.engines.building import BuildContext
from headway.kernel.engines.engine import Engine
from headway.kernel.engines.errors import EngineError, MissingEngineError
from headway.kernel.engines.ownership import OWNER_LABEL, labels, remove_leftovers
from headway.kernel.process import Cancellation, Grace, ProcessEnd
from tests.docker import SMALL, Daemon

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUICK = Grace(interrupt=0.5, terminate=0.5, quiet=0.3, drain=1.0)


@pytest.fixture
def container(daemon: Daemon) -> Iterator[str]:
    """Return a container that waits."""
    engine = daemon.engine
    made = engine.create({"Image": SMALL, "Entrypoint": ["tail"], "Cmd": ["-f", "/dev/null"]})
    engine.start(made)
    yield made
    engine.remove(made)


def execute(
    engine: Engine, container: str, script: str, cancel: Cancellation | None = None, timeout: float | None = None
) -> tuple[ProcessEnd, str]:
    """Run a script in a container."""
    parts: list[bytes] = []
    program = engine.execute(container, ["sh", "-c", script], "/", {"A": "1"})
    end = run_attached(program, output=parts.append, cancel=cancel or Cancellation(), timeout=timeout, grace=QUICK)
    return end, b"".join(parts).decode()


def test_no_output_is_lost_however_quickly_it_comes(daemon: Daemon, container: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda number: execute(daemon.engine, container, f"echo {number}"), range(100)))
    assert [text for _, text in results] == [f"{number}\n" for number in range(100)]
    assert {end.exit_code for end, _ in results} == {0}


def test_the_program_has_its_variables_and_exit_code(daemon: Daemon, container: str) -> None:
    end, text = execute(daemon.engine, container, "echo $A; exit 9")
    assert (end.exit_code, end.how, text) == (9, "exited", "1\n")


def test_output_that_looks_like_the_wrappers_own_words_is_output(daemon: Daemon, container: str) -> None:
    end, text = execute(daemon.engine, container, "echo 12; echo 34 >&2; exit 1")
    assert (end.exit_code, text) == (1, "12\n34\n")


def test_a_program_that_closes_its_output_is_waited_for(daemon: Daemon, container: str) -> None:
    end, text = execute(daemon.engine, container, "echo a; exec >&- 2>&-; sleep 0.5; exit 4")
    assert (end.exit_code, text) == (4, "a\n")


def test_a_program_that_does_not_exist_ends_as_a_shell_would_say(daemon: Daemon, container: str) -> None:
    parts: list[bytes] = []
    program = daemon.engine.execute(container, ["/nowhere/x"], "/", {})
    end = run_attached(program, output=parts.append, cancel=Cancellation(), timeout=None)
    assert end.exit_code == 127
    assert b"/nowhere/x" in b"".join(parts)


def test_each_signal_of_the_ladder_arrives(daemon: Daemon, container: str) -> None:
    cancel = Cancellation()
    threading.Timer(0.5, cancel.cancel, ["enough"]).start()
    script = "trap 'echo INT' INT; trap 'echo TERM' TERM; while true; do sleep 0.05; done"
    end, text = execute(daemon.engine, container, script, cancel)
    assert [line for line in text.split() if line.isupper()] == ["INT", "TERM"]
    assert (end.how, end.reason, end.signal, end.exit_code) == ("cancelled", "enough", 9, 137)


def test_killing_does_not_ask_first(daemon: Daemon, container: str) -> None:
    cancel = Cancellation()
    threading.Timer(0.3, cancel.kill, ["now"]).start()
    end, text = execute(daemon.engine, container, "trap 'echo INT' INT; while true; do sleep 0.05; done", cancel)
    assert (end.how, end.exit_code, text) == ("cancelled", 137, "")


def test_a_timeout_ends_the_children_too(daemon: Daemon, container: str) -> None:
    end, _ = execute(daemon.engine, container, "sh -c 'sleep 71; true'; true", timeout=0.3)
    assert end.how == "timed-out"
    assert "sleep 71" not in daemon.engine.ask(container, ["ps"])[1]


def test_a_container_that_goes_away_ends_its_programs(daemon: Daemon) -> None:
    engine = daemon.engine
    made = engine.create({"Image": SMALL, "Entrypoint": ["tail"], "Cmd": ["-f", "/dev/null"]})
    engine.start(made)
    threading.Timer(0.5, engine.remove, [made]).start()
    end, _ = execute(engine, made, "sleep 300")
    assert end.exit_code == 137


def test_removing_twice_is_fine(daemon: Daemon) -> None:
    made = daemon.engine.create({"Image": SMALL, "Cmd": ["sh"]})
    daemon.engine.remove(made)
    daemon.engine.remove(made)
    daemon.engine.remove_network("no-such-network")


def test_an_image_that_does_not_exist_is_missing(daemon: Daemon) -> None:
    assert daemon.engine.has_image(SMALL)
    assert not daemon.engine.has_image("nobody/nothing:1")
    with pytest.raises(EngineError, match="nobody/nothing"):
        daemon.engine.create({"Image": "nobody/nothing:1"})


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"DOCKER_HOST": "unix:///nowhere.sock"}, "DOCKER_HOST is 'unix:///nowhere.sock'"),
        ({"DOCKER_HOST": "tcp://127.0.0.1:9"}, "Connection refused"),
        ({"DOCKER_HOST": "tcp://127.0.0.1"}, "a port was expected"),
        ({"DOCKER_HOST": "ssh://somewhere"}, "ssh cannot be used"),
        ({"DOCKER_HOST": "nonsense"}, "no engine answers at nonsense"),
        ({"DOCKER_CONTEXT": "no-such-context"}, "there is no docker context 'no-such-context'"),
    ],
)
def test_an_engine_that_does_not_answer_is_named(environment: dict[str, str], message: str) -> None:
    with pytest.raises(MissingEngineError) as caught:
        Engine.connect(environment)
    assert message in str(caught.value)


def test_only_what_dead_processes_of_this_machine_left_is_removed(daemon: Daemon) -> None:
    engine = daemon.engine
    mine = labels("mine")
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    _, _, place = mine[OWNER_LABEL].partition(" ")
    others = {
        "dead": f"{dead.pid}:1 {place}",
        "reused": f"{os.getpid()}:1 {place}",
        "elsewhere": f"{dead.pid}:1 other/pid",
        "garbled": f"x {place}",
    }
    made = [engine.create({"Image": SMALL, "Cmd": ["sh"], "Labels": mine})]
    made += [
        engine.create({"Image": SMALL, "Cmd": ["sh"], "Labels": {"dev.headway.run": k, OWNER_LABEL: v}})
        for k, v in others.items()
    ]
    network = engine.create_network("left-over", {"dev.headway.run": "net", OWNER_LABEL: others["dead"]})
    try:
        assert set(remove_leftovers(engine)) == {"dead", "reused", "net"}
        left = {each["Labels"]["dev.headway.run"] for each in engine.containers(OWNER_LABEL)}
        assert left == {"mine", "elsewhere", "garbled"}
    finally:
        for each in made:
            engine.remove(each)
        engine.remove_network(network)


def test_the_digest_of_a_context_follows_all_that_a_build_sees(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM x\n")
    (tmp_path / "a").write_text("a")
    (tmp_path / ".dockerignore").write_text("ignored\n")
    context = BuildContext(str(tmp_path), "Dockerfile")
    seen = {context.digest()}
    (tmp_path / "ignored").write_text("x")
    assert context.digest() in seen
    for change in (
        lambda: (tmp_path / "a").write_text("b"),
        lambda: (tmp_path / "a").chmod(0o755),
        lambda: (tmp_path / "a").rename(tmp_path / "c"),
        lambda: (tmp_path / "link").symlink_to("c"),
        lambda: (tmp_path / "Dockerfile").write_text("FROM y\n"),
    ):
        change()
        assert context.digest() not in seen
        seen.add(context.digest())
