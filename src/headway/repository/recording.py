"""Linking the commits of a push, whatever their number, step by step beside the answering of requests.

What has been recorded is remembered in the repository itself: ``refs/headway/recorded`` points to a commit of
Headway's own whose ancestors are all commits that any push ever brought. A push's new commits are those that it does
not reach. They stay when a branch is forced or deleted, so that the ledger never speaks of commits that are gone.
"""

from __future__ import annotations

import os
import subprocess
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import select, update

from headway.kernel.errors import HeadwayError
from headway.kernel.identity.tables import account, person
from headway.kernel.ledger.records import Link, subject
from headway.kernel.ledger.types import own_event
from headway.kernel.logs import log
from headway.kernel.projects import store as projects
from headway.repository.closing import settled_issues
from headway.repository.hosting import HIDDEN
from headway.repository.reading import names
from headway.repository.reading.index import fresh
from headway.repository.reading.opening import open_repository
from headway.repository.receiving import updates_of
from headway.repository.tables import push

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from uuid import UUID

    from sqlalchemy.engine import Connection

    from headway.kernel.database import Database
    from headway.kernel.ledger.appending import Ledger
    from headway.kernel.projects.records import Project
    from headway.repository.hooks import RefUpdate
    from headway.repository.hosting import Hosting

RECORDED = f"{HIDDEN}/recorded"
_CHUNK = 500
_PARENTS_AT_ONCE = 500
_FORMAT = "%H%x01%P%x01%ae%x01%B%x00"
_DETAILED = 2000
"""Up to so many commits of a push are told with their files; of more, which are an import, nobody asks what broke."""

_FILES = 100
_DETAIL_CHARACTERS = 200_000


class ReceivedPush(NamedTuple):
    """A push whose commits are to be linked; the first ``recorded`` ones are."""

    id: UUID
    actor: str
    updates: tuple[RefUpdate, ...]
    recorded: int
    project: Project


class NewCommit(NamedTuple):
    """A commit that a push brought."""

    sha: str
    parents: int
    email: str
    message: str


class Recording:
    """Links commits to their pushes, people and issues."""

    def __init__(self, database: Database, ledger: Ledger, hosting: Hosting) -> None:
        self._database = database
        self._ledger = ledger
        self._hosting = hosting
        self.after_push: list[Callable[[], None]] = []

    def record_all(self) -> int:
        """Record whatever was received, oldest first. Return how many pushes there were. Idempotent."""
        total = 0
        failed: list[UUID] = []
        while (found := self._database.read(partial(_next, but=failed))) is not None:
            try:
                self._record(found)
            except (HeadwayError, OSError) as error:
                # One repository that cannot be read must not keep the others waiting.
                log.warning("a push cannot be recorded", push=str(found.id), error=str(error))
                failed.append(found.id)
                continue
            total += 1
            for told in self.after_push:
                told()
        return total

    def _record(self, found: ReceivedPush) -> None:
        tips = self._tips(found)
        done = found.recorded
        detailed = self._count(found, tips) <= _DETAILED
        for chunk in self._chunks(found, tips):
            done += len(chunk)
            detail = self._detail(found, chunk) if detailed else []
            self._database.write(partial(self._tell, found=found, chunk=chunk, done=done, detail=detail))
        self._remember(found, tips)
        self._database.write(
            lambda connection: connection.execute(update(push).where(push.c.id == found.id).values(state="recorded"))
        )

    def _tips(self, found: ReceivedPush) -> tuple[str, ...]:
        """Return the commits that the refs of a push lead to; a tag may lead to something else."""
        wanted = dict.fromkeys(each.new for each in found.updates if not each.deletes)
        given = "".join(f"{oid}^{{commit}}\n" for oid in wanted).encode()
        path = self._hosting.path(found.project.id)
        answers = self._hosting.git("cat-file", "--batch-check=%(objectname)", at=path, given=given).splitlines()
        return tuple(dict.fromkeys(line for line in answers if " " not in line))

    def _chunks(self, found: ReceivedPush, tips: Sequence[str]) -> Iterator[list[NewCommit]]:
        """Yield the new commits, parents before children, without those that were recorded before a crash."""
        path = self._hosting.path(found.project.id)
        words = ["log", "--reverse", "--topo-order", f"--format={_FORMAT}", "--stdin"]
        if not tips:
            return
        process = subprocess.Popen(
            self._hosting.command(*words, at=path),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self._hosting.environment(),
        )
        with process:
            if process.stdin is None or process.stdout is None or process.stderr is None:
                raise AssertionError("all three are pipes")
            process.stdin.write(self._revisions(found, tips))
            process.stdin.close()
            chunk: list[NewCommit] = []
            for number, commit in enumerate(_commits(process.stdout.fileno())):
                if number < found.recorded:
                    continue
                chunk.append(commit)
                if len(chunk) == _CHUNK:
                    yield chunk
                    chunk = []
            if process.wait():
                raise HeadwayError(f"git log failed: {process.stderr.read().decode(errors='replace').strip()}")
            if chunk:
                yield chunk

    def _revisions(self, found: ReceivedPush, tips: Sequence[str]) -> bytes:
        revisions = [*tips, f"^{RECORDED}"] if self._has_recorded(found) else tips
        return "".join(f"{revision}\n" for revision in revisions).encode()

    def _count(self, found: ReceivedPush, tips: Sequence[str]) -> int:
        path, given = self._hosting.path(found.project.id), self._revisions(found, tips)
        limit = f"--max-count={_DETAILED + 1}"
        return int(self._hosting.git("rev-list", "--count", limit, "--stdin", at=path, given=given)) if tips else 0

    def _detail(self, found: ReceivedPush, chunk: Sequence[NewCommit]) -> list[dict[str, object]]:
        repository = open_repository(self._hosting.path(found.project.id))
        files = fresh.touched(repository, [commit.sha for commit in chunk])
        return details(chunk, [[names.decode(path) for path in paths] for paths in files])

    def _has_recorded(self, found: ReceivedPush) -> bool:
        path = self._hosting.path(found.project.id)
        return bool(self._hosting.git("for-each-ref", "--count=1", RECORDED, at=path).strip())

    def _remember(self, found: ReceivedPush, tips: Sequence[str]) -> None:
        """Move the ref of what has been recorded on, so that it reaches the new commits too."""
        path = self._hosting.path(found.project.id)
        empty_tree = self._hosting.git("mktree", at=path).strip()
        environment = {"GIT_AUTHOR_NAME": "Headway", "GIT_AUTHOR_EMAIL": "headway@localhost"}
        environment |= {"GIT_COMMITTER_NAME": "Headway", "GIT_COMMITTER_EMAIL": "headway@localhost"}
        for start in range(0, len(tips), _PARENTS_AT_ONCE):
            parents = list(tips[start : start + _PARENTS_AT_ONCE])
            if self._has_recorded(found):
                parents.insert(0, RECORDED)
            words = [word for parent in parents for word in ("-p", parent)]
            made = self._hosting.git(
                "commit-tree", *words, "-m", f"push {found.id}", empty_tree, at=path, more=environment
            )
            self._hosting.git("update-ref", RECORDED, made.strip(), at=path)

    def _tell(
        self,
        connection: Connection,
        found: ReceivedPush,
        chunk: Sequence[NewCommit],
        done: int,
        detail: Sequence[dict[str, object]],
    ) -> None:
        name, pushed = found.project.ledger_name, subject("push", found.id)
        people = _people(connection, {commit.email.lower() for commit in chunk})
        self._ledger.append(
            connection,
            own_event("commit.recorded"),
            pushed,
            actor=found.actor,
            project=name,
            data={
                "count": len(chunk),
                "first": chunk[0].sha,
                "last": chunk[-1].sha,
                "recorded": done,
                "commits": detail,
            },
            links=[
                link
                for commit in chunk
                for link in commit_links(commit, name, pushed, people.get(commit.email.lower()))
            ],
        )
        connection.execute(update(push).where(push.c.id == found.id).values(recorded=done))


