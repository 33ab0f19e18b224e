"""Finding refs that changed without a push that the ledger knows of: after a restore, or by somebody's own hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from headway.kernel.projects.tables import project
from headway.repository.hooks import RefUpdate
from headway.repository.hosting import HIDDEN
from headway.repository.receiving import Pending, updates_of
from headway.repository.tables import push

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sqlalchemy.engine import Connection

    from headway.kernel.database import Database
    from headway.kernel.ids import Ids
    from headway.repository.hosting import Hosting
    from headway.repository.receiving import Receiving

_ZEROS = "0" * 40


class Discovering:
    """Compares Git with the pushes that the ledger knows, and makes up for what it does not."""

    def __init__(self, database: Database, ids: Ids, hosting: Hosting, receiving: Receiving) -> None:
        self._database = database
        self._ids = ids
        self._hosting = hosting
        self._receiving = receiving

    def discover_all(self) -> int:
        """Look at all projects. Return in how many something was found. Idempotent."""
        query = select(project.c.id).where(project.c.purged.is_(None))
        ids = self._database.read(lambda connection: connection.execute(query).scalars().all())
        return sum(self.discover(project_id, "system", "found") for project_id in ids)

    def discover(self, project_id: int, actor: str, transport: str) -> bool:
        """Look at one project. Whatever the ledger does not know becomes a push of this actor.

        Return whether there was.
        """
        path = self._hosting.path(project_id)
        if not path.exists():
            return False
        known = self._database.read(lambda connection: known_refs(connection, project_id))
        listed = self._hosting.git("for-each-ref", "--format=%(objectname) %(refname)", at=path)
        found = differences(known, _parsed(listed.splitlines()))
        if not found:
            return False
        pending = Pending(self._ids.uuid(), project_id, actor, transport, found)
        self._database.write(lambda connection: self._receiving.note(connection, pending))
        self._receiving.confirm(pending)
        return True


def known_refs(connection: Connection, project_id: int) -> dict[str, str]:
    """Return where the refs of a project are by the pushes that the ledger knows."""
    query = select(push.c.updates).where(push.c.project_id == project_id, push.c.state != "pending").order_by(push.c.id)
    refs: dict[str, str] = {}
    for (text,) in connection.execute(query):
        for each in updates_of(text):
            refs[each.ref] = each.new
    return {ref: oid for ref, oid in refs.items() if oid.strip("0")}


def differences(known: Mapping[str, str], present: Mapping[str, str]) -> tuple[RefUpdate, ...]:
    """Return the updates that lead from what is known to what there is. Pure."""
    names = sorted({*known, *present})
    updates = (RefUpdate(name, known.get(name, _ZEROS), present.get(name, _ZEROS)) for name in names)
    return tuple(each for each in updates if each.old != each.new)


def _parsed(lines: Iterable[str]) -> dict[str, str]:
    pairs = (line.partition(" ") for line in lines)
    return {ref: oid for oid, _, ref in pairs if not ref.startswith(HIDDEN)}
