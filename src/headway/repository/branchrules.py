"""Branch rules: who may push to a branch, force it or delete it, and what a commit must have. Pure."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.identity.roles import Role, rank
from headway.repository.signatures.advice import advice

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from headway.repository.signatures.records import Unverified


class BranchRule(NamedTuple):
    """What holds for the branches whose name matches. A role that is ``None``: nobody."""

    id: int
    pattern: str
    push_role: Role | None
    force_role: Role | None
    delete_role: Role | None
    required_checks: tuple[str, ...] = ()
    signed: bool = False


class BranchUpdate(NamedTuple):
    """What a push is about to do to a branch, and what was found out about it.

    ``beyond``: why not all commits were verified; ``account``: the address of the pages of one's account.
    """

    branch: str
    creates: bool = False
    deletes: bool = False
    forces: bool = False
    unverified: tuple[Unverified, ...] = ()
    beyond: str = ""
    passed_checks: frozenset[str] = frozenset()
    account: str = "/-/account"


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*|\?)", pattern)
    wild = {"**": ".*", "*": "[^/]*", "?": "[^/]"}
    return re.compile("".join(wild.get(part) or re.escape(part) for part in parts))


def matches(pattern: str, branch: str) -> bool:
    """Whether a branch's name fits a pattern: ``*`` stands for what has no ``/`` in it, ``**`` for anything."""
    return _compiled(pattern).fullmatch(branch) is not None


def rule_for(rules: Iterable[BranchRule], branch: str) -> BranchRule | None:
    """Return the rule that counts for a branch: of those that match, an exact name first, then the longest pattern."""
    fitting = [rule for rule in rules if matches(rule.pattern, branch)]
    return max(fitting, key=lambda rule: (rule.pattern == branch, len(rule.pattern), -rule.id), default=None)


def objections(rule: BranchRule | None, role: Role | None, update: BranchUpdate, file: str = "") -> list[str]:
    """Return why the update must not happen, in words for the one who pushes; nothing when it may.

    ``file``: the one that has the rule; empty when it is kept in Headway.
    """
    if rule is None:
        return []
    where = f" of {file}" if file else ""
    said = f"the rule '{rule.pattern}'{where} protects the branch '{update.branch}'"
    if update.deletes:
        return _by_role(rule.delete_role, role, f"{said} from being deleted")
    found = _by_role(rule.push_role, role, f"{said}: push to another branch and open a change request")
    if update.forces:
        found += _by_role(rule.force_role, role, f"{said} from being forced to another history")
    missing = [check for check in rule.required_checks if check not in update.passed_checks]
    if missing:
        found.append(f"{said}: the new commit has not passed {_some(missing)}; push it to another branch first")
    if rule.signed and update.beyond:
        found.append(f"{said}: its commits are signed; {update.beyond}")
    if rule.signed and update.unverified:
        count = len(update.unverified)
        are = "1 new commit is" if count == 1 else f"{count} new commits are"
        found += [f"{said}: its commits are signed, and {are} not verified:"]
        found += advice(update.unverified, update.account)
    return found


def _by_role(needed: Role | None, held: Role | None, said: str) -> list[str]:
    if needed is None:
        return [f"{said} (nobody may)"]
    return [] if rank(held) >= rank(needed) else [f"{said} (takes the role {needed}; yours: {held or 'none'})"]


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(name[:40] for name in names[:3])
    return f"{shown} and {len(names) - 3} more" if len(names) > 3 else shown
