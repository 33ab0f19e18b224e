"""Branch rules and commit statuses: setting them, and telling the ledger."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Literal, NamedTuple, get_args

from sqlalchemy import delete, func, insert, select, update

from headway.kernel.errors import InputError, NotFoundError, Problem
from headway.kernel.identity.roles import ROLES, Role
from headway.kernel.ledger.records import subject
from headway.kernel.ledger.types import own_event
from headway.repository.rules import rules_of
from headway.repository.tables import branch_rule, commit_status

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy.engine import Connection

    from headway.kernel.identity.actors import Actor
    from headway.kernel.platform import Platform
    from headway.kernel.projects.records import Access
    from headway.repository.branchrules import BranchRule

State = Literal["pending", "success", "failure", "error"]
_MOST_RULES = 200
_MOST_STATUSES = 1000
_SHA = re.compile(r"[0-9a-f]{40}")


class NewStatus(NamedTuple):
    """What a check says of a commit, in GitHub's words."""

    state: State
    context: str = "default"
    description: str = ""
    target_url: str = ""


class Status(NamedTuple):
    """A status as it was reported."""

    id: int
    sha: str
    context: str
    state: State
    description: str
    target_url: str
    creator: str
    created: datetime


class BranchRules:
    """The branch rules of projects. Who may, the gate has been asked by whoever calls."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def list(self, access: Access) -> list[BranchRule]:
        """Return the rules of a project."""
        return self._platform.database.read(lambda connection: rules_of(connection, access.project.id))

    def set(self, actor: Actor, access: Access, rule: BranchRule) -> BranchRule:
        """Make a rule, or change the one that has its pattern.

        Raises ``InputError`` with everything that is wrong with it.
        """
        _check(rule)

        def work(connection: Connection) -> BranchRule:
            present = {each.pattern: each for each in rules_of(connection, access.project.id)}
            if rule.pattern not in present and len(present) >= _MOST_RULES:
                raise InputError([Problem("pattern", 0, 0, f"a project has at most {_MOST_RULES} branch rules")])
            values = rule._asdict() | {"required_checks": json.dumps(rule.required_checks)}
            del values["id"]
            if rule.pattern in present:
                which = branch_rule.c.id == present[rule.pattern].id
                connection.execute(update(branch_rule).where(which).values(values))
            else:
                connection.execute(insert(branch_rule).values(project_id=access.project.id, **values))
            self._tell(connection, actor, access, {**values, "required_checks": list(rule.required_checks)})
            return next(each for each in rules_of(connection, access.project.id) if each.pattern == rule.pattern)

        return self._platform.database.write(work)

    def remove(self, actor: Actor, access: Access, pattern: str) -> None:
        """Take a rule away. Raises ``NotFoundError``."""

        def work(connection: Connection) -> None:
            which = (branch_rule.c.project_id == access.project.id) & (branch_rule.c.pattern == pattern)
            if not connection.execute(delete(branch_rule).where(which)).rowcount:
                raise NotFoundError(f"there is no branch rule '{pattern[:100]}'")
            self._tell(connection, actor, access, {"pattern": pattern, "removed": True})

        self._platform.database.write(work)

    def _tell(self, connection: Connection, actor: Actor, access: Access, data: dict[str, object]) -> None:
        name = access.project.ledger_name
        event, about = own_event("branch-rule.changed"), access.project.subject
        self._platform.ledger.append(connection, event, about, actor=actor.subject, project=name, data=data)


class Statuses:
    """What checks say of commits."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def report(self, actor: Actor, access: Access, sha: str, new: NewStatus) -> Status:
        """Keep a status. Raises ``InputError``, also when a commit has too many."""
        _check_status(sha, new)
        project = access.project

        def work(connection: Connection) -> Status:
            which = (commit_status.c.project_id == project.id) & (commit_status.c.sha == sha)
            if connection.execute(select(func.count()).where(which)).scalar_one() >= _MOST_STATUSES:
                raise InputError([Problem("sha", 0, 0, f"this commit has {_MOST_STATUSES} statuses already")])
            values = new._asdict() | {"creator": actor.subject, "created": self._platform.clock()}
            row = insert(commit_status).values(project_id=project.id, sha=sha, **values).returning(*_STATUS_COLUMNS)
            made = Status(*connection.execute(row).one())
            self._platform.ledger.append(
                connection,
                own_event("commit.status-reported"),
                subject("commit", f"{project.ledger_name}@{sha}"),
                actor=actor.subject,
                project=project.ledger_name,
                data=new._asdict(),
            )
            return made

        return self._platform.database.write(work)

    def of(self, access: Access, sha: str) -> list[Status]:
        """Return all statuses of a commit, newest first."""
        which = (commit_status.c.project_id == access.project.id) & (commit_status.c.sha == sha)
        query = select(*_STATUS_COLUMNS).where(which).order_by(commit_status.c.id.desc()).limit(_MOST_STATUSES)
        return self._platform.database.read(lambda connection: [Status(*row) for row in connection.execute(query)])


_STATUS_COLUMNS = tuple(commit_status.c[name] for name in Status._fields)


def newest_of_each(statuses: Sequence[Status]) -> list[Status]:
    """Return the newest status of each context, in the order of their names. ``statuses``: newest first. Pure."""
    newest: dict[str, Status] = {}
    for status in statuses:
        newest.setdefault(status.context, status)
    return [newest[context] for context in sorted(newest)]


def combined_state(statuses: Sequence[Status]) -> State:
    """Return what the newest statuses amount to, as GitHub does: a failure or error counts most, then what is pending.

    No status at all is pending. Pure.
    """
    states = {status.state for status in statuses}
    if states & {"failure", "error"}:
        return "failure"
    return "success" if states == {"success"} else "pending"


def _check(rule: BranchRule) -> None:
    problems = []
    if not rule.pattern or len(rule.pattern) > 255 or not rule.pattern.isprintable():
        problems.append(Problem("pattern", 0, 0, "a pattern has 1 to 255 characters", "e.g. main, release/*, **"))
    for name in ("push_role", "force_role", "delete_role"):
        role: Role | None = getattr(rule, name)
        if role is not None and role not in ROLES:
            problems.append(
                Problem(name, 0, 0, f"there is no role '{role}'", f"The roles: {', '.join(ROLES)}, or none")
            )
    if len(rule.required_checks) > 50 or any(not check or len(check) > 255 for check in rule.required_checks):
        problems.append(Problem("required_checks", 0, 0, "at most 50 checks, of 1 to 255 characters each"))
    if problems:
        raise InputError(problems)


def _check_status(sha: str, new: NewStatus) -> None:
    problems = []
    if not _SHA.fullmatch(sha):
        problems.append(Problem("sha", 0, 0, f"'{sha[:60]}' is not the full name of a commit", "Give all 40 digits"))
    if new.state not in get_args(State):
        problems.append(
            Problem("state", 0, 0, f"there is no state '{new.state}'", f"The states: {', '.join(get_args(State))}")
        )
    if not 1 <= len(new.context) <= 255:
        problems.append(Problem("context", 0, 0, "a context has 1 to 255 characters"))
    if len(new.description) > 300 or len(new.target_url) > 2000:
        problems.append(Problem("description", 0, 0, "at most 300 characters, and 2,000 for the address"))
    if new.target_url and not new.target_url.startswith(("https://", "http://")):
        problems.append(Problem("target_url", 0, 0, "this is not an address", "Give one that begins with https://"))
    if problems:
        raise InputError(problems)
