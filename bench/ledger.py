"""Lists and ledger queries with a million events, 100,000 commits and 2,000 projects, on SQLite and PostgreSQL.

Times are those of whole requests over HTTP to a server of its own process. The SQLite file is made once, and kept in
the folder that `HEADWAY_BENCH` names, otherwise in `headway-bench` in the folder for temporary files.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from datetime import timedelta
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import httpx

from bench.appending import appended
from bench.installation import EVERYWHERE, MEMBER, OUTSIDER, Installation, fill
from bench.installation.lives import END
from bench.serving import HEADWAY, headway
from headway.kernel.database import open_database
from headway.kernel.database.upgrading import upgrade
from headway.kernel.identity.roles import SCOPES
from headway.migrations import NEWEST, SCRIPTS
from tests.postgres import running

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LIMIT = 40.0
ROUNDS = 60
_KEPT = 300
"""How many subjects of a kind are kept to ask for."""

ADMINISTRATOR, ANONYMOUS = "anna", ""
EVERYBODY = (ADMINISTRATOR, MEMBER, EVERYWHERE, OUTSIDER, ANONYMOUS)


class Question(NamedTuple):
    """A request that is made many times with other values: its name, who asks, and the addresses in turn."""

    name: str
    askers: Sequence[str]
    addresses: Iterable[str]


def main() -> None:
    folder = Path(os.environ.get("HEADWAY_BENCH") or Path(tempfile.gettempdir()) / "headway-bench")
    folder.mkdir(parents=True, exist_ok=True)
    for place in (_on_sqlite, _on_postgresql):
        work = Path(tempfile.mkdtemp(prefix="headway-ledger-", dir=folder))
        try:
            with place(folder, work) as (made, options):
                _ask_all(made, work, options)
        finally:
            shutil.rmtree(work)


@contextmanager
def _on_sqlite(folder: Path, work: Path) -> Iterator[tuple[Installation, list[str]]]:
    file, notes = folder / f"installation-{NEWEST}.sqlite", folder / f"installation-{NEWEST}.json"
    if not notes.exists():
        file.unlink(missing_ok=True)
        notes.write_text(json.dumps(_filled(f"sqlite:///{file}")._asdict()))
    made = Installation(**json.loads(notes.read_text()))
    print("SQLite, events appended with a link each, flushed:")
    appended(f"sqlite:///{work}/empty.sqlite")
    (work / "data").mkdir()
    shutil.copy(file, work / "data" / "headway.sqlite")
    yield made, []


@contextmanager
def _on_postgresql(_folder: Path, _work: Path) -> Iterator[tuple[Installation, list[str]]]:
    with running(durable=True) as cluster:
        print("PostgreSQL, events appended with a link each, flushed:")
        appended(cluster.create())
        address = cluster.create()
        yield _filled(address), ["--database", address]


def _filled(address: str) -> Installation:
    database = open_database(address)
    upgrade(database, SCRIPTS, NEWEST)
    start = time.perf_counter()
    made = fill(database)
    print(f"the installation was made in {time.perf_counter() - start:.0f} s")
    if not database.is_sqlite:
        with database.engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql("VACUUM ANALYZE")
    database.close()
    few = {kind: found[:: max(1, len(found) // _KEPT)] for kind, found in made.subjects.items()}
    return made._replace(subjects=few, event_ids=made.event_ids[:: max(1, len(made.event_ids) // _KEPT)])


def _ask_all(made: Installation, work: Path, options: list[str]) -> None:
    print(f"{made.events:,} events, {made.commits:,} commits, {made.projects:,} projects; milliseconds a request")
    print(f"  {'':46} {'median':>8} {'p95':>8}")
    with headway(work, *options) as server:
        print(f"  first page after the start {server.first_page:.2f} s")
        clients = {who: _client(server.address, who, work, options) for who in EVERYBODY}
        for question in [*_lists(made), *_ledger(made)]:
            for who in question.askers:
                _ask(clients[who], question, who)


def _client(address: str, who: str, work: Path, options: list[str]) -> httpx.Client:
    headers = {}
    if who:
        scopes = ",".join(SCOPES) if who == ADMINISTRATOR else "read:project,read:code,read:user,write:user"
        command = [*HEADWAY, "admin", "create-token", who, "--scopes", scopes, "--data", str(work / "data"), *options]
        made = subprocess.run(command, check=True, capture_output=True, text=True)
        headers["Authorization"] = f"Bearer {made.stdout.strip()}"
    return httpx.Client(base_url=address, headers=headers, timeout=60)


def _ask(client: httpx.Client, question: Question, who: str) -> None:
    times = []
    for _, address in zip(range(ROUNDS), cycle(list(question.addresses)), strict=False):
        start = time.perf_counter()
        answer = client.get(address)
        times.append((time.perf_counter() - start) * 1000)
        if answer.status_code not in (200, 303, 404):
            print(f"  {address} for {who}: {answer.status_code} {answer.text[:200]}")
            return
    times.sort()
    p95 = times[int(ROUNDS * 0.95) - 1]
    flag = " <- above the limit" if p95 > LIMIT else ""
    print(f"  {question.name[:32]:32} {who or 'nobody':13} {times[ROUNDS // 2]:8.1f} {p95:8.1f}{flag}", flush=True)


def _lists(made: Installation) -> Iterator[Question]:
    projects = [f"team-{n % 200}/{name}" for n, name in enumerate(("web", "api", "search", "stock") * 10)]
    own = [f"team-0/{name}" for name in ("web", "api", "search", "stock")]
    statuses = [
        f"/api/v1/projects/{name}/statuses/{sha}"
        for commit in made.subjects["commit"]
        for name, _, sha in [commit.removeprefix("commit:").partition("@")]
    ]
    root, member = (ADMINISTRATOR,), (MEMBER,)
    yield Question("projects", EVERYBODY, ["/api/v1/projects?limit=50"])
    yield Question("projects by name", EVERYBODY, [f"/api/v1/projects?filter={n}" for n in ("web", "team-1", "zzz")])
    yield Question("repositories (/api/v3)", EVERYBODY, ["/api/v3/user/repos", "/api/v3/user/repos?page=20"])
    yield Question("home page", EVERYBODY, ["/"])
    yield Question("members of a project", root, [f"/api/v1/projects/{name}/members" for name in projects])
    yield Question("branch rules", root, [f"/api/v1/projects/{name}/branch-rules" for name in projects])
    yield Question("statuses of a commit", root, statuses)
    yield Question("webhooks", root, [f"/api/v1/projects/{name}/webhooks" for name in projects])
    yield Question("deliveries of a webhook", root, ["/api/v1/projects/team-0/web/webhooks/1/deliveries"])
    yield Question(
        "secrets and variables", root, [f"/api/v1/projects/{n}/{w}" for n in own for w in ("secrets", "variables")]
    )
    yield Question("deploy tokens", root, [f"/api/v1/projects/{name}/deploy-tokens" for name in projects])
    yield Question("deploy keys", root, [f"/api/v1/projects/{name}/deploy-keys" for name in projects])
    yield Question("people", root, ["/api/v1/people", "/api/v1/people?filter=grace", "/-/people"])
    yield Question("teams", EVERYBODY[:4], ["/api/v1/teams", "/-/teams"])
    yield Question(
        "members of a team", (ADMINISTRATOR, EVERYWHERE), ["/api/v1/teams/team-7/members", "/-/teams/team-7"]
    )
    yield Question("service accounts", root, ["/api/v1/service-accounts", "/-/programs"])
    yield Question("invitations", root, ["/api/v1/invitations"])
    yield Question("inbox", member, ["/api/v1/user/inbox", "/api/v1/user/inbox?unread=true", "/-/inbox"])
    yield Question("account pages", member, [f"/-/account{at}" for at in ("", "/tokens", "/sessions", "/ssh-keys")])


def _ledger(made: Installation) -> Iterator[Question]:
    events, see = "/api/v1/ledger/events?limit=50", EVERYBODY
    some = made.subjects
    mixed = [
        subject for group in zip(*(some[k] for k in ("commit", "run", "deployment")), strict=False) for subject in group
    ]
    yield Question("newest events", see, [events])
    yield Question("ledger page", see, ["/-/ledger"])
    yield Question("events of a project", see, [f"{events}&project=team-{n}/api" for n in range(0, 200, 7)])
    yield Question("ledger page of a project", (MEMBER,), ["/team-0/web/ledger", "/team-0/api/ledger"])
    for kind in ("dev.cdevents.taskrun.started", "dev.cdevents.incident.reported", "dev.cdevents.testcaserun.skipped"):
        yield Question(f"events {kind.removeprefix('dev.cdevents.')}", see, [f"{events}&type={kind}"])
    yield Question("events of a subject", see, [f"{events}&subject={_quoted(one)}" for one in mixed])
    yield Question("events of a person", see, [f"{events}&actor={_quoted(one)}" for one in some["person"]])
    yield Question(
        "events of a week a year ago",
        see,
        [f"{events}&since={_days_ago(n + 7)}&until={_days_ago(n)}" for n in range(200, 340, 5)],
    )
    yield Question(
        "events of a project and a type",
        see,
        [f"{events}&project=team-{n}/api&type=dev.cdevents.change.merged" for n in range(8)],
    )
    yield Question(
        "events of a person and a type",
        see,
        [f"{events}&actor={_quoted(one)}&type=dev.cdevents.incident.reported" for one in some["person"]],
    )
    yield Question(
        "events of a project in a week",
        see,
        [f"{events}&project=team-1/web&since={_days_ago(n + 7)}&until={_days_ago(n)}" for n in range(200, 340, 5)],
    )
    yield Question("an event", (ADMINISTRATOR, MEMBER), [f"/api/v1/ledger/events/{one}" for one in made.event_ids])
    yield Question("an event's page", (ADMINISTRATOR, MEMBER), [f"/-/ledger/events/{one}" for one in made.event_ids])
    yield Question("links of a subject", see, [f"/api/v1/ledger/links?subject={_quoted(one)}" for one in mixed])
    for kind in (
        "commit",
        "run",
        "release",
        "deployment",
        "incident",
        "alert",
        "issue",
        "person",
        "service",
        "host",
        "environment",
    ):
        asked = [_quoted(one) for one in some[kind]]
        for direction in ("ancestors", "descendants"):
            addresses = [f"/api/v1/ledger/graph?subject={one}&direction={direction}" for one in asked]
            yield Question(f"{direction} of {kind}", (ADMINISTRATOR, MEMBER, EVERYWHERE), addresses)
    pairs = list(zip(some["incident"], some["commit"], strict=False)) + list(
        zip(some["deployment"], some["issue"], strict=False)
    )
    paths = [f"/api/v1/ledger/path?start={_quoted(one)}&end={_quoted(two)}" for one, two in pairs]
    yield Question("path between two subjects", (ADMINISTRATOR, MEMBER), paths)
    yield Question("a subject's page", (ADMINISTRATOR, MEMBER), [f"/-/ledger/subjects/{_quoted(one)}" for one in mixed])


def _quoted(subject: str) -> str:
    return str(httpx.QueryParams({"q": subject}))[2:]


def _days_ago(days: int) -> str:
    return (END - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")
