from __future__ import annotations

import asyncio
import json
import os
import socket
import stat
import subprocess
import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import pytest

from headway.kernel.errors import HeadwayError
from headway.kernel.identity.actors import SYSTEM
from headway.kernel.identity.authentication import actor_of
from headway.kernel.identity.ssh_keys import deploy_keys, own_keys
from headway.kernel.identity.store import account_by_handle
from headway.kernel.platform import make_platform
from headway.kernel.settings import Settings
from headway.repository.transport.host_key import host_key
from headway.repository.transport.serving import Served as ServedGit
from tests.repository.lfs.test_lfs import FILTERS, with_large_file
from tests.serving import Done, Person, Served, commit, git, must, serving, wait_until, working_copy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from headway.kernel.projects.records import Project
    from headway.repository.transport.ssh import SshServer

RECEIVED = "dev.cdeventsx.headway-push.received"


class Place(NamedTuple):
    """A server that answers SSH, and a folder for keys."""

    served: Served
    ssh: SshServer
    folder: Path
    loop: asyncio.AbstractEventLoop

    def key(self, name: str, *more: str) -> Path:
        path = self.folder / name
        if not path.exists():
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(path), *more]
            subprocess.run(command, check=True)
        return path

    def person(self, handle: str = "anna") -> Person:
        """Return somebody who has a key of their name."""
        who = self.served.person(handle)
        self.add(who, handle)
        return who

    def add(self, who: Person, name: str) -> None:
        text = self.key(name).with_suffix(".pub").read_text()
        self.served.headway.platform.ssh_keys.add(who.actor, own_keys(who.actor), text)

    def deploy_key(self, project: Project, name: str, *, may_write: bool) -> None:
        text = self.key(name).with_suffix(".pub").read_text()
        self.served.headway.platform.ssh_keys.add(SYSTEM, deploy_keys(project), text, may_write=may_write)

    def command(self, key: str, *options: str) -> list[str]:
        return [
            "ssh",
            "-F",
            "none",
            "-i",
            str(self.key(key)),
            *("-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "BatchMode=yes"),
            *("-o", f"UserKnownHostsFile={self.folder / 'known_hosts'}", "-o", "StrictHostKeyChecking=accept-new"),
            *("-o", "LogLevel=ERROR", *options),
        ]

    def git(self, key: str, *arguments: str, at: Path | None = None, env: dict[str, str] | None = None) -> Done:
        return git(*arguments, at=at, env={"GIT_SSH_COMMAND": " ".join(self.command(key)), **(env or {})})

    def ssh_(self, key: str, *words: str, options: tuple[str, ...] = (), given: bytes = b"") -> Done:
        """Ask for a command, as somebody at a terminal does."""
        command = [*self.command(key, *options), "-p", str(self.ssh.port), "git@127.0.0.1", *words]
        done = subprocess.run(command, check=False, capture_output=True, input=given, timeout=30)
        return Done(done.returncode, (done.stdout + done.stderr).decode())

    def address(self, name: str) -> str:
        return f"{self.ssh.address}/{name}"


@contextmanager
def answering(folder: Path, template: Path, **settings: Any) -> Iterator[Place]:
    with serving(folder / "server", template, ssh={"port": 0}, **settings) as served:
        loop = asyncio.new_event_loop()
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        ssh = served.headway.repository.ssh_server(served.headway.platform)
        asyncio.run_coroutine_threadsafe(ssh.start(), loop).result(10)
        keys = folder / "keys"
        keys.mkdir()
        try:
            yield Place(served, ssh, keys, loop)
        finally:
            asyncio.run_coroutine_threadsafe(ssh.stop(), loop).result(20)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(10)
            loop.close()


@pytest.fixture
def place(tmp_path: Path, sqlite_template: Path) -> Iterator[Place]:
    with answering(tmp_path, sqlite_template) as made:
        yield made


@pytest.mark.parametrize("version", ["0", "2"])
def test_what_is_pushed_can_be_cloned_and_fetched(place: Place, tmp_path: Path, version: str) -> None:
    anna = place.person()
    place.served.project(anna)
    source = working_copy(tmp_path / "source", commits=3)
    speaking = ("-c", f"protocol.version={version}")
    must(place.git("anna", *speaking, "push", place.address("anna/shop.git"), "main", at=source))
    must(place.git("anna", *speaking, "clone", "--quiet", place.address("anna/shop"), str(tmp_path / "clone")))
    commit(source, "More")
    must(place.git("anna", *speaking, "push", place.address("anna/shop.git"), "main", at=source))
    must(place.git("anna", *speaking, "pull", "--quiet", at=tmp_path / "clone"))
    assert must(git("rev-parse", "HEAD", at=tmp_path / "clone")) == must(git("rev-parse", "HEAD", at=source))
    first, second = place.served.events(type=RECEIVED)
    assert (first.actor, first.data["transport"]) == ("person:anna", "ssh")
    assert second.data["updateCount"] == 1


def test_the_protocol_that_the_client_speaks_is_passed_on(place: Place, tmp_path: Path) -> None:
    anna = place.person()
    place.served.project(anna)
    source = working_copy(tmp_path / "source")
    must(place.git("anna", "push", place.address("anna/shop"), "main", at=source))
    done = place.git(
        "anna", "-c", "protocol.version=2", "ls-remote", place.address("anna/shop"), env={"GIT_TRACE_PACKET": "1"}
    )
    assert "version 2" in done.said


def test_a_push_to_a_new_address_creates_a_private_project(place: Place, tmp_path: Path) -> None:
    anna = place.person()
    source = working_copy(tmp_path / "source")
    must(place.git("anna", "push", place.address("anna/new-thing"), "main", at=source))
    with place.served.client(anna) as client:
        assert client.get("/api/v1/projects/anna/new-thing").json()["visibility"] == "private"


def test_rules_speak_to_the_one_who_pushes(place: Place, tmp_path: Path) -> None:
    anna = place.person()
    place.served.project(anna)
    source = working_copy(tmp_path / "source")
    with place.served.client(anna) as client:
        rule = {"pattern": "main", "push_role": "owner", "required_checks": ["test"]}
        assert client.put("/api/v1/projects/anna/shop/branch-rules", json=rule).status_code == 200
    done = place.git("anna", "push", place.address("anna/shop"), "main", at=source)
    assert done.code
    assert "remote: " in done.said
    assert "test" in done.said
    assert place.served.events(type=RECEIVED) == []


def test_what_the_client_hears_of_is_in_the_ledger(place: Place, tmp_path: Path) -> None:
    anna = place.person()
    place.served.project(anna)
    source = working_copy(tmp_path / "source")
    for number in range(5):
        commit(source, f"Change {number}")
        must(place.git("anna", "push", place.address("anna/shop"), "main", at=source))
        assert len(place.served.events(type=RECEIVED)) == number + 1


def test_other_peoples_projects_are_alike_whether_they_exist_or_not(place: Place, tmp_path: Path) -> None:
    anna = place.person("anna")
    place.person("eve")
    place.served.project(anna)
    source = working_copy(tmp_path / "source")
    said = {
        place.git("eve", *words, at=source).said
        for name in ("shop", "nothing")
        for words in (("ls-remote", place.address(f"anna/{name}")), ("push", place.address(f"anna/{name}"), "main"))
    }
    assert len(said) == 1
    assert "there is no such project, or you may not see it" in said.pop()


def test_an_unknown_key_is_not_let_in(place: Place) -> None:
    anna = place.person()
    place.served.project(anna, visibility="public")
    done = place.git("stranger", "ls-remote", place.address("anna/shop"))
    assert done.code
    assert "Permission denied (publickey)" in done.said


def test_a_key_without_its_private_half_is_not_let_in(place: Place, tmp_path: Path) -> None:
    """Somebody offers another person's public key, which everybody may know, and signs with their own."""
    place.person()
    forged = place.key("mallory")
    forged.with_suffix(".pub").write_bytes(place.key("anna").with_suffix(".pub").read_bytes())
    assert "Permission denied" in place.ssh_("mallory").said


def test_neither_password_nor_anything_else_is_a_proof(place: Place) -> None:
    options = ("-o", "PubkeyAuthentication=no", "-v")
    command = [*place.command("x", *options), "-o", "LogLevel=VERBOSE"]
    command += ["-p", str(place.ssh.port), "git@127.0.0.1"]
    done = subprocess.run(command, check=False, capture_output=True, timeout=30, text=True)
    assert "Permission denied (publickey)" in done.stderr


def test_who_asks_for_a_shell_is_greeted_and_sent_away(place: Place) -> None:
    place.person()
    done = place.ssh_("anna")
    assert done.code == 1
    assert done.said.startswith("Hi anna, you are signed in; Headway gives no shell.")
    assert "PTY allocation request failed" in place.ssh_("anna", options=("-tt",)).said


@pytest.mark.parametrize(
    "words",
    ["id", "git-upload-pack 'anna/shop'; touch {mark}", "sh -c 'touch {mark}'", "git-upload-pack '$(touch {mark})/x'"],
)
def test_nothing_of_a_command_reaches_a_shell(place: Place, tmp_path: Path, words: str) -> None:
    anna = place.person()
    place.served.project(anna)
    mark = tmp_path / "mark"
    done = place.ssh_("anna", words.format(mark=mark))
    assert done.code == 1
    assert not mark.exists()


def test_there_is_no_other_subsystem_and_no_forwarding(place: Place) -> None:
    place.person()
    assert "subsystem request failed" in place.ssh_("anna", "sftp", options=("-s",)).said
    assert "it serves git" in place.ssh_("anna", "netconf", options=("-s",)).said
    with socket.create_server(("127.0.0.1", 0)) as inside:
        target = f"127.0.0.1:{inside.getsockname()[1]}"
        refused = place.ssh_("anna", options=("-W", target))
        assert refused.code
        assert "forwarding failed" in refused.said
        listening = ("-o", "ExitOnForwardFailure=yes", "-R", f"0:{target}", "-N")
        assert place.ssh_("anna", options=listening).code
        inside.settimeout(0.2)
        with pytest.raises(TimeoutError):
            inside.accept()
    done = place.ssh_("anna", options=("-A", "-X"))
    assert "Headway gives no shell" in done.said


def test_a_deploy_key_reads_or_writes_its_project_only(place: Place, tmp_path: Path) -> None:
    anna = place.person()
    shop = place.served.project(anna)
    place.served.project(anna, "other")
    source = working_copy(tmp_path / "source")
    place.deploy_key(shop, "reader", may_write=False)
    place.deploy_key(shop, "writer", may_write=True)
    assert "takes the role developer" in place.git(
        "reader", "push", place.address("anna/shop"), "main", at=source
    ).said or ("lacks the scope" in place.git("reader", "push", place.address("anna/shop"), "main", at=source).said)
    must(place.git("writer", "push", place.address("anna/shop"), "main", at=source))
    must(place.git("reader", "ls-remote", place.address("anna/shop")))
    for key in ("reader", "writer"):
        assert "no such project" in place.git(key, "ls-remote", place.address("anna/other")).said
        assert "no such project" in place.git(key, "push", place.address("anna/new"), "main", at=source).said
    (event,) = place.served.events(type=RECEIVED)
    assert event.actor.startswith("token:deploy-key:")


def test_a_removed_key_and_a_suspended_account_are_locked_out_at_once(place: Place) -> None:
    anna, bert = place.person("anna"), place.person("bert")
    platform = place.served.headway.platform
    assert "Hi anna" in place.ssh_("anna").said
    (key,) = platform.ssh_keys.of(own_keys(anna.actor))
    assert key.used is not None
    platform.ssh_keys.remove(anna.actor, own_keys(anna.actor), key.id)
    assert "Permission denied" in place.ssh_("anna").said
    from headway.kernel.identity.tables import account

    now = platform.clock()
    platform.database.write(
        lambda connection: connection.execute(
            account.update().where(account.c.id == bert.account_id).values(suspended=now)
        )
    )
    assert "Permission denied" in place.ssh_("bert").said


def test_a_project_that_moved_is_served_all_the_same(place: Place, tmp_path: Path) -> None:
    anna = place.person()
    place.served.project(anna)
    source = working_copy(tmp_path / "source")
    must(place.git("anna", "push", place.address("anna/shop"), "main", at=source))
    with place.served.client(anna) as client:
        client.post("/api/v1/projects/anna/shop/move", json={"name": "store"})
    assert "refs/heads/main" in must(place.git("anna", "ls-remote", place.address("anna/shop")))


def test_large_files_go_over_http_with_a_token_for_minutes(place: Place, tmp_path: Path) -> None:
    anna = place.person()
    place.served.project(anna)
    content = os.urandom(2_000_000)
    source = with_large_file(tmp_path / "source", content)
    must(place.git("anna", "push", place.address("anna/shop.git"), "main", at=source, env=FILTERS))
    must(place.git("anna", "clone", "--quiet", place.address("anna/shop.git"), str(tmp_path / "clone"), env=FILTERS))
    assert (tmp_path / "clone" / "large.bin").read_bytes() == content


def test_the_token_for_large_files_is_good_for_what_was_asked(place: Place) -> None:
    anna = place.person()
    shop = place.served.project(anna)
    place.deploy_key(shop, "reader", may_write=False)
    told = json.loads(place.ssh_("anna", "git-lfs-authenticate anna/shop.git download").said)
    assert told["href"] == f"{place.served.url}/anna/shop.git/info/lfs"
    assert 0 < told["expires_in"] <= 1800
    with httpx.Client(headers=told["header"]) as client:
        for operation, status in (("download", 200), ("upload", 403)):
            body = {"operation": operation, "objects": []}
            assert client.post(f"{told['href']}/objects/batch", json=body).status_code == status
    deploy = json.loads(place.ssh_("reader", "git-lfs-authenticate anna/shop.git download").said)
    with httpx.Client(headers=deploy["header"]) as client:
        body = {"operation": "download", "objects": []}
        assert client.post(f"{deploy['href']}/objects/batch", json=body).status_code == 200
    assert place.ssh_("reader", "git-lfs-authenticate anna/shop.git upload").code == 1
    with place.served.client(anna) as client:
        assert [each["name"] for each in client.get("/api/v1/user/tokens").json()["items"]] == ["tests"]


def test_a_client_that_goes_away_in_a_push_leaves_nothing(place: Place, tmp_path: Path) -> None:
    anna = place.person()
    place.served.project(anna)
    command = [*place.command("anna"), "-p", str(place.ssh.port), "git@127.0.0.1", "git-receive-pack 'anna/shop'"]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert child.stdin is not None
    assert child.stdout is not None
    child.stdout.read(4)
    child.stdin.write(b"0094" + b"0" * 40)
    child.stdin.flush()
    child.kill()
    child.communicate()
    wait_until(lambda: not place.served.gits())
    source = working_copy(tmp_path / "source")
    must(place.git("anna", "push", place.address("anna/shop"), "main", at=source))
    assert len(place.served.events(type=RECEIVED)) == 1


def test_a_push_that_is_too_large_is_refused(tmp_path: Path, sqlite_template: Path) -> None:
    with answering(tmp_path, sqlite_template, limits={"push_bytes": 100_000}) as place:
        anna = place.person()
        place.served.project(anna)
        source = working_copy(tmp_path / "source")
        (source / "big").write_bytes(os.urandom(500_000))
        commit(source)
        assert place.git("anna", "push", place.address("anna/shop"), "main", at=source).code
        assert place.served.events(type=RECEIVED) == []


def test_who_says_nothing_is_sent_away(tmp_path: Path, sqlite_template: Path) -> None:
    with answering(tmp_path, sqlite_template, limits={"silence_seconds": 1}) as place:
        anna = place.person()
        place.served.project(anna)
        command = [*place.command("anna"), "-p", str(place.ssh.port), "git@127.0.0.1", "git-receive-pack 'anna/shop'"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            assert child.wait(30) == 1
            assert child.stderr is not None
            assert b"neither side said anything for 1 s" in child.stderr.read()
        wait_until(lambda: not place.served.gits())


def test_strangers_who_say_nothing_are_limited_and_sent_away(
    tmp_path: Path, sqlite_template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("headway.repository.transport.ssh_sessions.LOGIN_SECONDS", 1)
    monkeypatch.setattr("headway.repository.transport.ssh.MOST_STRANGERS", 3)
    with answering(tmp_path, sqlite_template) as place:
        place.person()
        idle = [socket.create_connection(("127.0.0.1", place.ssh.port)) for _ in range(6)]
        wait_until(lambda: place.ssh._strangers == 3)
        for connection in idle:
            connection.settimeout(10)
            while connection.recv(1000):
                pass
            connection.close()
        assert "Hi anna" in place.ssh_("anna").said


def test_who_tries_many_keys_is_sent_away(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headway.repository.transport.ssh_sessions.MOST_KEYS", 4)
    place.person()
    wrong = [option for number in range(4) for option in ("-i", str(place.key(f"wrong{number}")))]
    right = ["-i", str(place.key("anna"))]
    command = place.command("x")
    del command[3:5]  # "-i" and its key
    target = ["-p", str(place.ssh.port), "git@127.0.0.1"]
    tried = [
        subprocess.run([*command, *keys, *target], check=False, capture_output=True, text=True, timeout=30).stderr
        for keys in ([*wrong[:4], *right], [*wrong, *right])
    ]
    assert "Hi anna" in tried[0]
    assert "Hi anna" not in tried[1]


def test_the_servers_key_is_made_once_and_for_the_server_only(place: Place) -> None:
    place.person()
    place.ssh_("anna")
    path = place.served.headway.platform.settings.data / "ssh_host_key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert host_key(path, place.served.headway.platform.secrets) == path.read_bytes()
    assert [entry.name for entry in path.parent.iterdir() if "host_key" in entry.name] == ["ssh_host_key"]


def test_a_port_that_is_taken_is_told_with_what_to_do(place: Place) -> None:
    platform = place.served.headway.platform
    settings = platform.settings.model_copy(
        update={"ssh": platform.settings.ssh.model_copy(update={"port": place.ssh.port})}
    )
    another = place.served.headway.repository.ssh_server(platform._replace(settings=settings))
    with pytest.raises(HeadwayError, match="HEADWAY_SSH__PORT"):
        asyncio.run(another.start())


def test_the_end_of_the_server_ends_connections_in_words(place: Place) -> None:
    anna = place.person()
    place.served.project(anna)
    port = place.ssh.port
    command = [*place.command("anna"), "-p", str(place.ssh.port), "git@127.0.0.1", "git-upload-pack 'anna/shop'"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.read(4)
        asyncio.run_coroutine_threadsafe(place.ssh.stop(), place.loop).result(20)
        assert child.wait(10)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_the_end_of_the_server_waits_for_what_is_under_way(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    anna = place.person()
    place.served.project(anna)
    end = ServedGit.end

    async def end_slowly(git: ServedGit) -> int:
        await asyncio.sleep(0.5)
        return await end(git)

    monkeypatch.setattr(ServedGit, "end", end_slowly)
    command = [*place.command("anna"), "-p", str(place.ssh.port), "git@127.0.0.1", "git-upload-pack 'anna/shop'"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.read(4)
        asyncio.run_coroutine_threadsafe(place.ssh.stop(), place.loop).result(20)
        assert not asyncio.all_tasks(place.loop)
        assert not place.served.gits()


def test_the_server_process_answers_and_ends_in_order(tmp_path: Path, sqlite_template: Path) -> None:
    data = tmp_path / "data"
    environment = {**os.environ, "HEADWAY_SSH__PORT": "0", "HEADWAY_LOG_LEVEL": "warning"}
    command = [sys.executable, "-m", "headway", "up", "--data", str(data), "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        line = next(line for line in server.stdout if "SSH" in line)
        address = line.split()[-1]
        platform = make_platform(Settings(data=data))
        platform.identity.create_person(SYSTEM, "anna", "Anna Berg")
        account = platform.database.read(lambda connection: account_by_handle(connection, "anna"))
        assert account is not None
        actor = platform.database.read(lambda connection: actor_of(connection, account))
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
        platform.ssh_keys.add(actor, own_keys(actor), (tmp_path / "key.pub").read_text())
        platform.database.close()
        ssh = f"ssh -F none -i {tmp_path / 'key'} -o IdentityAgent=none -o UserKnownHostsFile={tmp_path / 'known'}"
        source = working_copy(tmp_path / "source")
        env = {"GIT_SSH_COMMAND": f"{ssh} -o StrictHostKeyChecking=accept-new"}
        must(git("push", f"{address}/anna/shop.git", "main", at=source, env=env))
        must(git("clone", f"{address}/anna/shop.git", str(tmp_path / "clone"), env=env))
        server.terminate()
        assert server.wait(20) == 0
