"""Keeping repositories fast: after pushes the index and the commit graph, from time to time the packs."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import select, update

from headway.kernel.logs import log
from headway.repository.reading import maintenance
from headway.repository.reading.errors import IndexBusyError, RepositoryMissingError
from headway.repository.reading.index import building
from headway.repository.reading.opening import open_repository
from headway.repository.tables import push

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.repository.hosting import Hosting

_PRUNED_EVERY = timedelta(days=7)
_AT_ONCE = 400


class Housekeeping:
    """Brings the index of repositories up to date, and packs what has gathered."""

    def __init__(self, database: Database, hosting: Hosting, clock: Clock) -> None:
        self._database = database
        self._hosting = hosting
        self._clock = clock
        self._pruned: dict[int, datetime] = {}

    def keep_all(self) -> int:
        """Do what is due in every repository that was pushed to. Return in how many. Idempotent."""
        due = self._database.read(_due)
        for project_id, pushes in due.items():
            if self._keep(project_id):
                self._database.write(partial(_note, pushes=pushes))
        return len(due)

    def _keep(self, project_id: int) -> bool:
        """Do what is due in one repository. Return whether it is done, or another server does it."""
        try:
            repository = open_repository(self._hosting.path(project_id))
            maintenance.commit_graph(repository)
            for _ in building.update(repository):
                pass
            if maintenance.needed(repository):
                maintenance.maintain(repository, prune=self._prunes_now(project_id))
        except IndexBusyError:
            return False
        except RepositoryMissingError:
            log.warning("a repository is missing", project=project_id)
        return True

    def _prunes_now(self, project_id: int) -> bool:
        now = self._clock()
        last = self._pruned.setdefault(project_id, now)
        if now - last < _PRUNED_EVERY:
            return False
        self._pruned[project_id] = now
        return True


def _due(connection: Connection) -> dict[int, list[UUID]]:
    query = select(push.c.project_id, push.c.id).where(push.c.state == "recorded").order_by(push.c.id).limit(_AT_ONCE)
    due: dict[int, list[UUID]] = {}
    for project_id, push_id in connection.execute(query):
        due.setdefault(project_id, []).append(push_id)
    return due


def _note(connection: Connection, pushes: list[UUID]) -> None:
    connection.execute(update(push).where(push.c.id.in_(pushes)).values(state="indexed"))
