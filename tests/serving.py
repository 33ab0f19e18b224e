"""A whole server for tests: real sockets, a real database, real git."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple

import httpx
import uvicorn

from headway.app import build
from headway.kernel.identity.actors import SYSTEM
from headway.kernel.identity.authentication import actor_of
from headway.kernel.identity.roles import SCOPES
from headway.kernel.identity.store import account_by_id
from headway.kernel.identity.tokens import Wanted
from headway.kernel.ledger.listing import Filter, list_events
from headway.kernel.settings import Settings
from headway.repository.service import NewProject
from headway.web.connections import protocol_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from headway.app import Headway
    from headway.kernel.identity.actors import Actor
    from headway.kernel.ledger.records import Event
    from headway.kernel.projects.records import Project


class Person(NamedTuple):
    """Somebody with an account and a token."""

    handle: str
    account_id: int
    actor: Actor
    token: str


class Done(NamedTuple):
    """How a git command ended."""

    code: int
    said: str


class Served:
    """A server that runs, and people who use it."""

    def __init__(self, headway: Headway, port: int, folder: Path) -> None:
        self.headway = headway
        self.port = port
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"

    def person(self, handle: str = "anna", *, admin: bool = False, scopes: tuple[str, ...] = tuple(SCOPES)) -> Person:
        platform = self.headway.platform
        account_id = platform.identity.create_person(SYSTEM, handle, f"{handle.title()} Berg", admin=admin)
        account = platform.database.read(lambda connection: account_by_id(connection, account_id))
        assert account is not None
        actor = platform.database.read(lambda connection: actor_of(connection, account))
        token = platform.tokens.create_personal(actor, Wanted("tests", scopes)).secret
        return Person(handle, account_id, actor, token)

    def project(self, owner: Person, name: str = "shop", **more: Any) -> Project:
        return self.headway.repositories.create(owner.actor, NewProject(name, **more))

    def client(self, person: Person | None = None, **more: Any) -> httpx.Client:
        headers = {"Authorization": f"Bearer {person.token}"} if person else {}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30, **more)

    def address(self, person: Person | None, name: str) -> str:
        """Return where git finds a project, with the person's token in it."""
        who = f"{person.handle}:{person.token}@" if person else ""
        return f"http://{who}127.0.0.1:{self.port}/{name}"

    def events(self, **wanted: Any) -> list[Event]:
        """Return events that fit, oldest first."""
        database = self.headway.platform.database
        page = database.read(lambda connection: list_events(connection, Filter(**wanted), None, "", 1000))
        return [sealed.event for sealed in reversed(page.items)]

    def gits(self) -> list[str]:
        """Return the command lines of git that run in the server's folder now."""
        folder = str(self.headway.hosting.folder)
        listed = subprocess.run(["ps", "-ww", "-eo", "args"], check=True, capture_output=True, text=True).stdout
        return [line for line in listed.splitlines() if line.startswith("git ") and folder in line]


def wait_until(true: Callable[[], object]) -> None:
    """Return once something is true. Fails when it has not come in 15 seconds."""
    deadline = time.monotonic() + 15
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def git(*arguments: str, at: Path | None = None, env: dict[str, str] | None = None, timeout: float = 60) -> Done:
    """Run git as somebody with no settings of their own."""
    environment = {
        **os.environ,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "Anna Berg",
        "GIT_AUTHOR_EMAIL": "anna@example.com",
        "GIT_COMMITTER_NAME": "Anna Berg",
        "GIT_COMMITTER_EMAIL": "anna@example.com",
        "LC_ALL": "C",
        **(env or {}),
    }
    done = subprocess.run(
        ["git", *(["-C", str(at)] if at else []), *arguments],
        check=False,
        capture_output=True,
        text=True,
        errors="surrogateescape",
        env=environment,
        timeout=timeout,
    )
    return Done(done.returncode, done.stdout + done.stderr)


def must(done: Done) -> str:
    """Return what a git command printed. Fails unless it succeeded."""
    assert done.code == 0, done.said
    return done.said.strip()


def working_copy(folder: Path, commits: int = 1, branch: str = "main") -> Path:
    """Return a repository with some commits."""
    folder.mkdir(parents=True)
    must(git("init", "--quiet", f"--initial-branch={branch}", at=folder))
    for number in range(commits):
        (folder / "README.md").write_text(f"# Shop\n\nRevision {number}\n")
        commit(folder, f"Revision {number}")
    return folder


def commit(folder: Path, message: str = "Change") -> str:
    """Commit everything, and return the commit's name."""
    must(git("add", "--all", at=folder))
    must(git("commit", "--quiet", "--allow-empty", "--message", message, at=folder))
    return must(git("rev-parse", "HEAD", at=folder))


@contextmanager
def serving(folder: Path, template: Path, database: str = "", **settings: Any) -> Iterator[Served]:
    """Run a server in this process. ``template``: an SQLite file with the present schema."""
    data = folder / "data"
    data.mkdir(parents=True)
    if not database:
        shutil.copy(template, data / "headway.sqlite")
    listening = socket.create_server(("127.0.0.1", 0))
    port = listening.getsockname()[1]
    values = {"data": data, "port": port, "database": database, "outbound_private": True, **settings}
    headway = build(Settings(**values))
    headway.hosting.prepare()
    headway.start()
    http = protocol_for(headway.platform.settings.limits)
    config = uvicorn.Config(headway.app, log_config=None, access_log=False, lifespan="off", http=http, loop="uvloop")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    try:
        yield Served(headway, port, folder)
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join(10)
        headway.stop()
