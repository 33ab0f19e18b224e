"""What a push does to the ledger, so that Git and ledger agree whatever is killed when.

1. Before git changes a ref, the hook asks. The rules decide, and the push is written down as *pending*.
2. Git changes its refs.
3. The push becomes *received*, and events tell of it, in one transaction; only then does the client hear of its
success. 4. A controller links the commits (see ``recording.py``): *recorded*.

After a crash a pending push is settled by looking at the refs and their logs, once its git has ended too
(``presence.py``): either git came to change them, and 3 is made up for, or it did not, and the push never happened.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pygit2
from sqlalchemy import delete, insert, select, update

from headway.kernel.errors import HeadwayError
from headway.kernel.ledger.records import Link, subject
from headway.kernel.ledger.types import cdevent, own_event
from headway.kernel.logs import log
from headway.kernel.projects import store as projects
from headway.repository.hooks import Answer, RefUpdate
from headway.repository.reading.opening import open_repository
from headway.repository.tables import push

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from uuid import UUID

    from sqlalchemy.engine import Connection

    from headway.kernel.database import Database
    from headway.kernel.ledger.appending import Ledger
    from headway.kernel.projects.records import Project
    from headway.repository.hooks import Proposal
    from headway.repository.hosting import Hosting
    from headway.repository.rules import Rules
    from headway.repository.transport.hook import Caller

_LISTED = 100
"""How many ref updates the event of a push lists; all of them are in the events of their branches and tags."""


class Pending(NamedTuple):
    """A push that was allowed and of which it is not known yet whether it happened."""

    id: UUID
    project_id: int
    actor: str
    transport: str
    updates: tuple[RefUpdate, ...]


class Receiving:
    """Takes pushes into the ledger."""

    def __init__(self, database: Database, ledger: Ledger, hosting: Hosting, rules: Rules) -> None:
        self._database = database
        self._ledger = ledger
        self._hosting = hosting
        self._rules = rules
        self._under_way: set[UUID] = set()
        self.after_push: list[Callable[[], None]] = []

    def propose(self, caller: Caller, proposal: Proposal) -> tuple[Answer, Pending | None]:
        """Return the answer to a push that is about to happen, and what to call ``confirm`` with afterwards."""
        reasons = self._rules.objections(caller, proposal)
        if reasons:
            return Answer(False, tuple(reasons)), None
        notices = tuple(self._rules.notices(caller, proposal))
        project_id = caller.access.project.id
        now = self._targets(project_id, proposal.updates)
        # Git takes the deletion of what is not there for a success; nothing happens.
        updates = tuple(each for each in proposal.updates if not each.deletes or now[each.ref])
        if not updates:
            return Answer(True, notices), None
        identity = self._ledger.ids.uuid()
        pending = Pending(identity, project_id, caller.actor.subject, caller.transport, updates)
        self._under_way.add(identity)
        try:
            self._database.write(lambda connection: self.note(connection, pending))
        except BaseException:
            self._under_way.discard(identity)
            raise
        return Answer(True, notices), pending

    def confirm(self, pending: Pending) -> tuple[RefUpdate, ...]:
        """Tell the ledger what became of a push, whose git has ended. Return the updates that happened. Idempotent."""
        try:
            return self._confirm(pending)
        finally:
            self._under_way.discard(pending.id)

    def _confirm(self, pending: Pending) -> tuple[RefUpdate, ...]:
        happened = self._happened(pending)

        def work(connection: Connection) -> None:
            query = select(push.c.state).where(push.c.id == pending.id).with_for_update()
            if connection.execute(query).scalar_one_or_none() != "pending":
                return
            if not happened:
                connection.execute(delete(push).where(push.c.id == pending.id))
                return
            values = {"state": "received", "updates": _updates_text(happened)}
            connection.execute(update(push).where(push.c.id == pending.id).values(values))
            project = projects.by_id(connection, pending.project_id)
            if project is None:
                raise AssertionError(f"project {pending.project_id} has a push and does not exist")
            projects.change_project(connection, project.id, active=self._ledger.clock())
            self._tell(connection, project, pending, happened)

        self._database.write(work)
        if happened:
            for told in self.after_push:
                told()
        return happened

    def settle(self) -> int:
        """Find out what became of pushes that nobody takes any more: their server ended, or could not confirm them.

        Return how many were settled. Idempotent; each server does it, also for others that are gone.
        """
        settled = 0
        for pending, server in self._database.read(_pending):
            if not self._is_over(pending, server):
                continue
            try:
                happened = self.confirm(pending)
            except HeadwayError as error:
                log.warning("a push could not be settled yet", push=str(pending.id), error=str(error))
                continue
            settled += 1
            log.info("settled a push", push=str(pending.id), updates=len(happened))
        return settled

    def _is_over(self, pending: Pending, server: str) -> bool:
        presence = self._hosting.presence
        if server == presence.name:
            return pending.id not in self._under_way
        return not server or presence.is_over(server)

    def note(self, connection: Connection, pending: Pending) -> None:
        """Write down a push that may happen in a moment."""
        self._hosting.presence.enter()
        values = {
            "id": pending.id,
            "server": self._hosting.presence.name,
            "project_id": pending.project_id,
            "actor": pending.actor,
            "transport": pending.transport,
            "state": "pending",
            "received": self._ledger.clock(),
            "updates": _updates_text(pending.updates),
        }
        connection.execute(insert(push).values(values))

    def _happened(self, pending: Pending) -> tuple[RefUpdate, ...]:
        now = self._targets(pending.project_id, pending.updates)
        return tuple(
            each
            for each in pending.updates
            if now[each.ref] == ("" if each.deletes else each.new) or self._was_logged(pending.project_id, each)
        )

    def _targets(self, project_id: int, updates: Iterable[RefUpdate]) -> dict[str, str]:
        """Return what the refs of some updates lead to now; an empty text for those that are not there."""
        handle = open_repository(self._hosting.path(project_id)).handle
        found: dict[str, str] = {}
        for each in updates:
            try:
                reference = handle.references.get(each.ref)
            except (ValueError, KeyError, OSError, pygit2.GitError):
                reference = None  # no ref can be called that
            found[each.ref] = str(reference.target) if reference else ""
        return found

    def _was_logged(self, project_id: int, each: RefUpdate) -> bool:
        """Whether the ref's own log has the update: it may have been moved on since."""
        path = self._hosting.path(project_id) / "logs" / each.ref
        try:
            entries = path.read_bytes()
        except OSError:
            return False
        return f"{each.old} {each.new} ".encode() in entries

    def _tell(self, connection: Connection, project: Project, pending: Pending, happened: Sequence[RefUpdate]) -> None:
        name = project.ledger_name
        pushed = subject("push", pending.id)
        tips = dict.fromkeys(each.new for each in happened if not each.deletes)
        links = [Link(pushed, "contains", subject("commit", f"{name}@{tip}")) for tip in list(tips)[:_LISTED]]
        self._ledger.append(
            connection,
            own_event("push.received"),
            pushed,
            actor=pending.actor,
            project=name,
            data={
                "repository": {"id": name},
                "transport": pending.transport,
                "updates": [each._asdict() for each in happened[:_LISTED]],
                "updateCount": len(happened),
            },
            links=[*links, Link(pushed, "requested-by", pending.actor)],
        )
        for each in happened:
            self._tell_of_ref(connection, name, pushed, pending.actor, each)

    def _tell_of_ref(self, connection: Connection, name: str, pushed: str, actor: str, each: RefUpdate) -> None:
        if each.branch is None or not (each.creates or each.deletes):
            return
        event_type = cdevent("branch.created" if each.creates else "branch.deleted")
        data = {"repository": {"id": name}, "name": each.branch, "sha": each.old if each.deletes else each.new}
        self._ledger.append(
            connection,
            event_type,
            subject("branch", f"{name}@{each.branch}"),
            actor=actor,
            project=name,
            data=data | {"push": pushed},
        )


def _pending(connection: Connection) -> list[tuple[Pending, str]]:
    columns = (push.c.id, push.c.project_id, push.c.actor, push.c.transport, push.c.updates, push.c.server)
    rows = connection.execute(select(*columns).where(push.c.state == "pending").order_by(push.c.id))
    return [(Pending(row[0], row[1], row[2], row[3], updates_of(row[4])), row[5]) for row in rows]


def _updates_text(updates: Iterable[RefUpdate]) -> str:
    return json.dumps([list(each) for each in updates])


def updates_of(text: str) -> tuple[RefUpdate, ...]:
    """Return the ref updates of a row of ``push``."""
    return tuple(RefUpdate(*each) for each in json.loads(text))
