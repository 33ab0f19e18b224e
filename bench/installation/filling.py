"""Writing a large installation into a database with the present schema."""

from __future__ import annotations

import itertools
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import insert

from bench.installation.lives import END, PEOPLE, SERVICES, Team, lives, months_of
from bench.team_life.world import FIRST_NAMES, NAMES
from headway.kernel.identity.tables import account, membership, person
from headway.kernel.inbox.tables import notification
from headway.kernel.ledger import tables as ledger_tables
from headway.kernel.ledger.appending import append_events
from headway.kernel.ledger.sealing import seal_all
from headway.kernel.projects.tables import grant, project
from headway.kernel.webhooks.tables import delivery, webhook
from headway.repository.tables import commit_status, push

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Table

    from headway.kernel.database import Database
    from headway.kernel.ledger.records import Event

TEAMS = 200
MEMBER, EVERYWHERE, OUTSIDER = "ada-0", "everywhere", "outsider"
"""The handles of somebody in one team, of somebody in all teams, and of somebody in none."""

_AT_ONCE = 5_000
_FIRST_PROJECT = 1
_SUBSCRIBERS = ("inbox", "webhooks", "mirror statuses")
T = TypeVar("T")


class Installation(NamedTuple):
    """How much there is: the numbers, and the subjects of each kind. ``event_ids``: one of twenty."""

    events: int
    commits: int
    projects: int
    subjects: dict[str, list[str]]
    event_ids: list[str]


