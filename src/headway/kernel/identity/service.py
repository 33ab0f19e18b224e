"""What people do with their identity: get an account, sign in, sign out, choose a password."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy.exc import IntegrityError

from headway.kernel.identity import store, throttling
from headway.kernel.identity.actors import SYSTEM
from headway.kernel.identity.authentication import actor_of
from headway.kernel.identity.errors import ExpiredLinkError, SignInError, TakenError
from headway.kernel.identity.names import checked_email, checked_handle, checked_name
from headway.kernel.identity.passwords import checked_password
from headway.kernel.identity.secrets import new_secret, secret_hash
from headway.kernel.ledger.records import subject
from headway.kernel.ledger.types import own_event

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.identity.actors import Actor
    from headway.kernel.identity.passwords import Passwords
    from headway.kernel.ledger.appending import Ledger

LINK_LIFE = timedelta(hours=24)


class Browser(NamedTuple):
    """Where somebody signs in from."""

    address: str
    agent: str


class SignedIn(NamedTuple):
    """A new session: whose it is, and the secret for the cookie, which is not kept anywhere else."""

    account_id: int
    secret: str


class NewPerson(NamedTuple):
    """A person who is to be added; everything has been checked."""

    handle: str
    name: str
    email: str | None
    password_hash: str | None
    email_verified: bool = False


class Identity:
    """Accounts and sessions."""

    def __init__(
        self, database: Database, ledger: Ledger, passwords: Passwords, clock: Clock, session_life: timedelta
    ) -> None:
        self._database = database
        self._ledger = ledger
        self._passwords = passwords
        self._clock = clock
        self._session_life = session_life

    def create_person(
        self,
        actor: Actor,
        handle: str,
        name: str = "",
        email: str | None = None,
        password: str | None = None,
        *,
        admin: bool = False,
    ) -> int:
        """Create a person's account, and return its id.

        Raises ``InvalidNameError`` and ``TakenError``; without a password the person needs a one-time link to sign in.
        """
        new = self.checked(handle, name, email, password)
        return self._database.write(lambda connection: self.add_person(connection, new, actor.subject, admin=admin))

    def set_up_link(self) -> str | None:
        """Return the secret of a link by which the first person gets an account; ``None`` when there are people."""
        if self._database.read(store.has_people):
            return None
        return self._new_link(None, "set-up", LINK_LIFE)

    def can_set_up(self, secret: str) -> bool:
        """Whether a link still sets up this installation."""
        hashed = secret_hash(secret)
        return self._database.read(
            lambda connection: (
                not store.has_people(connection) and store.has_link(connection, hashed, "set-up", self._clock())
            )
        )

    def set_up(self, secret: str, handle: str, name: str, email: str, password: str, browser: Browser) -> SignedIn:
        """Create the first person, who administers the installation, and return a session.

        Raises ``ExpiredLinkError``, ``InvalidNameError`` and ``TakenError``.
        """
        new = self.checked(handle, name, email or None, password)

        def work(connection: Connection) -> SignedIn:
            if store.has_people(connection) or not store.use_link(
                connection, secret_hash(secret), "set-up", self._clock()
            ):
                raise ExpiredLinkError(
                    "this installation has been set up, or the link is too old; see the server's log"
                )
            account_id = self.add_person(connection, new, SYSTEM.subject, admin=True)
            account = store.account_by_id(connection, account_id)
            if account is None:
                raise AssertionError("it was added just now")
            self._ledger.append(
                connection, own_event("installation.started"), subject("installation", "headway"), actor=SYSTEM.subject
            )
            return self.start_session(connection, account, browser)

        return self._database.write(work)

    def sign_in(self, login: str, password: str, browser: Browser) -> SignedIn:
        """Return a new session.

        Raises ``SignInError`` when login and password do not belong together, whichever is wrong, and
        ``ThrottledError`` after too many attempts.
        """
        found = self._database.read(lambda connection: store.person_by_login(connection, login[:254]))
        self._require_password(login, password, found.password_hash if found else None, browser)
        if found is None or found.account.suspended:
            raise SignInError("the name or the password is wrong")
        account = found.account

        def work(connection: Connection) -> SignedIn:
            throttling.forget(connection, [f"login:{login.lower()[:180]}"])
            return self.start_session(connection, account, browser)

        return self._database.write(work)

    def sign_in_by_link(self, secret: str, browser: Browser) -> SignedIn:
        """Return a new session for a one-time sign-in link. Raises ``ExpiredLinkError``."""

        def work(connection: Connection) -> SignedIn:
            used = store.use_link(connection, secret_hash(secret), "sign-in", self._clock())
            account = store.account_by_id(connection, used.account_id) if used and used.account_id else None
            if account is None or account.suspended:
                raise ExpiredLinkError("this link was used before, or is too old; ask for a new one")
            return self.start_session(connection, account, browser)

        return self._database.write(work)

    def link(self, account_id: int, purpose: str, life: timedelta = LINK_LIFE) -> str:
        """Return the secret of a new one-time link for an account; ``purpose`` is ``sign-in`` or ``password``."""
        return self._new_link(account_id, purpose, life)

    def _new_link(self, account_id: int | None, purpose: str, life: timedelta) -> str:
        now = self._clock()
        return self._database.write(lambda connection: store.new_link(connection, purpose, account_id, now, life))

    def sign_out(self, actor: Actor) -> None:
        """End the actor's session."""
        if actor.session_id is None:
            return
        session_id = actor.session_id

        def work(connection: Connection) -> None:
            store.end_session(connection, session_id)
            self._tell(connection, "session.ended", actor.subject, actor.handle)

        self._database.write(work)

    def change_password(self, actor: Actor, current: str, password: str, browser: Browser) -> None:
        """Give the actor a new password, and end all other sessions. Takes the present one, if there is one.

        Raises ``InvalidNameError``, ``SignInError`` and ``ThrottledError``.
        """
        if actor.account_id is None or actor.session_id is None:
            raise SignInError("sign in with a browser to change your password")
        account_id = actor.account_id
        found = self._database.read(lambda connection: store.person_by_id(connection, account_id))
        if found is None:
            raise SignInError("sign in first")
        checked_password(password, actor.handle, found.email or "")
        if found.password_hash is not None:
            self._require_password(actor.handle, current, found.password_hash, browser)
        hashed = self._passwords.hash(password)
        self._database.write(lambda connection: self.keep_password(connection, actor, hashed))

    def keep_password(self, connection: Connection, actor: Actor, hashed: str) -> None:
        """Give an account another password, end all of its sessions but the actor's, and make its reset links void."""
        if actor.account_id is None:
            raise AssertionError("whoever has a password has an account")
        store.set_password(connection, actor.account_id, hashed)
        store.end_sessions(connection, actor.account_id, but=actor.session_id)
        store.void_links(connection, actor.account_id, self._clock())
        self._tell(connection, "password.changed", actor.subject, actor.handle)

    def _require_password(self, login: str, password: str, hashed: str | None, browser: Browser) -> None:
        keys = (f"login:{login.lower()[:180]}", f"address:{browser.address}")
        self._database.read(lambda connection: throttling.check(connection, keys, self._clock()))
        if not self._passwords.matches(password, hashed):
            self._database.write(lambda connection: throttling.note_failure(connection, keys, self._clock()))
            raise SignInError("the name or the password is wrong")

    def checked(self, handle: str, name: str, email: str | None, password: str | None) -> NewPerson:
        """Return a person who may be added. Raises ``InvalidNameError``. It takes a while: not in a transaction."""
        checked_handle(handle)
        name = checked_name(name)
        if email:
            checked_email(email)
        hashed = self._passwords.hash(checked_password(password, handle, email or "")) if password is not None else None
        return NewPerson(handle, name, email, hashed)

    def add_person(self, connection: Connection, new: NewPerson, actor: str, *, admin: bool = False) -> int:
        """Add a person, and return the account's id. Raises ``TakenError``; the transaction is over then."""
        try:
            account_id = store.add_account(connection, "person", new.handle, new.name, self._clock(), admin=admin)
            store.add_person(connection, account_id, new.email, new.password_hash)
            if new.email_verified:
                store.set_email(connection, account_id, new.email, self._clock())
        except IntegrityError:
            raise TakenError(f"the handle '{new.handle}' or the e-mail address is taken; choose another") from None
        self._tell(connection, "person.created", actor, new.handle)
        return account_id

    def start_session(self, connection: Connection, account: store.Account, browser: Browser) -> SignedIn:
        """Add a session to an account, and return its secret."""
        secret, now = new_secret("hws"), self._clock()
        values = {
            "secret_hash": secret_hash(secret),
            "account_id": account.id,
            "created": now,
            "seen": now,
            "expires": now + self._session_life,
            "address": browser.address[:64],
            "agent": browser.agent[:300],
        }
        store.add_session(connection, values)
        actor = actor_of(connection, account)
        self._tell(connection, "session.started", actor.subject, account.handle, address=browser.address)
        return SignedIn(account.id, secret)

    def _tell(self, connection: Connection, predicate: str, actor: str, handle: str, **data: object) -> None:
        person = subject("person", handle)
        self._ledger.append(connection, own_event(predicate), person, actor=actor, data=data)
