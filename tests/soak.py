"""Killing the server at random moments, as often as one likes: `python -m tests.soak KILLS [postgresql]`.

People push over HTTP and SSH, upload large files and report statuses while it runs. After each kill the server starts again, and everything that was acknowledged has
to be in Git and in the ledger, which has to be whole.
"""

from __future__ import annotations

import hashlib
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx

from headway.kernel.database import open_database
from headway.kernel.database.upgrading import current_revision, upgrade
from headway.kernel.ids import Ids
from headway.kernel.ledger.appending import Ledger
from headway.kernel.ledger.listing import Filter, list_events
from headway.kernel.ledger.sealing import Flaw, verify
from headway.migrations import NEWEST, SCRIPTS
from headway.repository.discovering import Discovering, known_refs
from headway.repository.hosting import Hosting
from tests.processes import Server, make_key, ssh_command
from tests.serving import commit, git, must, working_copy

if TYPE_CHECKING:
    from collections.abc import Callable

    from headway.kernel.database import Database

_LFS = "/anna/shop.git/info/lfs"
_LFS_TYPE = "application/vnd.git-lfs+json"
PUSHERS = 4
LARGE = 300_000


class Acknowledged(NamedTuple):
    """What a client was told has happened."""

    refs: dict[str, str]
    statuses: list[str]
    large: dict[str, int]
    """Large files: SHA-256 and size."""

    def __str__(self) -> str:
        by_ssh = sum("/ssh" in ref for ref in self.refs)
        pushes = f"{len(self.refs)} pushes, {by_ssh} of them over SSH"
        return f"{pushes}, {len(self.large)} large files, {len(self.statuses)} statuses"


def soak(
    folder: Path, kills: int, database: str = "", seed: int = 1, tell: Callable[[str], None] = lambda _: None
) -> Acknowledged:
    """Kill a server so many times. Fails when anything that was acknowledged is lost, or Git and ledger disagree."""
    chance = random.Random(seed)
    server = Server(folder, database)
    server.start()
    server.wait()
    server.admin("create-person", "anna", "--administrator")
    scopes = "write:code,read:code,write:project,read:project,write:user"
    server.token = server.admin("create-token", "anna", "--scopes", scopes)
    with server.client() as client:
        key = {"key": make_key(folder / "key")}
        assert client.post("/api/v1/user/ssh-keys", json=key).status_code == 201
    clients = [working_copy(folder / f"client{number}") for number in range(PUSHERS)]
    must(git("push", "--quiet", server.remote(), "main", at=clients[0]))
    acknowledged = Acknowledged({}, [], {})
    for number in range(kills):
        _work_and_kill(server, clients, acknowledged, chance)
        server.start()
        server.wait()
        if number % 10 == 9 or number == kills - 1:
            tell(f"{number + 1} kills, {acknowledged}")
    _check_large(server, acknowledged)
    time.sleep(1.5)
    server.kill()
    _check(server, acknowledged)
    return acknowledged


def _work_and_kill(server: Server, clients: list[Path], acknowledged: Acknowledged, chance: random.Random) -> None:
    ending = threading.Event()
    threads = [
        threading.Thread(target=_push, args=(server, clients[number], number, acknowledged, ending))
        for number in range(PUSHERS)
    ]
    threads.append(threading.Thread(target=_report, args=(server, acknowledged, ending)))
    threads.append(threading.Thread(target=_upload, args=(server, acknowledged, ending, chance.random())))
    for thread in threads:
        thread.start()
    # Some kills come at once; the others when something has been acknowledged, however slow the machine is.
    before, deadline = _count(acknowledged), time.monotonic() + 20 * chance.randint(0, 1)
    while _count(acknowledged) == before and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(chance.uniform(0.0, 0.5))
    ending.set()
    server.kill()
    for thread in threads:
        thread.join()


def _count(acknowledged: Acknowledged) -> int:
    by_ssh = sum("/ssh" in ref for ref in acknowledged.refs)
    return min(len(acknowledged.refs) - by_ssh, by_ssh, len(acknowledged.statuses), len(acknowledged.large))


def _push(server: Server, client: Path, number: int, acknowledged: Acknowledged, ending: threading.Event) -> None:
    over = "ssh" if number % 2 else "http"
    remote = server.ssh_remote() if number % 2 else server.remote()
    # A host key that changed would be refused.
    env = {"GIT_SSH_COMMAND": ssh_command(server.folder / "key", server.folder / "known_hosts")}
    while not ending.is_set():
        sha = commit(client)
        branch = f"refs/heads/client{number}/{over}-{sha[:12]}"
        if git("push", "--quiet", remote, f"{sha}:{branch}", at=client, env=env).code == 0:
            acknowledged.refs[branch] = sha


def _report(server: Server, acknowledged: Acknowledged, ending: threading.Event) -> None:
    headers = {"Authorization": f"Bearer {server.token}"}
    path = f"http://127.0.0.1:{server.port}/api/v1/projects/anna/shop/statuses/{'a' * 40}"
    number = 0
    while not ending.is_set():
        context = f"{time.time_ns()}-{number}"
        number += 1
        try:
            answer = httpx.post(path, json={"state": "success", "context": context}, headers=headers, timeout=5)
        except httpx.HTTPError:
            continue
        if answer.status_code == 201:
            acknowledged.statuses.append(context)


