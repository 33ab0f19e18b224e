"""Whether a push may happen: the gate's answer, the limits, and the branch rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import select

from headway.kernel.errors import InputError, LimitError
from headway.kernel.headway_yaml import FILE_NAME
from headway.kernel.identity.roles import rank
from headway.kernel.logs import masked
from headway.repository.branchrules import BranchRule, BranchUpdate, objections, rule_for
from headway.repository.mirrors.tables import mirror
from headway.repository.sections import BRANCHES
from headway.repository.signatures.verifying import Verifying
from headway.repository.signed_pushes import SignedPushes
from headway.repository.tables import branch_rule, commit_status

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy.engine import Connection

    from headway.kernel.headway_yaml import HeadwayYaml
    from headway.kernel.identity.roles import Role
    from headway.kernel.platform import Platform
    from headway.repository.branch_section import BranchSection
    from headway.repository.declared import Declared
    from headway.repository.hooks import Proposal, RefUpdate
    from headway.repository.hosting import Hosting
    from headway.repository.signatures.records import Unverified
    from headway.repository.transport.hook import Caller

_HIDDEN = ("refs/headway/", "refs/changes/")
_MOST_REASONS = 20
_MENDS: Role = "maintainer"
"""Who may push to a branch whose rules cannot be read: somebody has to mend them."""


class Rules:
    """Judges what a push is about to do."""

    def __init__(self, platform: Platform, hosting: Hosting, declared: Declared) -> None:
        self._database = platform.database
        self._gate = platform.gate
        self._hosting = hosting
        self._limits = platform.settings.limits
        self._declared = declared
        self._account = f"{platform.base_url}/-/account"
        self._signed = SignedPushes(hosting, Verifying(platform))

    def objections(self, caller: Caller, proposal: Proposal) -> Sequence[str]:
        """Return why the push must not happen, one reason a line; nothing when it may."""
        updates = proposal.updates
        if len(updates) > self._limits.push_refs:
            return [
                f"a push may change {self._limits.push_refs} branches and tags at once; this one has {len(updates)}"
            ]
        hidden = [each.ref for each in updates if each.ref.startswith(_HIDDEN)]
        if hidden:
            return [f"'{hidden[0]}' belongs to Headway and cannot be pushed to"]
        verdict = self._gate.check(
            caller.actor, "code.push", caller.access.project.subject, caller.access.facts(updates=updates)
        )
        if not verdict.allowed:
            return verdict.reasons
        origin = self._database.read(lambda connection: origin_of(connection, caller.access.project.id))
        if origin is not None:
            return [f"this project follows {origin}: push there, and the change arrives here by itself"]
        rules = self._database.read(lambda connection: rules_of(connection, caller.access.project.id))
        found = [reason for each in updates for reason in self._by_rules(caller, proposal, each, rules)]
        return found[:_MOST_REASONS]

    def notices(self, caller: Caller, proposal: Proposal) -> Sequence[str]:
        """Return what the one who pushes should know of a push that may happen: what is wrong with ``headway.yaml``."""
        found: list[str] = []
        for each in proposal.updates:
            if each.branch is None or each.deletes:
                continue
            arriving = self._declared.arriving(caller.access.project.id, each.new, proposal.quarantine)
            if arriving.problems:
                found.append(f"warning: {FILE_NAME} is wrong on '{each.branch}'; headway check says more")
                found += [line for problem in arriving.problems for line in str(problem).splitlines()]
            if len(found) >= _MOST_REASONS:
                break
        return found[:_MOST_REASONS]

    def _by_rules(
        self, caller: Caller, proposal: Proposal, each: RefUpdate, rules: Sequence[BranchRule]
    ) -> Iterator[str]:
        """Yield the objections of the rule that is kept in Headway, and of the one in ``headway.yaml``."""
        if each.branch is None:
            return
        try:
            declared = declared_rules(self._declared.on_branch(caller.access.project.id, each.branch))
        except InputError as error:
            declared = ()
            if rank(caller.access.role) < rank(_MENDS):
                yield f"the rules of '{each.branch}' cannot be read: {error.problems[0]}"
                yield f"until that is mended, this takes the role {_MENDS} (yours: {caller.access.role or 'none'})"
        for source, file in ((rules, ""), (declared, FILE_NAME)):
            rule = rule_for(source, each.branch)
            if rule is not None:
                update = self._found_out(caller.access.project.id, proposal, each, rule, rules)
                yield from objections(rule, caller.access.role, update, file)

    def _found_out(
        self, project_id: int, proposal: Proposal, each: RefUpdate, rule: BranchRule, rules: Sequence[BranchRule]
    ) -> BranchUpdate:
        """Return the update of a branch with what the rule asks about it. ``rules``: those that are kept in Headway."""
        unverified: tuple[Unverified, ...] = ()
        beyond = ""
        if rule.signed and not each.deletes:
            try:
                unverified = self._signed.unverified(project_id, proposal.quarantine, each, rules)
            except LimitError as error:
                beyond = str(error)
        return BranchUpdate(
            each.branch or "",
            creates=each.creates,
            deletes=each.deletes,
            forces=not (each.creates or each.deletes) and self._forces(project_id, proposal.quarantine, each),
            unverified=unverified,
            beyond=beyond,
            passed_checks=self._passed(project_id, each.new) if rule.required_checks else frozenset(),
            account=self._account,
        )

    def _forces(self, project_id: int, quarantine: str, each: RefUpdate) -> bool:
        left_behind = self._ask(project_id, quarantine, "rev-list", "--max-count=1", each.old, f"^{each.new}")
        return bool(left_behind.strip())

    def _ask(self, project_id: int, quarantine: str, *arguments: str) -> str:
        path = self._hosting.path(project_id)
        return self._hosting.git(*arguments, at=path, quarantine=quarantine)

    def _passed(self, project_id: int, sha: str) -> frozenset[str]:
        return self._database.read(lambda connection: passed_checks(connection, project_id, sha))


def declared_rules(file: HeadwayYaml) -> Sequence[BranchRule]:
    """Return the branch rules of a file. Raises ``InputError`` when what it says of them is wrong."""
    section: dict[str, BranchSection] = file.section(BRANCHES.name) or {}
    return [
        BranchRule(
            0,
            pattern,
            each.push_role,
            each.force_role,
            each.delete_role,
            tuple(each.required_checks),
            each.signed,
        )
        for pattern, each in section.items()
    ]


def rules_of(connection: Connection, project_id: int) -> list[BranchRule]:
    """Return the branch rules of a project."""
    query = select(branch_rule).where(branch_rule.c.project_id == project_id).order_by(branch_rule.c.pattern)
    return [
        BranchRule(
            row.id,
            row.pattern,
            row.push_role,
            row.force_role,
            row.delete_role,
            tuple(json.loads(row.required_checks)),
            row.signed,
        )
        for row in connection.execute(query)
    ]


def origin_of(connection: Connection, project_id: int) -> str | None:
    """Return the address of the repository that a project follows, ``None`` when it follows none."""
    query = select(mirror.c.url).where(mirror.c.project_id == project_id)
    url: str | None = connection.execute(query).scalar_one_or_none()
    return masked(url) if url is not None else None


def passed_checks(connection: Connection, project_id: int, sha: str) -> frozenset[str]:
    """Return the checks of a commit whose newest status is success."""
    query = (
        select(commit_status.c.context, commit_status.c.state)
        .where(commit_status.c.project_id == project_id, commit_status.c.sha == sha)
        .order_by(commit_status.c.id)
    )
    newest = {row[0]: row[1] for row in connection.execute(query)}
    return frozenset(context for context, state in newest.items() if state == "success")
