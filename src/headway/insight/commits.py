"""What the ledger knows of a commit: from the push that brought it, and from what it belongs to."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.ledger.records import kind_of
from headway.kernel.ledger.types import own_event

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from headway.insight.history import History
    from headway.kernel.ledger.records import Event, Json

PUSHED, RECORDED = own_event("push.received"), own_event("commit.recorded")
MOST_RELEASES = 100
"""How many releases one deployment may skip over before we stop to collect their commits."""


class Commit(NamedTuple):
    """A commit: ``pushed`` is when the server first received it; ``files`` are the paths that it touches.

    A ``merge`` only joins what other commits brought. What the ledger does not tell is empty.
    """

    subject: str
    title: str
    author: str
    pushed: datetime | None
    files: frozenset[str]
    merge: bool = False


def commit(history: History, subject: str) -> Commit:
    """Return what is known of a commit, by the earliest push that holds it.

    Its files, title and number of parents stand under ``commits`` in the data of ``commit.recorded``, by its ``id``.
    """
    sha = subject.rpartition("@")[2] or subject.partition(":")[2]
    pushes = [push for push in history.sources(subject, "contains") if kind_of(push) == "push"]
    events = [event for push in dict.fromkeys(pushes) for event in history.about(push, PUSHED, RECORDED)]
    entry = next((entry for event in events for entry in _entries(event) if entry.get("id") == sha), {})
    people = [name for name in history.targets(subject, "requested-by") if kind_of(name) == "person"]
    return Commit(
        subject,
        str(entry.get("title", "")),
        people[0] if people else "",
        min((event.time for event in events), default=None),
        frozenset(name for name in entry.get("files") or () if isinstance(name, str)),
        len(entry.get("parents") or ()) > 1,
    )


def _entries(event: Event) -> list[dict[str, Json]]:
    entries = event.data.get("commits")
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def released_commits(history: History, deployment: str, artifact: str, before: str | None) -> tuple[str, ...]:
    """Return the commits that a deployment brought: those of its release and of the releases that it skipped over.

    Skipped are those between it and the release that holds ``before``, the artifact that ran until then. Without a
    release that holds commits they are those that the artifact was built from.
    """
    releases = releases_of(history, deployment, artifact)
    released = (
        name
        for release in (_skipped(history, releases[0], before) if releases else ())
        for name in history.targets(release, "contains")
        if kind_of(name) == "commit"
    )
    return _unique(released) or _unique(history.targets(artifact, "built-from"))


def releases_of(history: History, deployment: str, artifact: str) -> list[str]:
    """Return the releases that a deployment put into an environment, or else those that its artifact is part of."""
    direct = [name for name in history.sources(deployment, "deployed-as") if kind_of(name) == "release"]
    return direct or [name for name in history.targets(artifact, "released-as") if kind_of(name) == "release"]


def _skipped(history: History, release: str, before: str | None) -> list[str]:
    """Return a release and those that it supersedes, down to what ran before; only it, if that is no ancestor."""
    ran = set(history.targets(before, "released-as")) if before else set()
    chain = [release]
    while len(chain) < MOST_RELEASES:
        previous = history.targets(chain[-1], "supersedes")
        if not previous or not ran:
            return [release]
        if previous[0] in ran:
            return chain
        chain.append(previous[0])
    return [release]


def issues_of(history: History, commit_subject: str) -> tuple[str, ...]:
    """Return the issues that a commit, or the change request that holds it, was made for."""
    makers = [commit_subject, *changes_of(history, commit_subject)]
    return _unique(issue for maker in makers for issue in history.targets(maker, "resolves"))


def changes_of(history: History, commit_subject: str) -> tuple[str, ...]:
    """Return the change requests that hold a commit."""
    return _unique(name for name in history.sources(commit_subject, "contains") if kind_of(name) == "change")


def known(history: History, subjects: Iterable[str]) -> Iterator[Commit]:
    """Yield what is known of each commit."""
    return (commit(history, subject) for subject in subjects)


def _unique(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
