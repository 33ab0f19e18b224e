"""From the bytes of a commit, keys and people to a verdict. Pure.

Three steps, of which only the second is slow: what a signature claims, which of the keys that it may be made it, and
what that amounts to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from headway.repository.signatures import openpgp, sshsig
from headway.repository.signatures.records import Claim, Reason, Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from headway.kernel.identity.signing_keys import SigningKey

MOST_CHARACTERS = 65_536


def claimed(signature: str) -> Claim | Reason:
    """Return what a commit's signature says of itself, or why it cannot be verified."""
    text = signature.strip()
    if not text:
        return "unsigned"
    if not text.startswith((sshsig.BEGIN, *openpgp.BEGINNINGS)):
        return "unknown_signature_type"
    if len(text) > MOST_CHARACTERS:
        return "malformed_signature"
    if text.startswith(sshsig.BEGIN):
        of_ssh = sshsig.parse(text)
        return Claim("ssh", of_ssh.fingerprint) if of_ssh else "malformed_signature"
    of_openpgp = openpgp.parse(text)
    key_id = openpgp.named(of_openpgp) if of_openpgp else ""
    return Claim("openpgp", key_id) if key_id else "malformed_signature"


def payload(data: bytes) -> bytes:
    """Return what a commit's signature is of: the commit without it.

    One signature is taken away. A second one is left where it is, and so no signature fits; nobody can say then that
    Git would have taken the other one.
    """
    head, blank, message = data.partition(b"\n\n")
    kept: list[bytes] = []
    inside = seen = False
    for line in head.split(b"\n"):
        if line.startswith(b" "):
            if inside:
                continue
        elif line.startswith(b"gpgsig ") and not seen:
            inside = seen = True
            continue
        else:
            inside = line.startswith(b"gpgsig-sha256 ")
            if inside:
                continue
        kept.append(line)
    return b"\n".join(kept) + blank + message


def maker(signature: str, signed: bytes, keys: Sequence[SigningKey]) -> int | None:
    """Return which of the keys that a signature may be of made it, ``None`` if none did."""
    text = signature.strip()
    if text.startswith(sshsig.BEGIN):
        of_ssh = sshsig.parse(text)
        if of_ssh is None:
            return None
        return next((place for place, key in enumerate(keys) if sshsig.is_of(of_ssh, signed, key.public_key)), None)
    of_openpgp = openpgp.parse(text)
    return openpgp.which_of(of_openpgp, signed, [key.public_key for key in keys]) if of_openpgp is not None else None


def judged(
    claim: Claim,
    keys: Sequence[SigningKey],
    made_by: SigningKey | None,
    email: str,
    now: datetime,
    *,
    confirmed_only: bool,
) -> Verdict:
    """Return the verdict over a commit of the committer ``email``.

    ``keys``: those of people that the signature may be of; ``made_by``: the one that made it; ``confirmed_only``:
    whether an address counts only once it has been confirmed.
    """
    if not keys:
        return Verdict("unknown_key", fingerprint=claim.key)
    if made_by is None:
        return Verdict("invalid", fingerprint=claim.key)
    return Verdict(_reason(made_by, email, now, confirmed_only), made_by.handle, made_by.fingerprint)


def _reason(key: SigningKey, email: str, now: datetime, confirmed_only: bool) -> Reason:
    if key.expires is not None and key.expires <= now:
        return "expired_key"
    if key.email_key is None or key.email_key != email.lower():
        return "bad_email"
    if confirmed_only and key.email_verified is None:
        return "unverified_email"
    return "valid"
