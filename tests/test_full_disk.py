"""A disk that fills up under a whole server: everything that it keeps is on a small one."""

from __future__ import annotations

import hashlib
import os
import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from headway.kernel.database import open_database
from headway.kernel.ledger.sealing import Flaw, verify
from headway.repository.discovering import known_refs
from headway.repository.hosting import HIDDEN, Hosting
from tests.processes import Server, wait_for
from tests.serving import Done, commit, git, must, working_copy

if TYPE_CHECKING:
    from collections.abc import Iterator

MEGABYTE = 1 << 20
SCOPES = "write:code,read:code,write:project,read:project"


class SmallDisk:
    """A file system of a few megabytes in memory."""

    def __init__(self, folder: Path, size: int = 48 * MEGABYTE) -> None:
        self.folder = folder
        self.filler = folder / "filler"
        folder.mkdir()
        if os.getuid() != 0:
            pytest.skip("only root can mount a file system that is small enough to be filled")
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
        )
        if done.returncode:
            pytest.skip(f"a small file system cannot be mounted here: {done.stderr.decode().strip()}")

    def fill(self, but: int = 0) -> None:
        """Leave so many bytes."""
        with self.filler.open("ab", buffering=0) as file:
            try:
                while file.write(b"x" * 65536):
                    pass
            except OSError:
                pass
            file.truncate(max(0, file.tell() - but))

    def free(self) -> None:
        self.filler.unlink(missing_ok=True)

    def end(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


class Full:
    """A server on a small disk, and what was acknowledged."""

    def __init__(self, tmp_path: Path, disk: SmallDisk) -> None:
        self.disk = disk
        self.server = Server(disk.folder, SSH__ENABLED="false")
        self.source = tmp_path / "source"
        self.refs: dict[str, str] = {}
        self.statuses: list[str] = []

    def push(self, name: str, size: int = 0) -> Done:
        (self.source / "content").write_bytes(os.urandom(size))
        sha = commit(self.source, name)
        done = git("push", self.server.remote(), f"{sha}:refs/heads/{name}", at=self.source)
        if done.code == 0:
            self.refs[f"refs/heads/{name}"] = sha
        return done

    def report(self, name: str) -> Any:
        with self.server.client() as client:
            path = f"/api/v1/projects/anna/shop/statuses/{'a' * 40}"
            answer = client.post(path, json={"state": "success", "context": name})
        if answer.status_code == 201:
            self.statuses.append(name)
        return answer

    def upload(self, content: bytes) -> Any:
        with self.server.client() as client:
            digest = hashlib.sha256(content).hexdigest()
            path = f"/anna/shop.git/info/lfs/objects/{digest}"
            batch = {"operation": "upload", "objects": [{"oid": digest, "size": len(content)}]}
            media = {"Accept": "application/vnd.git-lfs+json", "Content-Type": "application/vnd.git-lfs+json"}
            asked = client.post("/anna/shop.git/info/lfs/objects/batch", json=batch, headers=media)
            assert asked.status_code == 200, asked.text
            action = asked.json()["objects"][0]["actions"]["upload"]
            return client.put(action.get("href", path), content=content, headers=action.get("header", {}))

    def check(self) -> None:
        """Git and ledger agree, and have all that was acknowledged."""
        wait_for(lambda: self._unsettled() == 0, "pushes are settled and sealed")
        hosting = Hosting(self.server.data / "git")
        listed = hosting.git("for-each-ref", "--format=%(refname) %(objectname)", at=hosting.path(1)).splitlines()
        present = dict(line.split(" ") for line in listed if not line.startswith(HIDDEN))
        assert self.refs.items() <= present.items()
        database = open_database(f"sqlite:///{self.server.data / 'headway.sqlite'}")
        try:
            assert database.read(lambda connection: known_refs(connection, 1)) == present
            found = database.snapshot(lambda connection: list(verify(connection)))
        finally:
            database.close()
        assert [each for each in found if isinstance(each, Flaw)] == []
        must(git("fsck", "--connectivity-only", at=hosting.path(1)))
        with self.server.client() as client:
            contexts = client.get(f"/api/v1/projects/anna/shop/statuses/{'a' * 40}").text
        assert [name for name in self.statuses if f'"{name}"' not in contexts] == []

    def _unsettled(self) -> int:
        database = open_database(f"sqlite:///{self.server.data / 'headway.sqlite'}")
        query = "SELECT (SELECT count(*) FROM push WHERE state = 'pending') + (SELECT count(*) FROM unsealed)"
        try:
            return int(database.read(lambda connection: connection.exec_driver_sql(query).scalar_one()))
        finally:
            database.close()


@contextmanager
def on_a_small_disk(tmp_path: Path, log: Path) -> Iterator[Full]:
    disk = SmallDisk(tmp_path / "disk")
    full = Full(tmp_path, disk)
    try:
        full.server.log = log
        full.server.start()
        full.server.wait()
        full.server.admin("create-person", "anna", "--administrator")
        full.server.token = full.server.admin("create-token", "anna", "--scopes", SCOPES)
        working_copy(full.source)
        must(full.push("main"))
        yield full
    finally:
        full.server.kill()
        disk.end()


@pytest.fixture
def full(tmp_path: Path) -> Iterator[Full]:
    with on_a_small_disk(tmp_path, tmp_path / "server.log") as full:
        yield full
        said = full.server.said()
        assert "Traceback" not in said, said[max(0, said.index("Traceback") - 300) :]


def test_nothing_depends_on_whether_the_log_can_be_written(tmp_path: Path) -> None:
    with on_a_small_disk(tmp_path, Path("/dev/full")) as full:
        full.disk.fill()
        assert full.push("refused", size=MEGABYTE).code
        full.disk.free()
        must(full.push("afterwards"))
        full.check()


def test_a_full_disk_is_told_in_words_and_all_goes_on_when_there_is_room(full: Full, tmp_path: Path) -> None:
    with full.server.client() as client:
        assert client.put("/api/v1/projects/anna/shop/secrets/WORD", json={"value": "x"}).is_success
    full.disk.fill()

    refused = full.push("refused", size=MEGABYTE)
    assert refused.code
    assert "No space left on device" in refused.said or "disk" in refused.said, refused.said
    for number in range(40):  # what the log of the database has room for yet may still be taken
        answer = full.report(f"filled-{number}")
        if answer.status_code != 201:
            break
    assert answer.status_code in (503, 507), answer.text
    assert "full" in answer.json()["detail"]
    uploaded = full.upload(os.urandom(MEGABYTE))
    assert uploaded.status_code == 507, uploaded.text
    assert "room" in uploaded.text
    created = git("push", full.server.remote("anna/another"), "HEAD:refs/heads/main", at=full.source)
    assert created.code
    assert "full" in created.said or "No space left" in created.said, created.said

    # Whoever reads is served.
    must(git("clone", "--quiet", full.server.remote(), str(tmp_path / "clone")))
    with full.server.client() as client:
        assert client.get("/api/v1/projects/anna/shop/branches").status_code == 200
        assert client.get("/anna/shop").status_code == 200

    full.disk.free()
    must(full.push("afterwards", size=MEGABYTE))
    assert full.report("afterwards").status_code == 201
    assert full.upload(os.urandom(MEGABYTE)).status_code == 200
    must(git("push", full.server.remote("anna/another"), "HEAD:refs/heads/main", at=full.source))
    full.check()


def test_whatever_was_acknowledged_while_the_disk_filled_up_is_kept(full: Full) -> None:
    for number, room in enumerate((0, 4, 8, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512)):
        full.disk.fill(but=room * 1024)
        full.push(f"near-{number}", size=30_000)
        full.report(f"near-{number}")
        full.disk.free()
    must(full.push("afterwards", size=MEGABYTE))
    assert full.report("afterwards").status_code == 201
    full.check()
