"""Verifying the signatures of many commits at once: the keys are looked up together, and what takes time is kept."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.errors import LimitError
from headway.kernel.identity.signing_keys import SigningKey, signing_keys
from headway.repository.reading.errors import ObjectMissingError
from headway.repository.reading.recent import Recent
from headway.repository.signatures.judging import MOST_CHARACTERS, claimed, judged, maker, payload
from headway.repository.signatures.records import Claim, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from headway.kernel.platform import Platform
    from headway.repository.reading.objects import Commit
    from headway.repository.reading.opening import Repository

COMMIT_LIMIT = 4 << 20
"""Bytes of a commit beyond which it is not looked at."""

_makers: Recent[int] = Recent(16_384)
"""Which key made the signature of a commit: by the commit, the contents of the keys that it may be, and the day.

Neither commits nor contents of keys ever change, but a signature can be made to expire, which is noticed within a day.
Whose the key is, and whether it has expired, is not kept; nor is that none of the keys made it.
"""


class Signed(NamedTuple):
    """What has to be known of a commit: its signature, and the committer's address."""

    oid: str
    signature: str
    email: str


def signed(commit: Commit) -> Signed:
    """Return what has to be known of a commit. Of a signature that is too long to be one, not all is kept."""
    return Signed(commit.oid, commit.signature[: MOST_CHARACTERS + 1], commit.committer.email)


class Verifying:
    """Finds out whose the signatures of commits are."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    def verdict(self, repository: Repository, commit: Commit) -> Verdict:
        """Return the verdict over one commit."""
        return self.verdicts(repository, [signed(commit)])[commit.oid]

    def verdicts(self, repository: Repository, commits: Iterable[Signed]) -> dict[str, Verdict]:
        """Return the verdicts over commits by their ids. Those without a signature take no query."""
        wanted = list(commits)
        claims = {each.oid: claimed(each.signature) for each in wanted}
        keys = self._keys({claim for claim in claims.values() if isinstance(claim, Claim)})
        now, confirmed_only = self._platform.clock(), self._platform.outbox.is_set_up
        found: dict[str, Verdict] = {}
        for each in wanted:
            claim = claims[each.oid]
            if isinstance(claim, Claim):
                known = keys.get(claim, [])
                made_by = self._made_by(repository, each, known, now)
                found[each.oid] = judged(claim, known, made_by, each.email, now, confirmed_only=confirmed_only)
            else:
                found[each.oid] = Verdict(claim)
        return found

    def _keys(self, claims: set[Claim]) -> Mapping[Claim, list[SigningKey]]:
        if not claims:
            return {}
        fingerprints = [claim.key for claim in claims if claim.kind == "ssh"]
        key_ids = [claim.key for claim in claims if claim.kind == "openpgp"]
        found: dict[Claim, list[SigningKey]] = {}
        for key in self._platform.database.read(lambda connection: signing_keys(connection, fingerprints, key_ids)):
            found.setdefault(Claim(key.kind, key.named), []).append(key)
        return found

    @staticmethod
    def _made_by(repository: Repository, each: Signed, keys: Sequence[SigningKey], now: datetime) -> SigningKey | None:
        if not keys:
            return None
        contents = hashlib.sha256("\0".join(key.public_key for key in keys).encode()).digest()
        known = (each.oid, contents, now.date())
        place = _makers.get(known)
        if place is None:
            try:
                data = repository.read(each.oid, "commit", COMMIT_LIMIT)
            except (LimitError, ObjectMissingError):
                return None
            place = maker(each.signature, payload(data), keys)
            if place is None:
                return None
            _makers.put(known, place)
        return keys[place]
