from __future__ import annotations

import stat
import subprocess
import threading
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from headway.backups import PARTS
from headway.kernel.backup import KEY_FILE, RESTORED, back_up, restore
from headway.kernel.errors import HeadwayError
from headway.kernel.ledger.sealing import Flaw, seal_all, verify
from headway.kernel.settings import Settings
from headway.repository.errors import TransportError
from headway.repository.transport.host_key import FILE, host_key
from headway.starting import start
from tests.databases import ENGINES
from tests.serving import commit, git, must, serving, working_copy

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def quiet(_: str) -> None:
    """Hear what is being done, and say nothing."""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_backup_that_was_made_under_way_is_a_whole_installation(
    engine: str, tmp_path: Path, sqlite_template: Path, request: pytest.FixtureRequest
) -> None:
    addresses = ["", ""]
    if engine == "postgresql":
        cluster, template = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template")
        addresses = [cluster.create(template), cluster.create()]
    with serving(tmp_path / "server", sqlite_template, database=addresses[0]) as served:
        anna = served.person()
        served.project(anna)
        source = working_copy(tmp_path / "source", commits=2)
        must(git("push", served.address(anna, "anna/shop"), "main", at=source))
        ending = threading.Event()
        acknowledged: list[str] = []

        def push_on() -> None:
            while not ending.is_set():
                sha = commit(source)
                must(git("push", served.address(anna, "anna/shop"), "main", at=source))
                acknowledged.append(sha)

        pushing = threading.Thread(target=push_on)
        pushing.start()
        before = list(acknowledged)
        back_up(served.headway.platform.settings, tmp_path / "backup", PARTS, NOW, quiet)
        ending.set()
        pushing.join()

    values: dict[str, Any] = {"data": tmp_path / "restored", "database": addresses[1], "outbound_private": True}
    settings = Settings(**values)
    restore(settings, tmp_path / "backup", PARTS, quiet)
    assert (settings.data / RESTORED).exists()
    headway = start(settings, quiet, quiet)
    try:
        seal_all(headway.platform.database)
        found = headway.platform.database.snapshot(lambda connection: list(verify(connection)))
        assert not [each for each in found if isinstance(each, Flaw)]
        path = headway.hosting.path(1)
        must(git("fsck", "--connectivity-only", at=path))
        main = must(git("rev-parse", "main", at=path))
        assert not before or before[-1] in must(git("rev-list", "main", at=path))
        assert not headway.discovering.discover_all()
        assert not (settings.data / RESTORED).exists()
        told = headway.platform.database.read(lambda connection: known(connection))
        assert told["refs/heads/main"] == main
    finally:
        headway.stop()


@pytest.mark.parametrize("engine", ENGINES)
def test_a_restored_installation_has_the_host_key_that_clients_know(
    engine: str, tmp_path: Path, sqlite_template: Path, request: pytest.FixtureRequest
) -> None:
    addresses = ["", ""]
    if engine == "postgresql":
        cluster, template = request.getfixturevalue("postgres"), request.getfixturevalue("postgres_template")
        addresses = [cluster.create(template), cluster.create()]
    with serving(tmp_path / "server", sqlite_template, database=addresses[0]) as served:
        platform = served.headway.platform
        first = host_key(platform.settings.data / FILE, platform.secrets)
        assert host_key(platform.settings.data / FILE, platform.secrets) == first
        back_up(platform.settings, tmp_path / "backup", PARTS, NOW, quiet)
        kept = [path.read_bytes() for path in (tmp_path / "backup").rglob("*") if path.is_file()]
        assert not any(b"OPENSSH PRIVATE KEY" in content for content in kept)

    settings = Settings(data=tmp_path / "restored", database=addresses[1])
    restore(settings, tmp_path / "backup", PARTS, quiet)
    headway = start(settings, quiet, quiet)
    try:
        with pytest.raises(TransportError, match="the key of secrets, which is not here"):
            host_key(settings.data / FILE, headway.platform.secrets)
        assert not (settings.data / FILE).exists()
        (settings.data / KEY_FILE).write_bytes((tmp_path / "server" / "data" / KEY_FILE).read_bytes())
        assert host_key(settings.data / FILE, headway.platform.secrets) == first
        assert stat.S_IMODE((settings.data / FILE).stat().st_mode) == 0o600
    finally:
        headway.stop()


def test_a_host_key_that_an_operator_puts_there_is_the_one_that_counts_and_is_kept(
    tmp_path: Path, sqlite_template: Path
) -> None:
    with serving(tmp_path / "server", sqlite_template) as served:
        platform = served.headway.platform
        path = platform.settings.data / FILE
        host_key(path, platform.secrets)
        own = tmp_path / "own"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(own)], check=True)
        path.write_bytes(own.read_bytes())
        assert host_key(path, platform.secrets) == own.read_bytes()
        path.unlink()
        assert host_key(path, platform.secrets) == own.read_bytes()


def known(connection: Any) -> dict[str, str]:
    from headway.repository.discovering import known_refs

    return known_refs(connection, 1)


def test_no_backup_is_overwritten_and_nothing_is_restored_over_what_is_there(
    tmp_path: Path, sqlite_template: Path
) -> None:
    with serving(tmp_path / "server", sqlite_template) as served:
        settings = served.headway.platform.settings
        back_up(settings, tmp_path / "backup", PARTS, NOW, quiet)
        with pytest.raises(HeadwayError, match="exists; give a folder that does not"):
            back_up(settings, tmp_path / "backup", PARTS, NOW, quiet)
        with pytest.raises(HeadwayError, match=r"has git, headway\.sqlite already"):
            restore(settings, tmp_path / "backup", PARTS, quiet)
    with pytest.raises(HeadwayError, match="is no backup"):
        restore(Settings(data=tmp_path / "new"), tmp_path / "server", PARTS, quiet)
    other = Settings(data=tmp_path / "new", database="postgresql://x@/y")
    with pytest.raises(HeadwayError, match="the backup is of a sqlite database"):
        restore(other, tmp_path / "backup", PARTS, quiet)


def test_a_folder_without_an_installation_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(HeadwayError, match="there is no database at"):
        back_up(Settings(data=tmp_path), tmp_path / "backup", PARTS, NOW, quiet)
