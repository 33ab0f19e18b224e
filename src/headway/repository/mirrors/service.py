"""Setting what a project follows, and following it."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, get_args

from sqlalchemy import delete, insert, select, update

from headway.kernel.errors import HeadwayError, InputError, NotFoundError, Problem
from headway.kernel.ledger.types import own_event
from headway.kernel.logs import log
from headway.kernel.outbound import checked_target
from headway.kernel.secrets import internal
from headway.kernel.webhooks.signing import new_secret
from headway.repository.fetching import Source
from headway.repository.mirrors.forges import Forge, is_signed
from headway.repository.mirrors.tables import mirror, posting

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from headway.kernel.database import Database
    from headway.kernel.identity.actors import Actor
    from headway.kernel.platform import Platform
    from headway.kernel.projects.records import Access
    from headway.repository.discovering import Discovering
    from headway.repository.importing import Importing

PASSWORDS, HOOKS = "mirrors", "mirror-hooks"
_LONGEST_PAUSE = timedelta(hours=12)


class NewMirror(NamedTuple):
    """What a project shall follow. ``minutes``: how often it looks, at least; webhooks make it look at once.

    An empty password keeps the one that is there; an empty ``hook_secret`` lets one be made.
    """

    url: str
    username: str = ""
    password: str = ""
    forge: Forge = "other"
    minutes: int = 15
    posts_statuses: bool = False
    hook_secret: str = ""


class Mirror(NamedTuple):
    """What a project follows, and how that goes. ``problem`` is empty when the last attempt went well."""

    project_id: int
    url: str
    username: str
    forge: Forge
    minutes: int
    posts_statuses: bool
    attempted: datetime | None
    succeeded: datetime | None
    failures: int
    problem: str
    due: datetime


class Mirrors:
    """Projects that follow another repository. Who may set it, the gate has been asked by whoever calls."""

    def __init__(self, platform: Platform, importing: Importing, discovering: Discovering) -> None:
        self._platform = platform
        self._importing = importing
        self._discovering = discovering

    @property
    def database(self) -> Database:
        """The database that knows the mirrors."""
        return self._platform.database

    def get(self, access: Access) -> Mirror:
        """Return what a project follows. Raises ``NotFoundError``."""
        found = self._platform.database.read(partial(mirror_of, project_id=access.project.id))
        if found is None:
            raise NotFoundError("this project follows no other repository")
        return found

    def set(self, actor: Actor, access: Access, new: NewMirror) -> tuple[Mirror, str]:
        """Let a project follow a repository: its branches and tags become those of the origin, all others go.

        Return it with the secret that webhooks of the origin are signed with. Raises ``InputError`` and
        ``UnsafeTargetError``.
        """
        self._check(new)
        project_id = access.project.id
        database, name = self._platform.database, str(project_id)
        if new.password:
            internal.keep(self._platform.secrets, PASSWORDS, name, new.password)
        secret = new.hook_secret or self._hook_secret(name) or new_secret()
        internal.keep(self._platform.secrets, HOOKS, name, secret)

        def work(connection: Connection) -> Mirror:
            connection.execute(delete(mirror).where(mirror.c.project_id == project_id))
            values = new._asdict() | {
                "project_id": project_id,
                "failures": 0,
                "problem": "",
                "due": self._platform.clock(),
            }
            del values["password"], values["hook_secret"]
            connection.execute(insert(mirror).values(values))
            self._tell(connection, actor, access, {"change": "set", "url": new.url, "forge": new.forge})
            found = mirror_of(connection, project_id)
            if found is None:
                raise AssertionError("it was set just now")
            return found

        return database.write(work), secret

    def remove(self, actor: Actor, access: Access) -> None:
        """Let a project follow nothing; what it has stays. Raises ``NotFoundError``."""
        project_id = access.project.id

        def work(connection: Connection) -> None:
            if not connection.execute(delete(mirror).where(mirror.c.project_id == project_id)).rowcount:
                raise NotFoundError("this project follows no other repository")
            connection.execute(delete(posting).where(posting.c.project_id == project_id))
            self._tell(connection, actor, access, {"change": "ended"})

        self._platform.database.write(work)
        for purpose in (PASSWORDS, HOOKS):
            internal.forget(self._platform.secrets, purpose, str(project_id))

    def look_now(self, project_id: int) -> None:
        """Let the controller look at the origin of a project at its next turn."""
        values = {"due": self._platform.clock()}
        change = update(mirror).where(mirror.c.project_id == project_id).values(values)
        self._platform.database.write(lambda connection: connection.execute(change))

    def take_hook(self, project_id: int, headers: Mapping[str, str], body: bytes) -> bool:
        """Look at the origin at once, if a webhook is signed with the project's secret. Return whether it is."""
        secret = self._hook_secret(str(project_id))
        now = self._platform.clock().timestamp()
        # Without a mirror the same work is done, so that nobody learns from the time whether there is one.
        signed = is_signed(headers, body, secret or "none", now) and bool(secret)
        if signed:
            self.look_now(project_id)
        return signed

    def follow_due(self) -> int:
        """Look at the origins whose time has come. Return how many."""
        due = self._platform.database.read(partial(_due, now=self._platform.clock()))
        for found in due:
            problem = self._follow(found)
            self._platform.database.write(partial(self._note, found=found, problem=problem))
        return len(due)

    def source(self, found: Mirror) -> Source:
        """Return what it takes to read a mirror's origin. Raises ``SecretsUnreadableError``."""
        return Source(found.url, "", found.username, self.password(found.project_id))

    def password(self, project_id: int) -> str:
        """Return the password for an origin; empty when there is none. Raises ``SecretsUnreadableError``."""
        try:
            return internal.reveal(self._platform.secrets, PASSWORDS, str(project_id))
        except NotFoundError:
            return ""

    def _follow(self, found: Mirror) -> str:
        try:
            self._importing.fetch(found.project_id, self.source(found))
            self._discovering.discover(found.project_id, "system", "mirror")
        except (HeadwayError, OSError) as error:
            log.warning("a mirror could not follow its origin", project=found.project_id, error=str(error))
            return str(error)[:1000]
        return ""

    def _note(self, connection: Connection, found: Mirror, problem: str) -> None:
        now = self._platform.clock()
        failures = found.failures + 1 if problem else 0
        values = {
            "attempted": now,
            "failures": failures,
            "problem": problem,
            "due": now + pause(found.minutes, failures),
            **({} if problem else {"succeeded": now}),
        }
        connection.execute(update(mirror).where(mirror.c.project_id == found.project_id).values(values))

    def _hook_secret(self, name: str) -> str:
        try:
            return internal.reveal(self._platform.secrets, HOOKS, name)
        except NotFoundError:
            return ""

    def _check(self, new: NewMirror) -> None:
        problems = []
        if new.forge not in get_args(Forge):
            known = ", ".join(get_args(Forge))
            problems.append(Problem("forge", 0, 0, f"there is no forge '{new.forge}'", f"The forges: {known}"))
        if not 1 <= new.minutes <= 7 * 24 * 60:
            problems.append(Problem("minutes", 0, 0, "a mirror looks every 1 to 10,080 minutes"))
        if problems:
            raise InputError(problems)
        checked_target(new.url, private=self._platform.settings.outbound_private)

    def _tell(self, connection: Connection, actor: Actor, access: Access, data: dict[str, str]) -> None:
        project = access.project
        self._platform.ledger.append(
            connection,
            own_event("mirror.changed"),
            project.subject,
            actor=actor.subject,
            project=project.ledger_name,
            data=data,
        )


def pause(minutes: int, failures: int) -> timedelta:
    """Return how long to wait for the next look: longer after each failure, half a day at most. Pure."""
    usual = timedelta(minutes=minutes)
    return usual if not failures else max(usual, min(_LONGEST_PAUSE, timedelta(minutes=2 ** min(failures, 10))))


def mirror_of(connection: Connection, project_id: int) -> Mirror | None:
    """Return what a project follows."""
    row = connection.execute(select(mirror).where(mirror.c.project_id == project_id)).one_or_none()
    return Mirror(**row._asdict()) if row else None


def _due(connection: Connection, now: datetime) -> list[Mirror]:
    query = select(mirror).where(mirror.c.due <= now).order_by(mirror.c.due).limit(50)
    return [Mirror(**row._asdict()) for row in connection.execute(query)]
