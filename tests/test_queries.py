"""The number of queries of a request does not grow with the rows that it shows: every route that reads, counted."""

from __future__ import annotations

import threading
import tomllib
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from sqlalchemy import event, insert, select
from sqlalchemy.engine import Engine

from headway.kernel.identity.secrets import new_secret, secret_hash
from headway.kernel.identity.tables import external_identity, session
from headway.kernel.inbox.tables import notification
from headway.kernel.ledger.tables import event as ledger_event
from headway.kernel.webhooks.tables import delivery
from tests.serving import Served, commit, git, must, serving, working_copy

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.engine import Connection

    from tests.serving import Person

TABLE = tomllib.loads((Path(__file__).parent / "authorisation.toml").read_text())
NOW = datetime(2026, 3, 2, tzinfo=UTC)
FEW, MANY = 2, 9
WITHOUT_QUERIES_OF_ROWS = ("archive", "tarball", "zipball")
AT = "/api/v1/projects/acme/shop"


class House(NamedTuple):
    """A server with so many of everything, and somebody who sees it all."""

    served: Served
    root: Person
    sha: str


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[tuple[House, House]]:
    folder = tmp_path_factory.mktemp("queries")
    with serving(folder / "few", sqlite_template) as few, serving(folder / "many", sqlite_template) as many:
        yield filled(few, FEW), filled(many, MANY)


def filled(served: Served, count: int) -> House:
    """Fill a server with so many of everything that can be listed; nothing runs beside afterwards."""
    root = served.person("acme", admin=True)
    served.project(root)
    source = working_copy(served.folder / "source", commits=count)
    for number in range(count):
        (source / f"file-{number}.txt").write_text("Shop\n" * count)
    sha = commit(source, "Many files")
    refs = [f"main:refs/heads/topic-{number}" for number in range(count)]
    tags = [f"main:refs/tags/v{number}" for number in range(count)]
    must(git("push", served.address(root, "acme/shop"), "main", "main:next", *refs, *tags, at=source))
    with served.client(root) as client:
        for number in range(count):
            _one_of_everything(served, client, root, sha, number)
    served.headway.controllers.stop()
    served.headway.platform.database.write(lambda connection: _rows(connection, root.account_id, count))
    return House(served, root, sha)


def _one_of_everything(served: Served, client: Any, root: Person, sha: str, number: int) -> None:
    def ask(method: str, path: str, **body: Any) -> None:
        answer = client.request(method, path, json=body or None)
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"

    served.person(f"person-{number}")
    served.project(root, f"project-{number}")
    served.project(root, f"gone-{number}")
    ask("DELETE", f"/api/v1/projects/acme/gone-{number}")
    ask("PUT", f"{AT}/members/person-{number}", role="developer")
    ask("POST", "/api/v1/teams", handle=f"team-{number}")
    ask("PUT", f"/api/v1/teams/team-0/members/person-{number}", role="developer")
    ask("POST", "/api/v1/teams/team-0/invitations", role="guest")
    ask("POST", f"{AT}/invitations", role="guest")
    ask("POST", "/api/v1/invitations", email=f"guest-{number}@example.com")
    ask("POST", "/api/v1/service-accounts", handle=f"robot-{number}")
    ask("POST", "/api/v1/service-accounts/robot-0/tokens", name=f"token {number}", scopes=["read:code"])
    ask("POST", "/api/v1/user/tokens", name=f"token {number}", scopes=["read:user"])
    ask("POST", "/api/v1/user/ssh-keys", key=ssh_key())
    ask("PUT", "/api/v1/user/watches", subject=f"run:{number}", level="watch")
    ask("POST", f"{AT}/deploy-keys", key=ssh_key())
    ask("POST", f"{AT}/deploy-tokens", name=f"token {number}")
    ask("PUT", f"{AT}/branch-rules", pattern=f"release-{number}")
    ask("POST", f"{AT}/statuses/{sha}", state="success", context=f"check {number}")
    for place in (AT, "/api/v1/installation"):
        ask("PUT", f"{place}/secrets/SECRET_{number}", value="x")
        ask("PUT", f"{place}/variables/VARIABLE_{number}", value="x")
    ask("POST", f"{AT}/webhooks", url=f"https://127.0.0.1:9/{number}")
    ask("POST", "/api/v1/webhooks", url=f"https://127.0.0.1:9/all-{number}")


