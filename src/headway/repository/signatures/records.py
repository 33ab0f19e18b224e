"""What is found out about a signature. Reasons are GitHub's.

Source: https://docs.github.com/en/rest/commits/commits: "Signature verification object".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from headway.kernel.identity.signing_keys import KeyKind

Reason = Literal[
    "valid",
    "unsigned",
    "unknown_signature_type",
    "malformed_signature",
    "unknown_key",
    "invalid",
    "expired_key",
    "bad_email",
    "unverified_email",
]

MEANINGS: dict[Reason, str] = {
    "valid": "signed with the committer's own key",
    "unsigned": "it carries no signature",
    "unknown_signature_type": "it is signed neither with an SSH nor with an OpenPGP key",
    "malformed_signature": "its signature cannot be read",
    "unknown_key": "the key that signed it is nobody's here",
    "invalid": "the signature is not of this content",
    "expired_key": "the key that signed it has expired",
    "bad_email": "the committer's address is not the one of the person whose key signed it",
    "unverified_email": "the committer's address has not been confirmed",
}


class Claim(NamedTuple):
    """What a signature says of itself. ``key``: the fingerprint of an SSH key, or the key id of an OpenPGP key."""

    kind: KeyKind
    key: str


class Verdict(NamedTuple):
    """What was found out. ``signer``: the handle of the person whose key it is; ``fingerprint``: of that key.

    Of a key that is nobody's, ``fingerprint`` is what the signature names it by.
    """

    reason: Reason
    signer: str = ""
    fingerprint: str = ""

    @property
    def verified(self) -> bool:
        """Whether the signature counts."""
        return self.reason == "valid"

    @property
    def meaning(self) -> str:
        """The reason, in words."""
        return MEANINGS[self.reason]


class Unverified(NamedTuple):
    """A commit whose signature does not count, and the committer's address."""

    oid: str
    email: str
    verdict: Verdict
