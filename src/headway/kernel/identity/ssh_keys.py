"""SSH keys: those of people and service accounts, and deploy keys of one project."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, func, insert, select
from sqlalchemy.exc import IntegrityError

from headway.kernel.errors import LimitError, NotFoundError, UnauthenticatedError
from headway.kernel.identity.errors import MissingScopeError, TakenError
from headway.kernel.identity.names import checked_name
from headway.kernel.identity.public_keys import public_key
from headway.kernel.identity.roles import scopes_allow
from headway.kernel.identity.tables import ssh_key
from headway.kernel.ledger.types import own_event

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.identity.actors import Actor
    from headway.kernel.identity.roles import Scope
    from headway.kernel.ledger.appending import Ledger
    from headway.kernel.projects.records import Project

MOST_KEYS = 100


class SshKey(NamedTuple):
    """A public key. ``may_write``: whether a deploy key may push; that of an account may what the account may."""

    id: int
    name: str
    fingerprint: str
    public_key: str
    may_write: bool
    created: datetime
    used: datetime | None


class KeyOwner(NamedTuple):
    """Whose a key is: an account's, or a project's. ``subject`` is what the ledger calls it."""

    subject: str
    account_id: int | None = None
    project: Project | None = None

    @property
    def condition(self) -> ColumnElement[bool]:
        """The condition on ``ssh_key`` that a key is theirs."""
        if self.project is not None:
            return ssh_key.c.project_id == self.project.id
        return (ssh_key.c.account_id == self.account_id) & ssh_key.c.project_id.is_(None)


def own_keys(actor: Actor, scope: Scope = "write:user") -> KeyOwner:
    """Return the actor as an owner of keys. Raises ``UnauthenticatedError`` and ``MissingScopeError``."""
    if actor.account_id is None:
        raise UnauthenticatedError("sign in to manage your SSH keys")
    if not scopes_allow(actor.scopes, scope):
        raise MissingScopeError(scope, "manage SSH keys")
    return KeyOwner(actor.subject, actor.account_id)


def deploy_keys(project: Project) -> KeyOwner:
    """Return a project as an owner of keys. The gate has been asked by whoever calls."""
    return KeyOwner(project.subject, project=project)


class SshKeys:
    """Adds, lists and removes keys."""

    def __init__(self, database: Database, ledger: Ledger, clock: Clock) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock

    def of(self, owner: KeyOwner) -> list[SshKey]:
        """Return the keys of an owner, newest first."""
        columns = tuple(ssh_key.c[name] for name in SshKey._fields)
        query = select(*columns).where(owner.condition).order_by(ssh_key.c.id.desc()).limit(MOST_KEYS)
        return self._database.read(lambda connection: [SshKey(*row) for row in connection.execute(query)])

    def add(self, actor: Actor, owner: KeyOwner, text: str, name: str = "", *, may_write: bool = False) -> SshKey:
        """Add a key; without a name it is called by its comment.

        Raises ``InvalidNameError``, ``TakenError`` when the key is somebody's already, and ``LimitError``.
        """
        key = public_key(text)
        name = checked_name(name or key.comment[:100]) or "SSH key"
        values = {
            "account_id": owner.account_id,
            "project_id": owner.project.id if owner.project else None,
            "name": name,
            "fingerprint": key.fingerprint,
            "public_key": key.line,
            "may_write": may_write or owner.project is None,
            "created": self._clock(),
        }

        def work(connection: Connection) -> SshKey:
            if connection.execute(select(func.count()).where(owner.condition)).scalar_one() >= MOST_KEYS:
                raise LimitError(f"there are {MOST_KEYS} keys already; remove some")
            try:
                key_id = connection.execute(insert(ssh_key).values(values).returning(ssh_key.c.id)).scalar_one()
            except IntegrityError:
                raise TakenError("this key is in use already; each key belongs to one owner") from None
            self._tell(connection, "key.added", actor, owner, name, key.fingerprint)
            return SshKey(key_id, name, key.fingerprint, key.line, bool(values["may_write"]), self._clock(), None)

        return self._database.write(work)

    def remove(self, actor: Actor, owner: KeyOwner, key_id: int) -> None:
        """Remove a key. Raises ``NotFoundError`` when it is not theirs."""

        def work(connection: Connection) -> None:
            gone = delete(ssh_key).where(ssh_key.c.id == key_id, owner.condition)
            row = connection.execute(gone.returning(ssh_key.c.name, ssh_key.c.fingerprint)).one_or_none()
            if row is None:
                raise NotFoundError("there is no such key")
            self._tell(connection, "key.removed", actor, owner, row[0], row[1])

        self._database.write(work)

    def _tell(
        self, connection: Connection, event: str, actor: Actor, owner: KeyOwner, name: str, fingerprint: str
    ) -> None:
        self._ledger.append(
            connection,
            own_event(event),
            owner.subject,
            actor=actor.subject,
            project=owner.project.ledger_name if owner.project else "",
            data={"name": name, "fingerprint": fingerprint},
        )
