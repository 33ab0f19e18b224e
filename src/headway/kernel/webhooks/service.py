"""Making, changing and deleting webhooks, and looking at their deliveries."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import delete, func, insert, select, update

from headway.kernel.errors import InputError, LimitError, NotFoundError, Problem
from headway.kernel.ledger.records import subject
from headway.kernel.ledger.types import own_event
from headway.kernel.outbound import checked_target
from headway.kernel.secrets import internal
from headway.kernel.webhooks.records import Delivery, Webhook, checked_patterns, delivery_of, webhook_of
from headway.kernel.webhooks.signing import new_secret
from headway.kernel.webhooks.tables import delivery, webhook

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.identity.actors import Actor
    from headway.kernel.ledger.appending import Ledger
    from headway.kernel.projects.records import Project
    from headway.kernel.secrets.service import Secrets

PURPOSE = "webhooks"
_MOST = 50


class NewWebhook(NamedTuple):
    """A webhook that is to be made."""

    url: str
    events: tuple[str, ...] = ("*",)
    active: bool = True


class Webhooks:
    """The webhooks of projects and of the installation. Who may, the gate has been asked by whoever calls."""

    def __init__(self, database: Database, ledger: Ledger, clock: Clock, secrets: Secrets, *, private: bool) -> None:
        self._database = database
        self._ledger = ledger
        self._clock = clock
        self._secrets = secrets
        self._private = private

    def create(self, actor: Actor, project: Project | None, new: NewWebhook) -> tuple[Webhook, str]:
        """Make a webhook, and return it with its signing secret, which is shown this once.

        Raises ``InputError``, ``UnsafeTargetError`` and ``LimitError``.
        """
        values = self._checked(new)
        secret = new_secret()

        def work(connection: Connection) -> Webhook:
            here = _of(project)
            if connection.execute(select(func.count()).select_from(webhook).where(here)).scalar_one() >= _MOST:
                raise LimitError(f"there are {_MOST} webhooks here already, and that is the most")
            more = {
                "project_id": project.id if project else None,
                "created": self._clock(),
                "created_by": actor.subject,
            }
            row = connection.execute(insert(webhook).values(values | more).returning(webhook)).one()
            made = webhook_of(row)
            self._tell(connection, actor, project, made, "created")
            return made

        made = self._database.write(work)
        internal.keep(self._secrets, PURPOSE, str(made.id), secret)
        return made, secret

    def change(self, actor: Actor, project: Project | None, webhook_id: int, new: NewWebhook) -> Webhook:
        """Change a webhook. Raises ``NotFoundError``, ``InputError`` and ``UnsafeTargetError``."""
        values = self._checked(new)

        def work(connection: Connection) -> Webhook:
            changed = update(webhook).where(webhook.c.id == webhook_id, _of(project)).values(values)
            row = connection.execute(changed.returning(webhook)).one_or_none()
            if row is None:
                raise NotFoundError("there is no such webhook")
            self._tell(connection, actor, project, webhook_of(row), "changed")
            return webhook_of(row)

        return self._database.write(work)

    def delete(self, actor: Actor, project: Project | None, webhook_id: int) -> None:
        """Delete a webhook with its deliveries. Raises ``NotFoundError``."""

        def work(connection: Connection) -> None:
            found = self._find(connection, project, webhook_id)
            connection.execute(delete(delivery).where(delivery.c.webhook_id == webhook_id))
            connection.execute(delete(webhook).where(webhook.c.id == webhook_id))
            self._tell(connection, actor, project, found, "deleted")

        self._database.write(work)
        internal.forget(self._secrets, PURPOSE, str(webhook_id))

    def of(self, project: Project | None) -> list[Webhook]:
        """Return the webhooks of a project, or of the installation."""
        query = select(webhook).where(_of(project)).order_by(webhook.c.id)
        return self._database.read(lambda connection: [webhook_of(row) for row in connection.execute(query)])

    def deliveries(
        self, project: Project | None, webhook_id: int, before: int | None = None, limit: int = 50
    ) -> list[Delivery]:
        """Return deliveries, newest first; those before one's id. Raises ``NotFoundError``."""
        query = select(delivery).where(delivery.c.webhook_id == webhook_id).order_by(delivery.c.id.desc()).limit(limit)
        if before is not None:
            query = query.where(delivery.c.id < before)

        def work(connection: Connection) -> list[Delivery]:
            self._find(connection, project, webhook_id)
            return [delivery_of(row) for row in connection.execute(query)]

        return self._database.read(work)

    def redeliver(self, project: Project | None, webhook_id: int, delivery_id: int) -> Delivery:
        """Send an event once more, as a delivery of its own. Raises ``NotFoundError``."""

        def work(connection: Connection) -> Delivery:
            self._find(connection, project, webhook_id)
            which = (delivery.c.id == delivery_id) & (delivery.c.webhook_id == webhook_id)
            row = connection.execute(select(delivery.c.event).where(which)).one_or_none()
            if row is None:
                raise NotFoundError("there is no such delivery")
            values = pending(webhook_id, self._clock()) | {"event": row.event}
            return delivery_of(connection.execute(insert(delivery).values(values).returning(delivery)).one())

        return self._database.write(work)

    def _checked(self, new: NewWebhook) -> dict[str, object]:
        if len(new.url) > 2000:
            raise InputError([Problem("url", 0, 0, "an address has at most 2,000 characters")])
        checked_target(new.url, private=self._private)
        if "@" in urlsplit(new.url).netloc:
            hint = "Events are signed: let the receiver check the signature, or put a token into the path"
            raise InputError([Problem("url", 0, 0, "no name and password are sent along with an address", hint)])
        patterns = checked_patterns(new.events)
        return {"url": new.url, "events": json.dumps(patterns), "active": new.active, "problem": ""}

    def _find(self, connection: Connection, project: Project | None, webhook_id: int) -> Webhook:
        row = connection.execute(select(webhook).where(webhook.c.id == webhook_id, _of(project))).one_or_none()
        if row is None:
            raise NotFoundError("there is no such webhook")
        return webhook_of(row)

    def _tell(self, connection: Connection, actor: Actor, project: Project | None, about: Webhook, change: str) -> None:
        # The address may hold a token in its path, so that the ledger tells the host only.
        data = {"change": change, "host": about.url.split("/")[2].rpartition("@")[2], "events": list(about.events)}
        name = project.ledger_name if project else ""
        event, of = own_event("webhook.changed"), subject("webhook", about.id)
        self._ledger.append(connection, event, of, actor=actor.subject, project=name, data=data)


def pending(webhook_id: int, now: object) -> dict[str, object]:
    """Return the columns of a delivery that is to be made at once."""
    return {
        "webhook_id": webhook_id,
        "state": "pending",
        "attempts": 0,
        "next_attempt": now,
        "answer": "",
        "created": now,
    }


def _of(project: Project | None) -> ColumnElement[bool]:
    return webhook.c.project_id == project.id if project else webhook.c.project_id.is_(None)
