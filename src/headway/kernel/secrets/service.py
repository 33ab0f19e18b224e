"""Setting, listing and using secrets and variables. Whoever sets or lists has asked the gate; using asks it itself."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from sqlalchemy.exc import IntegrityError

from headway.kernel.errors import NotFoundError
from headway.kernel.gate import DeniedError
from headway.kernel.ledger.records import subject
from headway.kernel.ledger.types import own_event
from headway.kernel.logs import log
from headway.kernel.projects import store as projects
from headway.kernel.secrets import store
from headway.kernel.secrets.cipher import decrypted, encrypted
from headway.kernel.secrets.errors import SecretsUnreadableError
from headway.kernel.secrets.keys import Keyring, Keys
from headway.kernel.secrets.places import Place, checked_name, checked_place, checked_value
from headway.kernel.secrets.tables import secret, variable
from headway.kernel.secrets.values import MaskedValues

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from headway.kernel.clock import Clock
    from headway.kernel.database import Database
    from headway.kernel.database.tables import AnyRow
    from headway.kernel.gate import Gate
    from headway.kernel.identity.actors import Actor
    from headway.kernel.ledger.appending import Ledger
    from headway.kernel.projects.records import Project
    from headway.kernel.settings import Settings

Kind = Literal["secret", "variable"]
_ATTEMPTS = 3


class Listed(NamedTuple):
    """A secret without its value, or a variable with it. ``readable``: the key that it takes is here."""

    name: str
    environment: str
    changed: datetime
    changed_by: str
    value: str = ""
    readable: bool = True


class Where(NamedTuple):
    """A place, and the project that it belongs to."""

    place: Place
    project: Project | None = None

    @property
    def subject_name(self) -> str:
        """How the ledger calls the place; empty for the installation."""
        if self.project is None:
            return ""
        environment = f"@{self.place.environment}" if self.place.environment else ""
        return f"{self.project.ledger_name}{environment}"


def where(project: Project | None, environment: str = "") -> Where:
    """Return a place by its project and environment; neither: the installation. Raises ``InputError``."""
    return Where(checked_place(project.id if project else None, environment), project)


class State(NamedTuple):
    """Whether secrets can be used. ``problem`` is empty when they can."""

    problem: str
    unreadable: int = 0


class SecretParts(NamedTuple):
    """What secrets stand on."""

    database: Database
    ledger: Ledger
    gate: Gate
    clock: Clock


class _StaleKeyringError(Exception):
    """The key was changed since the keyring was read."""


class Secrets:
    """The secrets and variables of the installation."""

    def __init__(self, parts: SecretParts, settings: Settings) -> None:
        self.parts = parts
        self.keys = Keys(settings)

    def prepare(self) -> None:
        """Make the key when nothing was ever encrypted; say so in the log when there is one and it is not here."""
        try:
            self._prepare()
        except SecretsUnreadableError as error:
            log.error("secrets cannot be read", problem=str(error))
            return
        if problem := self.state().problem:
            log.error("secrets cannot be read", problem=problem)

    def _prepare(self) -> None:
        database = self.parts.database
        ring = self.keys.load()
        if database.read(store.current_key) is not None:
            return
        if not ring.keys:
            ring = self.keys.make()

        def work(connection: Connection) -> None:
            # Two servers that start on a new database at the same time have made one key together.
            with contextlib.suppress(IntegrityError), connection.begin_nested():
                if store.current_key(connection) is None:
                    store.make_current(connection, ring.keys[0].id, self.parts.clock())

        database.write(work)

    def state(self) -> State:
        """Return whether secrets can be used, and what to do if not."""
        try:
            ring = self.keys.load()
        except SecretsUnreadableError as error:
            ring, problem = Keyring(()), str(error)
        else:
            problem = ""
        current, used = self.parts.database.read(lambda c: (store.current_key(c), store.keys_in_use(c)))
        unreadable = sum(count for key_id, count in used.items() if ring.get(key_id) is None)
        if not problem and (unreadable or current is None or ring.get(current) is None):
            problem = self._missing_key()
        return State(problem, unreadable)

    def set(self, actor: Actor, at: Where, name: str, value: str) -> str:
        """Set a secret, and return its name as it is kept.

        Raises ``InputError``, ``LimitError`` and ``SecretsUnreadableError``.
        """
        checked = checked_name(name)
        checked_value(value)

        def work(connection: Connection, ring: Keyring) -> None:
            key = ring.get(store.current_key(connection, held=True) or "")
            if key is None:
                raise _StaleKeyringError
            data = encrypted(key, at.place.key, checked, value)
            self._put(connection, "secret", actor, at, checked, {"key_id": key.id, "data": data})

        for _ in range(_ATTEMPTS):
            ring = self.keys.load()
            try:
                self.parts.database.write(lambda connection, ring=ring: work(connection, ring))  # type: ignore[misc]
            except _StaleKeyringError:
                continue  # it is being changed at this moment: the file has the new one already
            return checked
        raise SecretsUnreadableError(self._missing_key())

    def set_variable(self, actor: Actor, at: Where, name: str, value: str) -> str:
        """Set a variable, and return its name as it is kept. Raises ``InputError`` and ``LimitError``."""
        checked = checked_name(name)
        values = {"value": checked_value(value, empty=True)}
        self.parts.database.write(lambda connection: self._put(connection, "variable", actor, at, checked, values))
        return checked

    def delete(self, kind: Kind, actor: Actor, at: Where, name: str) -> None:
        """Delete a secret or variable, also one that cannot be read. Raises ``NotFoundError``."""
        checked = checked_name(name)

        def work(connection: Connection) -> None:
            store.take_away(connection, _TABLES[kind], at.place, checked)
            self._tell(connection, kind, actor, at, checked, "deleted")

        self.parts.database.write(work)

    def listed(self, place: Place) -> list[Listed]:
        """Return the secrets of a place, without their values, which nobody can read any more."""
        try:
            ring = self.keys.load()
        except SecretsUnreadableError:
            ring = Keyring(())
        found = self.parts.database.read(lambda connection: store.rows(connection, secret, [place]))
        return [
            Listed(row.name, row.environment, row.changed, row.changed_by, readable=ring.get(row.key_id) is not None)
            for row in found
        ]

    def listed_variables(self, place: Place) -> list[Listed]:
        """Return the variables of a place."""
        found = self.parts.database.read(lambda connection: store.rows(connection, variable, [place]))
        return [Listed(row.name, row.environment, row.changed, row.changed_by, row.value) for row in found]

    def resolve(self, actor: Actor, project_id: int, environment: str = "") -> MaskedValues:
        """Return the secrets that a run sees: of the environment before the project before the installation.

        Raises ``DeniedError`` when the gate says no, ``NotFoundError``, and ``SecretsUnreadableError`` when the key
        of one of them is not here: a run without it would fail in a way that nobody understands.
        """
        self._require(actor, project_id, environment)
        for _ in range(_ATTEMPTS):
            found = self._nearest(secret, project_id, environment)
            ring = self.keys.load()
            if all(ring.get(row.key_id) for row in found.values()):
                return MaskedValues({name: _decrypted(ring, row) for name, row in found.items()})
        raise SecretsUnreadableError(self._missing_key())

    def resolve_variables(self, project_id: int, environment: str = "") -> dict[str, str]:
        """Return the variables that a run sees, in the same order."""
        return {name: row.value for name, row in self._nearest(variable, project_id, environment).items()}

    def _nearest(self, table: Any, project_id: int, environment: str) -> dict[str, AnyRow]:
        places = [Place(), Place(project_id)]
        if environment:
            places.append(Place(project_id, environment.strip().lower()))
        order = {place.key: number for number, place in enumerate(places)}
        found = self.parts.database.read(lambda connection: store.rows(connection, table, places))
        return {row.name: row for row in sorted(found, key=lambda row: order[row.place])}

    def _require(self, actor: Actor, project_id: int, environment: str) -> None:
        def look(connection: Connection) -> Any:
            project = projects.by_id(connection, project_id)
            return projects.access(connection, actor, project) if project and not project.deleted else None

        access = self.parts.database.read(look)
        if access is None:
            raise NotFoundError("there is no such project")
        facts = access.facts(environment=environment)
        verdict = self.parts.gate.check(actor, "secret.use", access.project.subject, facts)
        if not verdict.allowed:
            raise DeniedError(verdict)

    def _missing_key(self) -> str:
        where = "name it in the setting 'key'" if self.keys.is_set else f"put it back as {self.keys.path}"
        return (
            f"the key that secrets were encrypted with is not here, and so they are unreadable; {where}, or, if it is "
            "lost, make another with `headway secrets rotate --lost-key` and set them again"
        )

    def _put(
        self,
        connection: Connection,
        kind: Kind,
        actor: Actor,
        at: Where,
        name: str,
        values: Mapping[str, object],
    ) -> None:
        more = {"changed": self.parts.clock(), "changed_by": actor.subject}
        store.put(connection, _TABLES[kind], at.place, name, {**values, **more})
        self._tell(connection, kind, actor, at, name, "set")

    def _tell(
        self,
        connection: Connection,
        kind: Kind,
        actor: Actor,
        at: Where,
        name: str,
        change: str,
    ) -> None:
        self.parts.ledger.append(
            connection,
            own_event("secret.changed"),
            subject("secret", f"{at.subject_name}/{name}".lstrip("/")),
            actor=actor.subject,
            project=at.project.ledger_name if at.project else "",
            data={"kind": kind, "name": name, "environment": at.place.environment, "change": change},
        )


_TABLES = {"secret": secret, "variable": variable}


def _decrypted(ring: Keyring, row: AnyRow) -> str:
    key = next(key for key in ring.keys if key.id == row.key_id)
    return decrypted(key, row.place, row.name, row.data)
