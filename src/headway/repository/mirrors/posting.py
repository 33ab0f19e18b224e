"""Telling the origin of a mirror what checks say of its commits."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, insert, select, update

from headway.kernel.errors import HeadwayError
from headway.kernel.ledger.types import own_event
from headway.kernel.projects.tables import project
from headway.kernel.webhooks.delivering import post
from headway.repository.mirrors.forges import Status, status_request
from headway.repository.mirrors.service import Mirror, mirror_of
from headway.repository.mirrors.tables import mirror, posting

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from headway.kernel.ledger.records import SealedEvent
    from headway.kernel.platform import Platform
    from headway.repository.mirrors.service import Mirrors

_REPORTED = own_event("commit.status-reported")
_MOST_ATTEMPTS = 10
_BATCH = 50


class Waiting(NamedTuple):
    """A status on its way."""

    id: int
    project_id: int
    sha: str
    status: Status
    attempts: int


class Posting:
    """Posts statuses back, as they are told by the ledger."""

    def __init__(self, platform: Platform, mirrors: Mirrors) -> None:
        self._platform = platform
        self._mirrors = mirrors

    def take(self, connection: Connection, events: Sequence[SealedEvent]) -> None:
        """Write down which statuses go to an origin; for a subscription of the ledger."""
        reported = [each.event for each in events if each.event.type == _REPORTED]
        if not reported:
            return
        query = (
            select(project.c.ledger_name, project.c.id)
            .join(mirror, mirror.c.project_id == project.c.id)
            .where(mirror.c.posts_statuses)
        )
        following = {row[0]: row[1] for row in connection.execute(query)}
        now = self._platform.clock()
        rows = [
            {
                "project_id": following[event.project],
                "sha": event.subject.rpartition("@")[2],
                "status": json.dumps({name: event.data.get(name, "") for name in Status._fields}),
                "attempts": 0,
                "due": now,
                "problem": "",
            }
            for event in reported
            if event.project in following
        ]
        if rows:
            connection.execute(insert(posting), rows)

    def post_due(self) -> int:
        """Post what is due. Return how many attempts were made."""
        due = self._platform.database.read(partial(_due, now=self._platform.clock()))
        for waiting in due:
            problem = self._post(waiting)
            self._platform.database.write(partial(self._note, waiting=waiting, problem=problem))
        return len(due)

    def _post(self, waiting: Waiting) -> str:
        found = self._platform.database.read(partial(mirror_of, project_id=waiting.project_id))
        if found is None:
            return ""
        try:
            return self._send(found, waiting)
        except (HeadwayError, OSError) as error:
            return str(error)[:500]

    def _send(self, found: Mirror, waiting: Waiting) -> str:
        token = self._mirrors.password(found.project_id)
        request = status_request(found.forge, found.url, token, waiting.sha, waiting.status)
        if request is None:
            return ""
        private = self._platform.settings.outbound_private
        status, said = post(request.url, request.body, request.headers, private=private)
        return "" if status < 300 else f"{status}: {said[:400]}"

    def _note(self, connection: Connection, waiting: Waiting, problem: str) -> None:
        attempts = waiting.attempts + 1
        this = posting.c.id == waiting.id
        if not problem or attempts >= _MOST_ATTEMPTS:
            connection.execute(delete(posting).where(this))
            return
        due = self._platform.clock() + timedelta(seconds=5 * 3**attempts)
        connection.execute(update(posting).where(this).values(attempts=attempts, due=due, problem=problem))


def _due(connection: Connection, now: datetime) -> list[Waiting]:
    query = select(posting).where(posting.c.due <= now).order_by(posting.c.id).limit(_BATCH)
    return [
        Waiting(row.id, row.project_id, row.sha, Status(**json.loads(row.status)), row.attempts)
        for row in connection.execute(query)
    ]