def _upload(server: Server, acknowledged: Acknowledged, ending: threading.Event, seed: float) -> None:
    chance = random.Random(seed)
    while not ending.is_set():
        content = chance.randbytes(chance.randint(1, LARGE))
        oid = hashlib.sha256(content).hexdigest()
        wanted = {"operation": "upload", "objects": [{"oid": oid, "size": len(content)}]}
        try:
            with server.client() as client:
                offered = client.post(f"{_LFS}/objects/batch", json=wanted, headers={"Accept": _LFS_TYPE})
                actions = offered.json()["objects"][0]["actions"]
                put = client.put(actions["upload"]["href"], content=content, headers=actions["upload"].get("header"))
        except (httpx.HTTPError, ValueError, KeyError):
            continue
        if put.status_code == 200:
            acknowledged.large[oid] = len(content)


def _check_large(server: Server, acknowledged: Acknowledged) -> None:
    with server.client() as client:
        for oid, size in acknowledged.large.items():
            content = client.get(f"{_LFS}/objects/{oid}").content
            assert (len(content), hashlib.sha256(content).hexdigest()) == (size, oid), f"a large file is lost: {oid}"


def _check(server: Server, acknowledged: Acknowledged) -> None:
    hosting = Hosting(server.folder / "data" / "git")
    database = open_database(server.database or f"sqlite:///{server.folder / 'data' / 'headway.sqlite'}")
    try:
        present = dict(
            line.split(" ")[::-1]
            for line in hosting.git(
                "for-each-ref", "--format=%(objectname) %(refname)", at=hosting.path(1)
            ).splitlines()
        )
        lost = {ref: sha for ref, sha in acknowledged.refs.items() if present.get(ref) != sha}
        assert lost == {}, f"{len(lost)} acknowledged pushes are not in Git"
        known = database.read(lambda connection: known_refs(connection, 1))
        assert {ref: sha for ref, sha in acknowledged.refs.items() if known.get(ref) != sha} == {}
        told = _told(database, "dev.cdevents.branch.created")
        assert {ref for ref in acknowledged.refs if f"branch:anna/shop@{ref[11:]}" not in told} == set()
        reported = _told(database, "dev.cdeventsx.headway-commit.status-reported", "context")
        assert set(acknowledged.statuses) - reported == set()
        flaws = [
            each for each in database.snapshot(lambda connection: list(verify(connection))) if isinstance(each, Flaw)
        ]
        assert flaws == []
        assert not _disagreement(database, hosting), "Git and ledger disagree"
        must(git("fsck", "--connectivity-only", at=hosting.path(1)))
    finally:
        database.close()


def _told(database: Database, event_type: str, key: str = "") -> set[str]:
    found: set[str] = set()
    after = ""
    while True:
        page = database.read(lambda connection: list_events(connection, Filter(type=event_type), None, after, 500))
        found |= {str(each.event.data[key]) if key else each.event.subject for each in page.items}
        after = page.following
        if not after:
            return found


def _disagreement(database: Database, hosting: Hosting) -> bool:
    from headway.kernel.clock import system_clock
    from headway.repository.receiving import Receiving

    ids = Ids(system_clock)
    rules: Any = None
    receiving = Receiving(database, Ledger(system_clock, ids), hosting, rules)
    receiving.settle()
    return Discovering(database, ids, hosting, receiving).discover(1, "system", "found")


def kill_migrations(folder: Path, kills: int, seed: int = 1) -> None:
    """Kill servers that upgrade a database of the first version; the last one is let finish. Fails unless it does."""
    chance = random.Random(seed)
    server = Server(folder, "")
    (folder / "data").mkdir(parents=True)
    address = f"sqlite:///{folder / 'data' / 'headway.sqlite'}"
    database = open_database(address)
    upgrade(database, SCRIPTS, NEWEST, target="0001")
    database.close()
    for _ in range(kills):
        server.start()
        time.sleep(chance.uniform(0.2, 1.2))
        server.kill()
    server.start()
    server.wait()
    server.kill()
    database = open_database(address)
    assert current_revision(database) == NEWEST
    database.close()


def main() -> None:
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with tempfile.TemporaryDirectory(prefix="headway-soak-") as folder:
        if "postgresql" in sys.argv:
            from tests.postgres import running

            with running(durable=True) as cluster:
                found = soak(Path(folder), kills, cluster.create(), tell=print)
        else:
            found = soak(Path(folder), kills, tell=print)
    print(f"{kills} kills: {found}; all of them acknowledged, none lost")
    with tempfile.TemporaryDirectory(prefix="headway-soak-") as folder:
        kill_migrations(Path(folder), max(5, kills // 10))
    print(f"{max(5, kills // 10)} kills during migrations: the last one finished")


if __name__ == "__main__":
    main()
