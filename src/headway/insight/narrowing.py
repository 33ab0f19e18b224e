"""Which of a deployment's commits is the likeliest reason of an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.insight.commits import Commit, changes_of, commit, issues_of
from headway.insight.evidence import stack_factor, traced_files, usual_shares

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.insight.changes import Change
    from headway.insight.evidence import Scene

_MERGE = 0.05
"""How much a merge weighs against a commit of one file: what it joins is there by itself."""

MOST_COMMITS = 20


class CommitSuspect(NamedTuple):
    """A commit of a suspected deployment: its share of the deployment's probability, and what speaks against it."""

    commit: Commit
    share: float
    files: tuple[str, ...]
    changes: tuple[str, ...]
    issues: tuple[str, ...]


def narrow(scene: Scene, change: Change) -> tuple[CommitSuspect, ...]:
    """Return a change's commits, the likeliest first, at most ``MOST_COMMITS``; their shares add up to 1 over all.

    A commit weighs more if it touches files of the stack trace, and a little more the more files it touches.
    """
    files = traced_files(scene, change)
    usual = usual_shares(scene, change, files) if files else {}
    weighed = [(found := commit(scene.history, name), _weight(found, usual)) for name in change.commits]
    total = sum(weight for _, weight in weighed)
    ranked = sorted(weighed, key=lambda entry: (-entry[1], entry[0].subject))[:MOST_COMMITS]
    return tuple(
        CommitSuspect(
            found,
            weight / total,
            tuple(sorted(found.files.intersection(files))),
            changes_of(scene.history, found.subject),
            issues_of(scene.history, found.subject),
        )
        for found, weight in ranked
    )


def _weight(found: Commit, usual: Mapping[str, float]) -> float:
    size = _MERGE if found.merge else 1 + min(len(found.files), 20) / 10
    return size * stack_factor(usual, found.files) if usual else size
