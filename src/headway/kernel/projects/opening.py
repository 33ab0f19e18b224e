"""Opening a project: finding it, and asking whether it may be used in this way."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from headway.kernel.errors import MovedError, NotFoundError, UnauthenticatedError
from headway.kernel.gate import DeniedError
from headway.kernel.projects import store
from headway.kernel.projects.records import Project

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from headway.kernel.database import Database
    from headway.kernel.gate import Gate
    from headway.kernel.identity.actors import Actor
    from headway.kernel.projects.records import Access

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
_NOBODYS = Project(0, 0, "", "", "", "", "private", _LONG_AGO, _LONG_AGO, None, None)
_MISSING = "there is no such project, or you may not see it"


class Projects:
    """Opens projects for those who may use them."""

    def __init__(self, database: Database, gate: Gate) -> None:
        self._database = database
        self._gate = gate

    def open(self, actor: Actor, owner: str, name: str, action: str, **facts: object) -> Access:
        """Return the project with the actor's role in it, if the gate allows the action.

        Raises ``NotFoundError`` for one that does not exist and for one that the actor may not know of, alike;
        ``MovedError`` when it has another name now; ``DeniedError``; ``UnauthenticatedError`` where signing in may
        help.
        """
        access = self._database.read(lambda connection: self._find(connection, actor, owner, name))
        verdict = self._gate.check(actor, action, access.project.subject, access.facts(**facts))
        if verdict.allowed:
            return access
        if actor.is_anonymous:
            raise UnauthenticatedError("sign in to do this")
        raise DeniedError(verdict)

    @staticmethod
    def _find(connection: Connection, actor: Actor, owner: str, name: str) -> Access:
        """Return a project that the actor may know of.

        One that is hidden costs as many queries as one that is not there: nobody learns from the time that it takes.
        """
        found = store.by_name(connection, owner, name)
        if found is not None:
            access = store.access(connection, actor, found)
            if access.role is not None:
                return access
        else:
            store.access(connection, actor, _NOBODYS)
        moved = store.by_former_name(connection, owner, name)
        if moved is not None and store.access(connection, actor, moved).role is not None:
            raise MovedError(moved.full_name)
        raise NotFoundError(_MISSING)
