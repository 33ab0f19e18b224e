"""The inbox of a person, and how it is filled."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.errors import NotFoundError, UnauthenticatedError
from headway.kernel.identity.errors import MissingScopeError
from headway.kernel.identity.roles import scopes_allow
from headway.kernel.inbox import rules, store
from headway.kernel.inbox.records import REASONS
from headway.kernel.ledger.records import checked_subject
from headway.kernel.ledger.subscriptions import Subscription
from headway.kernel.mail.messages import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.identity.actors import Actor
    from headway.kernel.identity.roles import Scope
    from headway.kernel.inbox.records import Level, Notification, Watch
    from headway.kernel.ledger.records import Event, SealedEvent
    from headway.kernel.mail.outbox import Outbox
    from headway.kernel.paging import Page


FORGOTTEN_AT_ONCE = 500
_FORGET_EVERY = timedelta(hours=1)


class InboxParts(NamedTuple):
    """What the inbox needs of the platform."""

    database: Database
    clock: Clock
    outbox: Outbox
    base_url: str
    kept: timedelta = timedelta(days=180)
    """How long a notification is kept after it was read; one that nobody reads, twice as long."""


class Inbox:
    """What concerns a person. Filled from the ledger by ``subscription``."""

    def __init__(self, parts: InboxParts) -> None:
        self._parts = parts
        self._database = parts.database
        self._forget_at = parts.clock()

    @property
    def subscription(self) -> Subscription:
        """What fills the inboxes; a controller runs it."""
        return Subscription(self._database, "inbox", self.take)

    def take(self, connection: Connection, events: Sequence[SealedEvent]) -> None:
        """Tell those whom events concern. Idempotent: nobody is told twice of one event."""
        for sealed in events:
            self._tell(connection, sealed.event)

    def forget_old(self) -> int:
        """Delete old notifications, some at a time so that nobody waits; for a controller. Return how many went."""
        now = self._parts.clock()
        if now < self._forget_at:
            return 0
        self._forget_at = now + _FORGET_EVERY
        read_before, created_before = now - self._parts.kept, now - 2 * self._parts.kept
        total = 0
        while True:
            gone = self._database.write(
                lambda connection: store.forget(connection, read_before, created_before, FORGOTTEN_AT_ONCE)
            )
            total += gone
            if gone < FORGOTTEN_AT_ONCE:
                return total

    def notifications(
        self, actor: Actor, *, unread_only: bool = False, after: str = "", limit: int = 50
    ) -> Page[Notification]:
        """Return what the actor was told, newest first."""
        account_id = _own(actor, "read:user")
        return self._database.read(
            lambda connection: store.list_notifications(connection, account_id, after, limit, unread_only=unread_only)
        )

    def open(self, actor: Actor, notification_id: int) -> Notification:
        """Return one of the actor's notifications, and mark it as read. Raises ``NotFoundError``."""
        account_id = _own(actor, "write:user")

        def work(connection: Connection) -> Notification:
            found = store.notification_of(connection, account_id, notification_id)
            if found is None:
                raise NotFoundError("there is no such notification")
            store.mark(connection, account_id, self._parts.clock(), [notification_id])
            return found

        return self._database.write(work)

    def count_unread(self, actor: Actor) -> int:
        """Return how many the actor has not read, at most 100; 0 for who has no inbox."""
        if actor.account_id is None or not scopes_allow(actor.scopes, "read:user"):
            return 0
        account_id = actor.account_id
        return self._database.read(lambda connection: store.count_unread(connection, account_id))

    def mark(self, actor: Actor, ids: Iterable[int] | None, *, read: bool) -> int:
        """Mark some of the actor's notifications, or all, as read or unread. Return how many were changed."""
        account_id, wanted = _own(actor, "write:user"), None if ids is None else list(ids)
        moment = self._parts.clock() if read else None
        return self._database.write(lambda connection: store.mark(connection, account_id, moment, wanted))

    def watch(self, actor: Actor, subject: str, level: Level | None) -> None:
        """Let the actor watch or ignore a subject; ``None`` for neither. Raises ``MalformedSubjectError``.

        Whoever may not see the project is not told of anything, whatever they watch.
        """
        account_id = _own(actor, "write:user")
        checked_subject(subject)
        self._database.write(lambda connection: store.set_watch(connection, account_id, subject, level))

    def watch_level(self, actor: Actor, subject: str) -> Level | None:
        """Return whether the actor watches or ignores a subject."""
        account_id = _own(actor, "read:user")
        return self._database.read(lambda connection: store.watch_level(connection, account_id, subject))

    def watched(self, actor: Actor) -> list[Watch]:
        """Return what the actor watches or ignores."""
        account_id = _own(actor, "read:user")
        return self._database.read(lambda connection: store.watched(connection, account_id))

    def wants_mail(self, actor: Actor) -> bool:
        """Whether the actor gets by e-mail too what the inbox says."""
        account_id = _own(actor, "read:user")
        return self._database.read(lambda connection: store.wants_mail(connection, account_id))

    def set_wants_mail(self, actor: Actor, *, by_mail: bool) -> None:
        """Choose whether the actor gets e-mail too."""
        account_id = _own(actor, "write:user")
        self._database.write(lambda connection: store.set_wants_mail(connection, account_id, by_mail=by_mail))

    def _tell(self, connection: Connection, event: Event) -> None:
        if rules.question_of(event) is None:
            return
        project = store.project_of_event(connection, event)
        asked = rules.question_of(event, project.full_name if project else "")
        if asked is None:
            return
        audience = store.audience(connection, event, asked, project)
        told = rules.notifications(event, asked, audience)
        added = store.add(connection, event, told)
        self._mail(connection, [each for each in told if each.account_id in added], added)

    def _mail(self, connection: Connection, told: Sequence[rules.Told], ids: dict[int, int]) -> None:
        if not told or not self._parts.outbox.is_set_up:
            return
        readers = store.readers_by_mail(connection, ids)
        for each in told:
            if each.account_id not in readers:
                continue
            values = {
                "subject": each.summary,
                "summary": each.summary,
                "reason": REASONS[each.reason],
                "link": f"{self._parts.base_url}/-/inbox/{ids[each.account_id]}",
                "settings": f"{self._parts.base_url}/-/account/notifications",
            }
            self._parts.outbox.put(connection, message("notification", readers[each.account_id].email, **values))


def _own(actor: Actor, scope: Scope) -> int:
    if actor.account_id is None:
        raise UnauthenticatedError("sign in to see your inbox")
    if not scopes_allow(actor.scopes, scope):
        raise MissingScopeError(scope, "use the inbox")
    return actor.account_id
