"""Two servers on one PostgreSQL and one data folder."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest

from headway.kernel.database import open_database
from headway.kernel.ledger.sealing import Flaw, verify
from headway.repository.discovering import known_refs
from headway.repository.hosting import HIDDEN, Hosting
from tests.processes import Server, make_key, ssh_command, wait_for
from tests.receiver import receiving
from tests.serving import commit, git, working_copy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.postgres import Cluster

PUSHES = 4


class Pair:
    """Two servers, and people who push to both at once."""

    def __init__(self, folder: Path, database: str) -> None:
        self.folder, self.database = folder, database
        more = {"LEASE_SECONDS": "3"}
        self.servers = [Server(folder, database, name, **more) for name in ("first", "second")]
        self.acknowledged: dict[str, str] = {}
        self.known_hosts = folder / "known_hosts"

    def start(self) -> None:
        for server in self.servers:
            server.start()
        for server in self.servers:
            server.wait()

    def end(self) -> None:
        for server in self.servers:
            server.kill()

    def push(self, at: Path, server: Server, branch: str, *, ssh: bool) -> bool:
        sha = commit(at, branch)
        env = {"GIT_SSH_COMMAND": ssh_command(self.folder / "key", self.known_hosts)}
        remote = server.ssh_remote() if ssh else server.remote()
        done = git("push", "--quiet", remote, f"{sha}:refs/heads/{branch}", at=at, env=env)
        if done.code == 0:
            self.acknowledged[f"refs/heads/{branch}"] = sha
        return done.code == 0

    def asked(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database) as connection:
            return connection.execute(query).fetchall()

    def check(self) -> None:
        """Nothing is lost, and Git, the pushes and the ledger agree."""
        hosting = Hosting(self.folder / "data" / "git")
        listed = hosting.git("for-each-ref", "--format=%(refname) %(objectname)", at=hosting.path(1)).splitlines()
        present = dict(line.split(" ") for line in listed if not line.startswith(HIDDEN))
        assert self.acknowledged.items() <= present.items()
        database = open_database(self.database)
        try:
            assert database.read(lambda connection: known_refs(connection, 1)) == present
            found = database.snapshot(lambda connection: list(verify(connection)))
        finally:
            database.close()
        assert [each for each in found if isinstance(each, Flaw)] == []
        created = self.asked("SELECT subject FROM event WHERE type LIKE 'dev.cdevents.branch.created%'")
        assert Counter(row[0] for row in created) == Counter(f"branch:anna/shop@{ref[11:]}" for ref in present)


@pytest.fixture
def pair(tmp_path: Path, postgres: Cluster) -> Iterator[Pair]:
    address = postgres.create()
    pair = Pair(tmp_path, address)
    try:
        pair.start()
        yield pair
    finally:
        pair.end()
        postgres.drop(address)


@pytest.mark.timeout(240)
def test_two_servers_share_the_work_and_one_goes_on_when_the_other_is_killed(pair: Pair, tmp_path: Path) -> None:
    first, second = pair.servers
    first.admin("create-person", "anna", "--administrator")
    scopes = "write:code,write:project,read:project,write:user,read:user"
    first.token = second.token = first.admin("create-token", "anna", "--scopes", scopes)
    with second.client() as client:
        key = {"key": make_key(tmp_path / "key")}
        assert client.post("/api/v1/user/ssh-keys", json=key).status_code == 201
    clients = [working_copy(tmp_path / f"client{number}") for number in range(4)]
    assert pair.push(clients[0], first, "main", ssh=True)
    _what_is_made_on_one_holds_on_the_other(pair)
    with receiving() as receiver:
        with first.client() as client:
            made = client.post("/api/v1/projects/anna/shop/webhooks", json={"url": receiver.url})
            assert made.status_code == 201, made.text
        wait_for(lambda: pair.asked("SELECT 1 FROM subscription WHERE name = 'webhooks'"), "webhooks are listened for")
        before = {row[0] for row in pair.asked("SELECT id::text FROM event")}
        _push_to_both(pair, clients, PUSHES, "together")
        assert len(pair.acknowledged) == 1 + 4 * PUSHES
        wait_for(lambda: not pair.asked("SELECT 1 FROM unsealed LIMIT 1"), "all events are sealed")
        wait_for(lambda: not pair.asked("SELECT 1 FROM push WHERE state = 'pending'"), "all pushes are settled")
        wait_for(lambda: len(_commits(pair)) == 1 + 4 * PUSHES, "all pushes are recorded")
        told = {row[0] for row in pair.asked("SELECT id::text FROM event WHERE project = 'anna/shop'")} - before
        wait_for(lambda: told <= {_event(each) for each in receiver.received}, "all webhooks are delivered")
        assert max(Counter(_event(each) for each in receiver.received).values()) == 1
    pair.check()

    holders = dict(pair.asked("SELECT name, holder FROM lease"))
    assert {f"{holder.split(':')[1]}" for holder in holders.values()} <= {str(first.pid), str(second.pid)}
    killed = first if holders["sealer"].split(":")[1] == str(first.pid) else second
    other = second if killed is first else first
    pushing = threading.Thread(target=_push_to_both, args=(pair, clients, PUSHES, "while one is killed"))
    pushing.start()
    gone = str(killed.pid)
    killed.kill()
    pushing.join()
    assert pair.push(clients[0], other, "afterwards", ssh=False)
    assert pair.push(clients[0], other, "afterwards-by-ssh", ssh=True)
    wait_for(lambda: not pair.asked("SELECT 1 FROM unsealed LIMIT 1"), "the other server seals")
    wait_for(lambda: not pair.asked("SELECT 1 FROM push WHERE state = 'pending'"), "the other server settles")
    wait_for(lambda: gone not in str(pair.asked("SELECT holder FROM lease WHERE name = 'sealer'")), "it has the lease")
    pair.check()
    assert [path.name for path in (tmp_path / "data" / "git" / "servers").iterdir()] != []
    said = first.said() + second.said()
    assert "still at work" not in said
    assert "Traceback" not in said
    verified = subprocess.run(
        [sys.executable, "-m", "headway", "ledger", "verify", *other.place], capture_output=True, text=True, check=False
    )
    assert verified.returncode == 0, verified.stdout + verified.stderr


def _what_is_made_on_one_holds_on_the_other(pair: Pair) -> None:
    first, second = pair.servers
    link = first.admin("sign-in-link", "anna").splitlines()[-1].strip()
    path = link[link.index("/-/") :]
    same_origin = {"Sec-Fetch-Site": "same-origin"}
    with httpx.Client(base_url=second.url, timeout=30, headers=same_origin) as browser:
        assert browser.post(path).status_code == 303
        session = browser.cookies["headway"]
    for server in pair.servers:
        page = httpx.get(f"{server.url}/-/account", cookies={"headway": session}, timeout=30)
        assert page.status_code == 200, page.text
        with server.client() as client:
            assert client.get("/api/v1/user").json()["handle"] == "anna"
    with second.client() as client:
        made = client.post("/api/v1/user/tokens", json={"name": "other", "scopes": ["read:code"]})
        assert made.status_code == 201, made.text
        headers = {"Authorization": f"Bearer {made.json()['secret']}"}
        assert httpx.get(f"{first.url}/api/v1/projects/anna/shop/branches", headers=headers).status_code == 200
        assert client.delete(f"/api/v1/user/tokens/{made.json()['id']}").status_code == 204
        assert httpx.get(f"{first.url}/api/v1/projects/anna/shop/branches", headers=headers).status_code != 200
        assert client.put("/api/v1/projects/anna/shop/secrets/WORD", json={"value": "open sesame"}).is_success
    with first.client() as client:
        assert "WORD" in client.get("/api/v1/projects/anna/shop/secrets").text
    # The host key: strictly checked, and both ports have the same one.
    keys = [
        subprocess.run(
            ["ssh-keyscan", "-t", "ed25519", "-p", str(server.ssh_port), "127.0.0.1"],
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()[-1]
        for server in pair.servers
    ]
    assert keys[0] == keys[1]


def _push_to_both(pair: Pair, clients: list[Path], pushes: int, word: str) -> None:
    """Push to both at once, by HTTP and SSH, and read what was pushed from the other one."""

    def push(number: int) -> None:
        server, other = pair.servers[number % 2], pair.servers[1 - number % 2]
        for count in range(pushes):
            branch = f"{word.replace(' ', '-')}/{number}/{count}"
            if not pair.push(clients[number], server, branch, ssh=number >= 2):
                continue
            sha = pair.acknowledged[f"refs/heads/{branch}"]
            seen = git("ls-remote", other.remote(), f"refs/heads/{branch}")
            assert seen.code or seen.said.startswith(sha), seen.said
            try:
                with other.client() as client:
                    answer = client.get(f"/api/v1/projects/anna/shop/commits/{sha}")
            except httpx.HTTPError:
                continue  # it was killed
            assert answer.status_code == 200, answer.text

    failed: list[BaseException] = []

    def noted(number: int) -> None:
        try:
            push(number)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=noted, args=(number,)) for number in range(len(clients))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def _event(received: Any) -> str:
    return str(json.loads(received.body)["id"])


def _commits(pair: Pair) -> list[tuple[Any, ...]]:
    return pair.asked("SELECT id FROM push WHERE state IN ('recorded', 'indexed')")
