"""The commits of a push whose signatures do not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.kernel.errors import LimitError
from headway.repository.branchrules import rule_for
from headway.repository.reading import objects
from headway.repository.reading.opening import quarantined
from headway.repository.signatures.records import Unverified, Verdict
from headway.repository.signatures.verifying import COMMIT_LIMIT, Signed, signed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from headway.repository.branchrules import BranchRule
    from headway.repository.hooks import RefUpdate
    from headway.repository.hosting import Hosting
    from headway.repository.reading.opening import Repository
    from headway.repository.signatures.verifying import Verifying

MOST_COMMITS = 10_000
_HEADS = ("for-each-ref", "--format=%(objectname)%(HEAD)%(refname)", "refs/heads/")


class SignedPushes:
    """Verifies what a push brings to a branch whose commits are signed."""

    def __init__(self, hosting: Hosting, verifying: Verifying) -> None:
        self._hosting = hosting
        self._verifying = verifying

    def unverified(
        self, project_id: int, quarantine: str, update: RefUpdate, rules: Sequence[BranchRule]
    ) -> tuple[Unverified, ...]:
        """Return the new commits that are not verified, newest first. Raises ``LimitError`` if too many are new.

        New is what neither the branch has nor another one whose commits are signed; that a commit lies on a branch
        without such a rule vouches for nothing. A branch that is made may begin at the default branch as it is.
        """
        path = self._hosting.path(project_id)
        heads = self._hosting.git(*_HEADS, at=path).splitlines()
        given = f"{update.new}\n" + "".join(f"^{oid}\n" for oid in _vouched(heads, update, rules))
        listed = self._hosting.git(
            "rev-list",
            f"--max-count={MOST_COMMITS + 1}",
            "--stdin",
            at=path,
            quarantine=quarantine,
            given=given.encode(),
        ).split()
        if len(listed) > MOST_COMMITS:
            raise LimitError(f"at most {MOST_COMMITS} new commits are verified at once: push an older one first")
        repository = quarantined(path, quarantine)
        known: dict[str, str] = {}
        small: list[Signed] = []
        for each in _signed(repository, listed):
            known[each.oid] = each.email
            small.append(each)
        verdicts = self._verifying.verdicts(repository, small)
        large = Verdict("malformed_signature")
        found = ((oid, known.get(oid, ""), verdicts.get(oid, large)) for oid in listed)
        return tuple(Unverified(*each) for each in found if not each[2].verified)


def _vouched(heads: Sequence[str], update: RefUpdate, rules: Sequence[BranchRule]) -> Iterator[str]:
    """Yield the commits up to which nothing is verified again."""
    if not update.creates:
        yield update.old
    for line in heads:
        oid, is_default, branch = line[:40], line[40:41] == "*", line[41:].removeprefix("refs/heads/")
        rule = rule_for(rules, branch)
        if (rule is not None and rule.signed) or (is_default and update.creates):
            yield oid


def _signed(repository: Repository, oids: Sequence[str]) -> Iterator[Signed]:
    """Yield what has to be known of commits. They are not kept as read: the push may be refused."""
    for oid in oids:
        try:
            yield signed(objects.commit(oid, repository.read(oid, "commit", COMMIT_LIMIT)))
        except LimitError:
            continue
