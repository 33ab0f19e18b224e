"""The shape of what was found out about a signature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import Field

from headway.repository.signatures.records import Reason
from headway.web.schemas import Model

if TYPE_CHECKING:
    from headway.repository.signatures.records import Verdict


class VerificationShape(Model):
    """Whether a commit's signature counts, and whose it is. The reasons are GitHub's."""

    verified: bool
    reason: Reason
    signer: str | None = Field(description="the handle of the person whose key it is")
    key_fingerprint: str | None = Field(description="of the key that signed; its key id if the key is nobody's here")


def verification_shape(verdict: Verdict) -> VerificationShape:
    """Return a verdict as the API shows it."""
    return VerificationShape(
        verified=verdict.verified,
        reason=verdict.reason,
        signer=verdict.signer or None,
        key_fingerprint=verdict.fingerprint or None,
    )
