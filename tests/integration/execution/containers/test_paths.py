from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from headway.integration.execution.containers.bridge import Bridges
from headway.integration.execution.containers.job_containers import JobContainers
from headway.integration.execution.containers.paths import Mount, PathMap
from tests.docker import SMALL, Daemon

if TYPE_CHECKING:
    from pathlib import Path

PATHS = PathMap(
    [Mount("/work/1", "/__w/shop"), Mount("/work/1/_temp", "/__w/_temp"), Mount("/work/1/_temp/_home", "/github/home")],
    {"/work/event.json": "/github/workflow/event.json"},
)


@pytest.mark.parametrize(
    ("outer", "inner"),
    [
        ("/work/1", "/__w/shop"),
        ("/work/1/shop/x", "/__w/shop/shop/x"),
        ("/work/1/_temp/x", "/__w/_temp/x"),
        ("/work/1/_temp/_home/.npm", "/github/home/.npm"),
    ],
)
def test_paths_are_translated_by_their_innermost_mount_both_ways(outer: str, inner: str) -> None:
    assert PATHS.inner(outer) == inner
    assert PATHS.outer(inner) == outer


@pytest.mark.parametrize("path", ["/work/10", "/work", "/etc/passwd", "word", ""])
def test_what_is_no_path_below_a_mount_stays_as_it_is(path: str) -> None:
    assert PATHS.inner(path) == path
    assert PATHS.outer(path) == path


def test_the_payload_of_the_event_is_a_copy() -> None:
    assert PATHS.inner("/work/event.json") == "/github/workflow/event.json"


def test_files_that_containers_wrote_are_given_back_to_the_user_of_the_job(
    daemon: Daemon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("x")
    monkeypatch.setattr(os, "geteuid", lambda: 4321)
    monkeypatch.setattr(os, "getuid", lambda: 4321)
    monkeypatch.setattr(os, "getgid", lambda: 4322)
    job = SimpleNamespace(tracking_id="headway-test", request=SimpleNamespace(folder=str(tmp_path)))
    containers = JobContainers(cast("Any", job), daemon.engine)
    containers.image = SMALL
    containers.close()
    for path in (tmp_path / "folder", tmp_path / "folder" / "file"):
        assert (path.stat().st_uid, path.stat().st_gid) == (4321, 4322)
    assert not daemon.leftovers()


def test_only_addresses_of_the_loopback_are_bridged() -> None:
    bridges = Bridges(cast("Any", None))
    for url in ("https://example.org/x", "eyJ0.e30.", "True", "http://127.0.0.1/no-port"):
        assert bridges.reachable(url, "bridge") == url
    bridges.close()
