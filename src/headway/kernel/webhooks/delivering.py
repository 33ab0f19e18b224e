"""Sending: which events go where is decided as the ledger grows, and a controller makes the attempts."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import delete, insert, select, update

from headway.kernel.errors import HeadwayError
from headway.kernel.ledger.export import cloudevent
from headway.kernel.ledger.listing import event_by_id
from headway.kernel.logs import masked
from headway.kernel.outbound import checked_target
from headway.kernel.projects.tables import project
from headway.kernel.secrets import internal
from headway.kernel.webhooks.records import Delivery, Webhook, delivery_of, wants, webhook_of
from headway.kernel.webhooks.service import PURPOSE, pending
from headway.kernel.webhooks.signing import headers, pause_after
from headway.kernel.webhooks.tables import delivery, webhook

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.ledger.records import SealedEvent
    from headway.kernel.secrets.service import Secrets

_AT_ONCE = 8
_BATCH = 64
_SECONDS = 15.0
_ANSWER_CHARACTERS = 1000
_KEPT = timedelta(days=30)
_FORGET_EVERY = timedelta(hours=1)
_GONE = 410


class Outcome(NamedTuple):
    """What an attempt led to.

    ``status`` is ``None`` when nobody answered; ``answer`` says what was said or went wrong.
    """

    status: int | None
    answer: str
    milliseconds: int

    @property
    def delivered(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


class Delivering:
    """Turns events into deliveries, and makes their attempts."""

    def __init__(self, database: Database, clock: Clock, secrets: Secrets, base_url: str, *, private: bool) -> None:
        self._database = database
        self._clock = clock
        self._secrets = secrets
        self._base_url = base_url
        self._private = private
        self._forget_at = clock()

    def take(self, connection: Connection, events: Sequence[SealedEvent]) -> None:
        """Write down which events go to which webhooks; for a subscription of the ledger."""
        query = (
            select(webhook, project.c.ledger_name)
            .outerjoin(project, project.c.id == webhook.c.project_id)
            .where(webhook.c.active)
        )
        hooks = [(webhook_of_joined(row), row.ledger_name) for row in connection.execute(query)]
        now = self._clock()
        rows = [
            pending(hook.id, now) | {"event": sealed.event.id}
            for sealed in events
            for hook, name in hooks
            if (hook.project_id is None or sealed.event.project == name) and wants(hook.events, sealed.event.type)
        ]
        if rows:
            connection.execute(insert(delivery), rows)

    def send_due(self) -> int:
        """Make the attempts that are due. Return how many were made."""
        total = 0
        while due := self._database.read(partial(_due, now=self._clock())):
            with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="webhook") as pool:
                outcomes = list(pool.map(lambda each: self._attempt(*each), due))
            self._database.write(partial(self._note, due=due, outcomes=outcomes))
            total += len(due)
        self._forget_old()
        return total

    def _forget_old(self) -> None:
        now = self._clock()
        if now >= self._forget_at:
            self._forget_at = now + _FORGET_EVERY
            self._database.write(partial(_forget, before=now - _KEPT))

    def _attempt(self, hook: Webhook, wanted: Delivery) -> Outcome:
        started = time.monotonic()
        try:
            status, answer = self._post(hook, wanted)
        except (HeadwayError, OSError) as error:
            status, answer = None, str(error)
        return Outcome(status, masked(answer)[:_ANSWER_CHARACTERS], int((time.monotonic() - started) * 1000))

    def _post(self, hook: Webhook, wanted: Delivery) -> tuple[int, str]:
        sealed = self._database.read(partial(event_by_id, event_id=wanted.event))
        if sealed is None:
            raise HeadwayError("the event is not in the ledger any more")
        body = json.dumps(cloudevent(sealed, self._base_url)).encode()
        secret = internal.reveal(self._secrets, PURPOSE, str(hook.id))
        timestamp = int(self._clock().timestamp())
        return post(hook.url, body, headers(secret, str(wanted.event), timestamp, body), private=self._private)

    def _note(
        self, connection: Connection, due: Sequence[tuple[Webhook, Delivery]], outcomes: Sequence[Outcome]
    ) -> None:
        for (hook, wanted), outcome in zip(due, outcomes, strict=True):
            values = after_attempt(wanted, outcome, self._clock())
            connection.execute(update(delivery).where(delivery.c.id == wanted.id).values(values))
            if outcome.status == _GONE:
                problem = "the receiver said that it is gone (410)"
                switched_off = update(webhook).where(webhook.c.id == hook.id)
                connection.execute(switched_off.values(active=False, problem=problem))


def after_attempt(wanted: Delivery, outcome: Outcome, now: datetime) -> dict[str, object]:
    """Return what becomes of a delivery after an attempt. Pure."""
    attempts = wanted.attempts + 1
    values: dict[str, object] = {
        "attempts": attempts,
        "status": outcome.status,
        "answer": outcome.answer,
        "milliseconds": outcome.milliseconds,
    }
    if outcome.delivered:
        return values | {"state": "delivered", "ended": now}
    pause = None if outcome.status == _GONE else pause_after(attempts)
    if pause is None:
        return values | {"state": "failed", "ended": now}
    return values | {"next_attempt": now + pause}


def post(url: str, body: bytes, more: dict[str, str], *, private: bool) -> tuple[int, str]:
    """Send a body to an address that may be reached, and return the status and the beginning of the answer.

    Redirects are not followed. Raises ``UnsafeTargetError``, and ``OSError`` when nobody answers.
    """
    import httpx

    target = checked_target(url, private=private)
    address = f"[{target.address}]" if ":" in target.address else target.address
    scheme, _, rest = target.url.partition("://")
    path = "/" + rest.partition("/")[2]
    place = f"{scheme}://{address}:{target.port}{path}"
    known = {"Host": rest.partition("/")[0], **more}
    try:
        with (
            httpx.Client(timeout=_SECONDS, follow_redirects=False, trust_env=False) as client,
            client.stream(
                "POST", place, content=body, headers=known, extensions={"sni_hostname": target.host}
            ) as answer,
        ):
            said = b""
            for chunk in answer.iter_bytes(2048):
                said += chunk
                if len(said) >= _ANSWER_CHARACTERS:
                    break
            return answer.status_code, said.decode("utf-8", "replace")
    except httpx.HTTPError as error:
        raise OSError(f"{type(error).__name__}: {error}") from None


def webhook_of_joined(row: object) -> Webhook:
    """Return the webhook of a row that has more columns than its own."""
    values = row._asdict()  # type: ignore[attr-defined]
    return Webhook(**{name: values[name] for name in Webhook._fields} | {"events": tuple(json.loads(values["events"]))})


def _due(connection: Connection, now: datetime) -> list[tuple[Webhook, Delivery]]:
    wanted = delivery.c
    query = (
        select(delivery)
        .where(wanted.state == "pending", wanted.next_attempt <= now)
        .order_by(wanted.next_attempt)
        .limit(_BATCH)
    )
    found = [delivery_of(row) for row in connection.execute(query)]
    ids = {each.webhook_id for each in found}
    hooks = {row.id: webhook_of(row) for row in connection.execute(select(webhook).where(webhook.c.id.in_(ids)))}
    return [(hooks[each.webhook_id], each) for each in found if each.webhook_id in hooks]


def _forget(connection: Connection, before: datetime) -> None:
    connection.execute(delete(delivery).where(delivery.c.state != "pending", delivery.c.created < before))