def details(chunk: Sequence[NewCommit], files: Sequence[Sequence[str]]) -> list[dict[str, object]]:
    """Return what the ledger tells of commits: id, title, number of parents and files, within bounds. Pure."""
    found: list[dict[str, object]] = []
    left = _DETAIL_CHARACTERS
    for commit, paths in zip(chunk, files, strict=False):
        some = [path for path in paths[:_FILES] if len(path) < 500]
        title = commit.message.strip().partition("\n")[0][:200]
        left -= 100 + 2 * len(title) + sum(2 * len(path) for path in some)
        if left < 0:
            break
        found.append({"id": commit.sha, "title": title, "parents": commit.parents, "files": some})
    return found


def commit_links(commit: NewCommit, project: str, pushed: str, author: str | None) -> list[Link]:
    """Return what a new commit is linked to: its push, its author if the e-mail address is known, issues it settles.

    Pure.
    """
    this = subject("commit", f"{project}@{commit.sha}")
    links = [Link(pushed, "contains", this)]
    if author:
        links.append(Link(this, "requested-by", subject("person", author)))
    issues = settled_issues(commit.message)[:20]
    return links + [Link(this, "resolves", subject("issue", f"{project}#{number}")) for number in issues]


def _commits(descriptor: int) -> Iterator[NewCommit]:
    buffer = b""
    while data := os.read(descriptor, 1 << 16):
        *whole, buffer = (buffer + data).split(b"\0")
        for record in whole:
            sha, parents, email, message = record.decode("utf-8", "replace").lstrip("\n").split("\x01", 3)
            yield NewCommit(sha, len(parents.split()), email, message)


def _next(connection: Connection, but: Sequence[UUID]) -> ReceivedPush | None:
    columns = (push.c.id, push.c.actor, push.c.updates, push.c.recorded, push.c.project_id)
    query = select(*columns).where(push.c.state == "received", push.c.id.not_in(but)).order_by(push.c.id).limit(1)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    project = projects.by_id(connection, row[4])
    if project is None:
        raise AssertionError(f"project {row[4]} has a push and does not exist")
    return ReceivedPush(row[0], row[1], updates_of(row[2]), row[3], project)


def _people(connection: Connection, emails: set[str]) -> dict[str, str]:
    """Return the handles of people by their e-mail addresses."""
    query = (
        select(person.c.email_key, account.c.handle)
        .join(account, account.c.id == person.c.account_id)
        .where(person.c.email_key.in_(emails))
    )
    return {row[0]: row[1] for row in connection.execute(query)}