def fill(database: Database, teams: int = TEAMS) -> Installation:
    """Write the installation. ``teams``: of them each has 8 people and 10 projects."""
    if database.is_sqlite:
        database.write(lambda connection: connection.exec_driver_sql("PRAGMA cache_size = -1000000"))
    accounts = list(range(1, teams + 1))
    people = [teams + 1 + number for number in range(teams * PEOPLE)]
    _write(database, account, _accounts(teams, len(people)))
    everybody = [*people, people[-1] + 1, people[-1] + 2]
    _write(database, person, ({"account_id": one, "email": _mail(one), "email_key": _mail(one)} for one in everybody))
    _write(database, membership, _memberships(accounts, people))
    names = _project_names(teams)
    _write(database, project, _projects(names))
    _write(database, grant, _grants(len(names), people))
    made = _tell(database, [_team(number, teams) for number in range(teams)])
    seal_all(database)
    _write(database, ledger_tables.subscription, [{"name": name, "position": made.events} for name in _SUBSCRIBERS])
    ids = {name: _FIRST_PROJECT + number for number, name in enumerate(names)}
    _write(database, commit_status, _statuses(made.subjects["commit"], ids))
    _write(database, notification, _notifications(made.event_ids, people))
    _write(database, webhook, _webhooks(len(names)))
    _write(database, delivery, _deliveries(made.event_ids, len(names) // 10))
    return made._replace(projects=len(names))


def _write(database: Database, table: Table, rows: Iterable[dict[str, object]]) -> None:
    for chunk in _chunks(rows):
        database.write(lambda connection, chunk=chunk: connection.execute(insert(table), chunk))  # type: ignore[misc]


def _chunks(items: Iterable[T]) -> Iterator[list[T]]:
    remaining = iter(items)
    while chunk := list(itertools.islice(remaining, _AT_ONCE)):
        yield chunk


def _accounts(teams: int, people: int) -> Iterator[dict[str, object]]:
    """Yield accounts in the order of the numbers that a new database gives them, from 1 up."""
    for number in range(teams):
        yield _account("team", f"team-{number}", f"Team {number}")
    for number in range(people):
        first = FIRST_NAMES[number % PEOPLE]
        yield _account("person", f"{first}-{number}", f"{first.title()} Number {number}")
    yield _account("person", EVERYWHERE, "Eve Where")
    yield _account("person", OUTSIDER, "Oscar Outside")


def _account(kind: str, handle: str, name: str) -> dict[str, object]:
    return {"kind": kind, "handle": handle, "handle_key": handle, "name": name, "created": END}


def _mail(identity: int) -> str:
    return f"person{identity}@example.com"


def _memberships(teams: Sequence[int], people: Sequence[int]) -> Iterator[dict[str, object]]:
    for number, one in enumerate(people):
        yield {"team_id": teams[number // PEOPLE], "account_id": one, "role": "developer"}
    for team in teams:
        yield {"team_id": team, "account_id": people[-1] + 1, "role": "maintainer"}


def _project_names(teams: int) -> list[str]:
    return [f"team-{team}/{NAMES[service]}" for team in range(teams) for service in range(SERVICES)]


def _projects(names: Sequence[str]) -> Iterator[dict[str, object]]:
    for number, full in enumerate(names):
        name = full.partition("/")[2]
        yield {
            "owner_id": number // SERVICES + 1,
            "name": name,
            "name_key": name,
            "ledger_name": full,
            "description": f"What {name} does for those who need it",
            "visibility": "internal" if number % 40 == 0 else "private",
            "created": END - timedelta(days=200),
            "active": END - timedelta(minutes=number * 7 % 100_000),
        }


def _grants(projects: int, people: Sequence[int]) -> Iterator[dict[str, object]]:
    """Yield five people from elsewhere for each project."""
    random = Random(1)
    for number in range(projects):
        for one in random.sample(people, 5):
            yield {"project_id": _FIRST_PROJECT + number, "account_id": one, "role": "reporter"}


def _team(number: int, teams: int) -> Team:
    names = FIRST_NAMES[:PEOPLE]
    people = {f"person:{name}": f"person:{name}-{number * PEOPLE + at}" for at, name in enumerate(names)}
    return Team(number, months_of(number, teams), people)


def _tell(database: Database, teams: list[Team]) -> Installation:
    events, subjects, ids = 0, _Some(), []
    for chunk in _chunks(lives(teams)):
        database.write(lambda connection, chunk=chunk: append_events(connection, chunk))  # type: ignore[misc]
        pushes = [event for event, _ in chunk if event.type.endswith("push.received")]
        _write(database, push, _pushes(pushes))
        events += len(chunk)
        ids += [str(event.id) for event, _ in chunk[::20]]
        for event, links in chunk:
            subjects.see(event.subject)
            for link in links:
                subjects.see(link.source)
                subjects.see(link.target)
    return Installation(events, subjects.count("commit"), 0, subjects.found(), ids)


class _Some:
    """Remembers the subjects of each kind."""

    def __init__(self) -> None:
        self._seen: dict[str, dict[str, None]] = {}

    def see(self, subject: str) -> None:
        self._seen.setdefault(subject.partition(":")[0], {})[subject] = None

    def count(self, kind: str) -> int:
        return len(self._seen[kind])

    def found(self) -> dict[str, list[str]]:
        return {kind: list(seen) for kind, seen in self._seen.items()}


def _pushes(events: Sequence[Event]) -> Iterator[dict[str, object]]:
    for event in events:
        team, _, name = event.project.removeprefix("team-").partition("/")
        yield {
            "id": event.id,
            "project_id": _FIRST_PROJECT + int(team) * SERVICES + NAMES.index(name),
            "actor": event.actor,
            "transport": "http",
            "state": "indexed",
            "received": event.time,
            "updates": "[]",
            "recorded": 1,
        }


def _statuses(commits: Sequence[str], projects: dict[str, int]) -> Iterator[dict[str, object]]:
    for number, commit in enumerate(commits):
        name, _, sha = commit.removeprefix("commit:").partition("@")
        for context in ("build", "test", "lint"):
            yield {
                "project_id": projects[name],
                "sha": sha,
                "context": context,
                "state": "failure" if number % 17 == 0 and context == "test" else "success",
                "description": f"{context} took {number % 90 + 10} s",
                "target_url": "",
                "creator": "service:ci",
                "created": END,
            }


def _notifications(events: Sequence[str], people: Sequence[int]) -> Iterator[dict[str, object]]:
    """Yield 20,000 for the first person, and a few for all others."""
    busy = [(people[0], event) for event in events[:20_000]]
    others = [(one, events[(at * 31 + n) % len(events)]) for at, one in enumerate(people[1:]) for n in range(20)]
    for number, (one, event) in enumerate(busy + others):
        yield {
            "account_id": one,
            "event": UUID(event),
            "what": "dev.cdevents.change.reviewed",
            "subject": f"change:team-0/web#{number % 3000 + 1}",
            "project": "team-0/web",
            "actor": "person:grace-2",
            "reason": "watching",
            "summary": "Grace asked for changes",
            "created": END,
            "read": END if number % 3 else None,
        }


def _webhooks(projects: int) -> Iterator[dict[str, object]]:
    for number in range(0, projects, 10):
        yield {
            "project_id": _FIRST_PROJECT + number,
            "url": "https://hooks.example/headway",
            "events": "[]",
            "active": True,
            "created": END,
            "created_by": "person:ada-0",
            "problem": "",
        }


def _deliveries(events: Sequence[str], webhooks: int) -> Iterator[dict[str, object]]:
    for number, event in enumerate(events):
        yield {
            "webhook_id": 1 if number % 2 else number % webhooks + 1,
            "event": UUID(event),
            "state": "delivered",
            "attempts": 1,
            "next_attempt": END,
            "status": 204,
            "answer": "",
            "milliseconds": 12,
            "created": END,
            "ended": END,
        }
