"""The outbox: messages that were decided on, kept in the transaction of whatever decided, until they are sent."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, insert, select, update

from headway.kernel.logs import log
from headway.kernel.mail.errors import MailError
from headway.kernel.mail.messages import Message, composed
from headway.kernel.mail.tables import outgoing_mail
from headway.kernel.mail.transport import Transport, mail_server

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.settings import Mail

GIVEN_UP_AFTER = timedelta(days=1)
_AT_ONCE = 50


class Waiting(NamedTuple):
    """A message that is due."""

    id: int
    message: Message
    created: datetime
    attempts: int


class Outbox:
    """Takes messages and sends them; both on any server, sending on the one that holds the lease."""

    def __init__(self, database: Database, settings: Mail, clock: Clock) -> None:
        self._database = database
        self._sender = settings.sender
        self._server = mail_server(settings.server)
        self._clock = clock
        self._has_new = threading.Event()

    @property
    def is_set_up(self) -> bool:
        """Whether e-mail can be sent at all."""
        return self._server is not None

    def put(self, connection: Connection, message: Message) -> bool:
        """Keep a message to be sent once the transaction is committed. Return whether e-mail is set up."""
        if self._server is None:
            return False
        now = self._clock()
        values = message._asdict() | {"created": now, "due": now, "attempts": 0, "problem": ""}
        connection.execute(insert(outgoing_mail).values(values))
        self._has_new.set()
        return True

    def wake_after_commit(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` whenever messages of this process have become durable."""

        def committed() -> None:
            if self._has_new.is_set():
                self._has_new.clear()
                wake()

        self._database.after_commit(committed)

    def send_due(self) -> int:
        """Send what is due, oldest first. Return how many messages went out.

        A message is sent again when the server dies between sending and noting it: at least once. The first problem
        that is the mail server's ends the round; the message's own does not.
        """
        if self._server is None:
            return 0
        sent = 0
        with Transport(self._server) as transport:
            for waiting in self._database.read(lambda connection: _due(connection, self._clock())):
                try:
                    identity = f"{waiting.id}.{int(waiting.created.timestamp())}"
                    transport.send(composed(waiting.message, self._sender, identity, waiting.created))
                except (MailError, ValueError, UnicodeError) as error:
                    problem = error if isinstance(error, MailError) else MailError(str(error), final=True)
                    self._note(waiting, problem)
                    if not problem.final:
                        break
                    continue
                self._forget(waiting)
                sent += 1
        return sent

    def _forget(self, waiting: Waiting) -> None:
        self._database.write(
            lambda connection: connection.execute(delete(outgoing_mail).where(outgoing_mail.c.id == waiting.id))
        )

    def _note(self, waiting: Waiting, problem: MailError) -> None:
        now = self._clock()
        gives_up = problem.final or now - waiting.created >= GIVEN_UP_AFTER
        values: dict[str, object] = {"attempts": waiting.attempts + 1, "problem": str(problem)}
        if gives_up:
            values |= {"due": None, "body": ""}
            log.error("an e-mail was given up", mail=waiting.id, problem=str(problem))
        else:
            values["due"] = now + pause(waiting.attempts + 1)
            log.warning("an e-mail has to wait", mail=waiting.id, problem=str(problem))
        self._database.write(
            lambda connection: connection.execute(
                update(outgoing_mail).where(outgoing_mail.c.id == waiting.id).values(values)
            )
        )


def pause(attempts: int) -> timedelta:
    """Return how long to wait after so many attempts: 30 s at first, an hour at most. Pure."""
    return min(timedelta(hours=1), timedelta(seconds=30 * 2 ** (min(attempts, 12) - 1)))


def _due(connection: Connection, now: datetime) -> list[Waiting]:
    mail = outgoing_mail.c
    query = (
        select(mail.id, mail.recipient, mail.subject, mail.body, mail.created, mail.attempts)
        .where(mail.due <= now)
        .order_by(mail.due, mail.id)
        .limit(_AT_ONCE)
    )
    return [Waiting(row[0], Message(*row[1:4]), row[4], row[5]) for row in connection.execute(query)]
