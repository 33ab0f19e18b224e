"""Clients and databases that go silent without a word."""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from headway.kernel.database import DatabaseUnavailableError, open_database
from tests.processes import Server, make_key, ssh_command, wait_for
from tests.proxies import proxied
from tests.serving import commit, git, must, working_copy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.postgres import Cluster

PATIENCE = {
    "LIMITS__SILENCE_SECONDS": "1",
    "LIMITS__REQUEST_SECONDS": "1",
    "LIMITS__TRANSFERS": "2",
    "LIMITS__CONNECTIONS": "20",
}


class House:
    """A server that is short of patience, with a public project of a few megabytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = Server(folder, **PATIENCE)
        self.source = folder / "source"

    def open(self) -> None:
        self.server.start()
        self.server.wait()
        self.server.admin("create-person", "anna", "--administrator")
        scopes = "write:code,write:project,read:project,write:user"
        self.server.token = self.server.admin("create-token", "anna", "--scopes", scopes)
        with self.server.client() as client:
            key = {"key": make_key(self.folder / "key")}
            assert client.post("/api/v1/user/ssh-keys", json=key).status_code == 201
        working_copy(self.source)
        (self.source / "large").write_bytes(os.urandom(8_000_000))
        commit(self.source)
        must(git("push", self.server.remote(), "main", at=self.source))

    @property
    def authorization(self) -> bytes:
        return b"Authorization: Basic " + base64.b64encode(f"anna:{self.server.token}".encode()) + b"\r\n"

    def connect(self, *, ssh: bool = False) -> socket.socket:
        connection = socket.create_connection(("127.0.0.1", self.server.ssh_port if ssh else self.server.port), 60)
        connection.settimeout(60)
        return connection

    def gits(self) -> int:
        """How many programs serve clones and pushes."""
        found = 0
        for entry in Path("/proc").iterdir():
            try:
                words = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            found += str(self.folder).encode() in words and (b"-pack\0" in words) and b"headway" not in words[:40]
        return found

    def check(self) -> None:
        """Nothing is left of whoever went silent, and others are served."""
        wait_for(lambda: self.gits() == 0, "no git is left")
        sha = commit(self.source, "Afterwards")
        must(git("push", self.server.remote(), f"{sha}:refs/heads/after-{sha[:8]}", at=self.source))
        must(git("ls-remote", self.server.remote()))
        repository = self.server.data / "git" / "01" / "1.git"
        # Controllers hold locks too, for moments.
        wait_for(lambda: not list((repository / "refs" / "heads").rglob("*.lock")), "no lock is left")
        must(git("fsck", "--connectivity-only", at=repository))
        assert "Traceback" not in self.server.said()


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("half-open"))
    try:
        house.open()
        yield house
    finally:
        house.server.kill()


def closed(connection: socket.socket) -> bool:
    """Whether the server ends a connection; waits for it."""
    try:
        while connection.recv(65536):
            pass
    except ConnectionResetError:
        return True
    finally:
        connection.close()
    return True


def dripping(connection: socket.socket, word: bytes, answered: Callable[[], bool]) -> None:
    """Send the same few bytes again and again, until the server has enough."""
    ending = threading.Event()

    def drip() -> None:
        try:
            while not ending.wait(0.1):
                connection.sendall(word)
        except OSError:
            return

    thread = threading.Thread(target=drip)
    thread.start()
    try:
        assert answered()
    finally:
        ending.set()
        thread.join()


@pytest.mark.parametrize("said", [b"", b"GET / HT", b"GET /-/sign-in HTTP/1.1\r\nHost: x\r\nX-Slow: "])
def test_who_sends_no_whole_head_is_sent_away(house: House, said: bytes) -> None:
    connection = house.connect()
    connection.sendall(said)
    assert closed(connection)


def test_who_drips_a_head_is_sent_away(house: House) -> None:
    connection = house.connect()
    connection.sendall(b"GET /-/sign-in HTTP/1.1\r\n")
    dripping(connection, b"X-Slow: yes\r\n", lambda: closed(connection))


def test_a_second_request_has_to_come_in_time_too(house: House) -> None:
    connection = house.connect()
    connection.sendall(b"GET /-/sign-in HTTP/1.1\r\nHost: x\r\n\r\n")
    assert connection.recv(100).startswith(b"HTTP/1.1 200")
    connection.sendall(b"GET /-/sign-in HT")
    assert closed(connection)


def test_who_drips_a_form_is_told_and_sent_away(house: House) -> None:
    connection = house.connect()
    connection.sendall(
        b"POST /-/sign-in HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\nContent-Length: 100000\r\n"
        b"Content-Type: application/x-www-form-urlencoded\r\n\r\n"
    )
    dripping(connection, b"a", lambda: b" 408 " in connection.recv(1000))
    connection.close()


@pytest.mark.parametrize("path", ["git-receive-pack", "git-upload-pack", f"info/lfs/objects/{'a' * 64}"])
def test_who_stops_in_the_middle_of_a_body_is_sent_away(house: House, path: str) -> None:
    connection = house.connect()
    method = b"PUT" if "lfs" in path else b"POST"
    connection.sendall(
        method + b" /anna/shop/" + path.encode() + b" HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n"
        b"Content-Type: application/octet-stream\r\n" + house.authorization + b"\r\n" + b"00940000"
    )
    assert closed(connection)
    house.check()


def test_who_takes_nothing_of_a_clone_holds_up_nobody(house: House) -> None:
    sha = must(git("rev-parse", "main", at=house.source)).encode()
    body = b"0032want " + sha + b"\n00000009done\n"
    silent = []
    for _ in range(4):
        connection = house.connect()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.sendall(
            b"POST /anna/shop/git-upload-pack HTTP/1.1\r\nHost: x\r\n"
            + house.authorization
            + b"Content-Type: application/x-git-upload-pack-request\r\nContent-Length: %d\r\n\r\n" % len(body)
            + body
        )
        silent.append(connection)
    must(git("ls-remote", house.server.remote()))
    house.check()
    for connection in silent:
        connection.close()


def test_idle_connections_make_room_for_those_who_want_something(house: House) -> None:
    idle = [house.connect() for _ in range(60)]
    must(git("ls-remote", house.server.remote()))
    for connection in idle:
        assert closed(connection)


@pytest.mark.parametrize("by", ["http", "ssh"])
def test_a_push_that_vanishes_without_a_word_is_settled(house: House, tmp_path: Path, by: str) -> None:
    source = working_copy(tmp_path / "source")
    (source / "large").write_bytes(os.urandom(4_000_000))
    sha = commit(source)
    server = house.server
    target = server.ssh_port if by == "ssh" else server.port
    with proxied(target, swallow_after=2_000_000) as proxy:
        remote = f"ssh://git@127.0.0.1:{proxy.port}/anna/shop"
        if by == "http":
            remote = server.remote().replace(str(server.port), str(proxy.port))
        env = {**os.environ, "GIT_SSH_COMMAND": ssh_command(house.folder / "key", tmp_path / "known_hosts")}
        command = ["git", "-C", str(source), "push", "--quiet", remote, f"{sha}:refs/heads/lost-{by}"]
        with subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
            assert proxy.swallowing.wait(60)
            house.check()
            child.kill()
    assert f"lost-{by}" not in must(git("ls-remote", server.remote()))


def test_a_clone_over_ssh_that_nobody_reads_ends(house: House, tmp_path: Path) -> None:
    ssh = ssh_command(house.folder / "key", tmp_path / "known_hosts").split()
    command = [*ssh, "-p", str(house.server.ssh_port), "git@127.0.0.1", "git-upload-pack '/anna/shop'"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdin is not None
        sha = must(git("rev-parse", "main", at=house.source)).encode()
        child.stdin.write(b"0032want " + sha + b"\n00000009done\n")
        child.stdin.flush()
        house.check()
        child.kill()


def test_a_database_that_says_nothing_any_more_is_given_up_and_found_again(postgres: Cluster) -> None:
    address = postgres.create()
    name = address.split("@/")[1].split("?")[0]
    with proxied(f"{postgres.folder}/.s.PGSQL.5432") as proxy:
        url = f"postgresql://postgres@127.0.0.1:{proxy.port}/{name}?sslmode=disable&gssencmode=disable"
        database = open_database(url, readers=2, writers=2, silence=1)
        database.write(lambda connection: connection.execute(text("CREATE TABLE t (n int)")))
        database.read(lambda connection: connection.execute(text("SELECT 1")))
        proxy.swallowing.set()
        with pytest.raises(DatabaseUnavailableError, match="said nothing"):
            database.write(lambda connection: connection.execute(text("INSERT INTO t VALUES (1)")))
        proxy.swallowing.clear()
        for _ in range(4):  # no place among the connections is lost
            database.write(lambda connection: connection.execute(text("INSERT INTO t VALUES (2)")))
        # An answer that takes its time is no silence as long as it is shorter than that.
        database.read(lambda connection: connection.execute(text("SELECT pg_sleep(0.3)")))
        rows = database.read(lambda connection: connection.execute(text("SELECT n FROM t")).scalars().all())
        assert rows == [2, 2, 2, 2]
        database.close()
    postgres.drop(address)
