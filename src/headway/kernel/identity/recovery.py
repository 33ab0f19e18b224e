"""Getting back in, and showing that an e-mail address is one's own: both by a link in a message."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy.exc import IntegrityError

from headway.kernel.errors import UnauthenticatedError
from headway.kernel.identity import store, throttling
from headway.kernel.identity.authentication import actor_of
from headway.kernel.identity.errors import ExpiredLinkError, MissingScopeError, TakenError
from headway.kernel.identity.names import checked_email, checked_name
from headway.kernel.identity.passwords import checked_password
from headway.kernel.identity.roles import scopes_allow
from headway.kernel.identity.secrets import secret_hash
from headway.kernel.identity.team_store import change_account
from headway.kernel.ledger.types import own_event
from headway.kernel.mail.messages import message

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.identity.actors import Actor
    from headway.kernel.identity.passwords import Passwords
    from headway.kernel.identity.service import Browser, Identity, SignedIn
    from headway.kernel.ledger.appending import Ledger
    from headway.kernel.mail.outbox import Outbox

PASSWORD_LINK_LIFE = timedelta(hours=1)
EMAIL_LINK_LIFE = timedelta(days=1)
_EXPIRED = "this link was used before, or is too old; ask for a new one"


class RecoveryParts(NamedTuple):
    """What recovery needs of the platform."""

    database: Database
    ledger: Ledger
    clock: Clock
    identity: Identity
    passwords: Passwords
    outbox: Outbox
    base_url: str


class Recovery:
    """New passwords for those who forgot theirs, and confirmed addresses."""

    def __init__(self, parts: RecoveryParts) -> None:
        self._parts = parts
        self._database = parts.database

    def request(self, login: str, browser: Browser) -> None:
        """Send a link to choose a new password, if there is such a person with an address. Never says whether.

        Raises ``ThrottledError`` after too many requests, whether there is such a person or not.
        """
        now = self._parts.clock()
        keys = (f"reset:{login.lower()[:180]}", f"reset-address:{browser.address}")
        self._database.read(lambda connection: throttling.check(connection, keys, now))

        def work(connection: Connection) -> None:
            throttling.note_failure(connection, keys, now)
            found = store.person_by_login(connection, login[:254])
            if found is None or found.account.suspended or not found.email or not self._parts.outbox.is_set_up:
                return
            link = self._link(connection, "password", found.account.id, found.email, PASSWORD_LINK_LIFE)
            wanted = message("password", found.email, handle=found.account.handle, link=f"{link}")
            self._parts.outbox.put(connection, wanted)

        self._database.write(work)

    def can_reset(self, secret: str) -> bool:
        """Whether a link still lets somebody choose a password."""
        hashed, now = secret_hash(secret), self._parts.clock()
        return self._database.read(lambda connection: store.has_link(connection, hashed, "password", now))

    def reset(self, secret: str, password: str, browser: Browser) -> SignedIn:
        """Give the person whose link it is a new password, end all sessions, and return a new one.

        Raises ``ExpiredLinkError`` and ``InvalidNameError``.
        """
        if not self.can_reset(secret):
            raise ExpiredLinkError(_EXPIRED)
        hashed = self._parts.passwords.hash(checked_password(password))

        def work(connection: Connection) -> SignedIn:
            used = store.use_link(connection, secret_hash(secret), "password", self._parts.clock())
            found = store.person_by_id(connection, used.account_id) if used and used.account_id else None
            if used is None or found is None or found.account.suspended:
                raise ExpiredLinkError(_EXPIRED)
            checked_password(password, found.account.handle, found.email or "")
            self._parts.identity.keep_password(connection, actor_of(connection, found.account), hashed)
            throttling.forget(
                connection, [f"login:{found.account.handle.lower()}", f"login:{found.email or ''}".lower()]
            )
            if found.email and found.email == used.detail:
                store.set_email(connection, found.account.id, found.email, self._parts.clock())
                link = f"{self._parts.base_url}/-/password"
                wanted = message("password_changed", found.email, handle=found.account.handle, link=link)
                self._parts.outbox.put(connection, wanted)
            return self._parts.identity.start_session(connection, found.account, browser)

        return self._database.write(work)

    def change_name(self, actor: Actor, name: str) -> None:
        """Give the actor another display name. Raises ``InvalidNameError``."""
        account_id, name = _own(actor), checked_name(name) or actor.handle

        def work(connection: Connection) -> None:
            change_account(connection, account_id, name=name)
            self._tell(connection, actor, changed="name", name=name)

        self._database.write(work)

    def change_email(self, actor: Actor, email: str) -> bool:
        """Give the actor another e-mail address: at once if no e-mail is sent here, else by a link that goes to it.

        Return whether it waits for that link; then nobody learns from the answer whether somebody else has the
        address. Raises ``InvalidNameError``, and ``TakenError`` where there are no links.
        """
        account_id = _own(actor)
        if email:
            checked_email(email)

        def work(connection: Connection) -> bool:
            if email and self._parts.outbox.is_set_up:
                if not store.has_email(connection, email, but=account_id):
                    link = self._link(connection, "email", account_id, email, EMAIL_LINK_LIFE)
                    self._parts.outbox.put(connection, message("email", email, handle=actor.handle, link=link))
                return True
            self._keep_email(connection, actor, account_id, email or None, verified=False)
            return False

        return self._database.write(work)

    def confirm_email(self, actor: Actor, secret: str) -> None:
        """Give the actor the address that a link went to. Raises ``ExpiredLinkError`` and ``TakenError``."""
        account_id = _own(actor)

        def work(connection: Connection) -> None:
            used = store.use_link(connection, secret_hash(secret), "email", self._parts.clock())
            if used is None or used.account_id != account_id or not used.detail:
                raise ExpiredLinkError("this link was used before, is too old, or is for another account")
            self._keep_email(connection, actor, account_id, used.detail, verified=True)

        self._database.write(work)

    def _keep_email(
        self, connection: Connection, actor: Actor, account_id: int, email: str | None, *, verified: bool
    ) -> None:
        try:
            store.set_email(connection, account_id, email, self._parts.clock() if verified else None)
        except IntegrityError:
            raise TakenError("another account has this e-mail address") from None
        self._tell(connection, actor, changed="email")

    def _link(self, connection: Connection, purpose: str, account_id: int, email: str, life: timedelta) -> str:
        secret = store.new_link(connection, purpose, account_id, self._parts.clock(), life, email)
        return f"{self._parts.base_url}/-/{purpose}/{secret}"

    def _tell(self, connection: Connection, actor: Actor, **data: object) -> None:
        event = own_event("person.changed")
        self._parts.ledger.append(connection, event, actor.subject, actor=actor.subject, data=data)


def _own(actor: Actor) -> int:
    if actor.account_id is None:
        raise UnauthenticatedError("sign in to change your account")
    if not scopes_allow(actor.scopes, "write:user"):
        raise MissingScopeError("write:user", "change the account")
    return actor.account_id