def _rows(connection: Connection, account_id: int, count: int) -> None:
    """Write what comes about by itself: sessions, notifications, deliveries."""
    events = connection.execute(select(ledger_event.c.id).order_by(ledger_event.c.id).limit(count)).scalars().all()
    for number, identity in enumerate(events):
        values: dict[Any, dict[str, Any]] = {
            session: {
                "secret_hash": secret_hash(new_secret("hwl")),
                "account_id": account_id,
                "created": NOW,
                "seen": NOW,
                "expires": NOW + timedelta(days=3650),
                "address": "127.0.0.1",
                "agent": "a browser",
            },
            external_identity: {"provider": "sso", "subject": f"a{number}", "account_id": account_id, "created": NOW},
        }
        told = {"account_id": account_id, "event": identity, "what": "dev.cdevents.change.reviewed", "created": NOW}
        about = {"subject": "change:acme/shop#1", "project": "acme/shop", "actor": f"person:person-{number}"}
        exists = select(notification.c.id).where(
            notification.c.account_id == account_id, notification.c.event == identity
        )
        if connection.execute(exists).first() is None:
            values[notification] = told | about | {"reason": "watching", "summary": "asked for changes"}
        done = {"state": "delivered", "attempts": 1, "next_attempt": NOW, "answer": "", "created": NOW}
        values[delivery] = {"webhook_id": 1, "event": identity} | done
        for table, row in values.items():
            connection.execute(insert(table).values(row))
    connection.execute(insert(delivery).values({"webhook_id": 2, "event": events[0]} | done))


def ssh_key() -> str:
    key = Ed25519PrivateKey.generate().public_key()
    return key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


@contextmanager
def counted(house: House) -> Iterator[list[str]]:
    """Collect the statements that the house's database is asked by requests: they run in the framework's threads."""
    asked: list[str] = []
    own = house.served.headway.platform.database.engine.url

    def note(connection: Any, _cursor: object, statement: str, *_more: object) -> None:
        if connection.engine.url == own and threading.current_thread().name.startswith("AnyIO worker"):
            asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def reading_routes() -> list[tuple[str, dict[str, Any]]]:
    listed = [(each["route"], each.get("query", {})) for each in TABLE["routes"]]
    more: list[tuple[str, dict[str, Any]]] = [
        ("GET /-/ledger/subjects/{subject:path}", {}),
        ("GET /{owner}/{name}/info/lfs/locks", {}),
    ]
    return [
        (route.removeprefix("GET "), query)
        for route, query in [*listed, *more]
        if route.startswith("GET ") and not any(word in route for word in WITHOUT_QUERIES_OF_ROWS)
    ]


def address(house: House, path: str) -> str:
    places = {
        "owner": "acme",
        "name": "shop",
        "sha": house.sha,
        "rest": "main",
        "ref": "main",
        "branch": "main",
        "path": "README.md",
        "handle": "robot-0" if "service-accounts" in path or "programs" in path else "person-0",
        "webhook_id": "1" if "projects" in path else "2",
        "notification_id": "1",
        "team": "team-0",
        "subject": f"commit:acme/shop@{house.sha}",
    }
    return path.replace(":path}", "}").format(**places)


@pytest.mark.parametrize(("path", "query"), reading_routes(), ids=lambda value: value if isinstance(value, str) else "")
def test_queries_do_not_grow_with_rows(houses: tuple[House, House], path: str, query: dict[str, Any]) -> None:
    subject = {"subject": "person:acme", "start": "person:acme", "end": "project:acme/shop"}
    counts = []
    for house in houses:
        headers = {"Accept": "application/vnd.git-lfs+json"} if "lfs" in path else {}
        with house.served.client(house.root) as client:
            asked_for = query | (subject if path.startswith("/api/v1/ledger") else {})
            where = address(house, path)
            client.get(where, params=asked_for, headers=headers)  # what is looked up once is not counted
            with counted(house) as asked:
                answer = client.get(where, params=asked_for, headers=headers)
        assert answer.status_code in (200, 404), answer.text[:300]
        counts.append(len(asked))
    assert counts[0] == counts[1], f"{counts[0]} queries for {FEW} rows, {counts[1]} for {MANY}: {asked}"
    assert counts[1] <= 20
