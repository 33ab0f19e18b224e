"""OpenPGP signatures. Pure, but for loading what verifies them when it is first needed."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from headway.kernel.identity.gpg_public_keys import key_id_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pysequoia import Cert, Sig

BEGINNINGS = ("-----BEGIN PGP SIGNATURE-----", "-----BEGIN PGP MESSAGE-----")


def parse(text: str) -> Sig | None:
    """Return an armored signature, ``None`` if it is none."""
    from pysequoia import Sig

    try:
        return Sig.from_bytes(text.encode())
    except (RuntimeError, ValueError):
        return None


def named(found: Sig) -> str:
    """Return the key id of the key that a signature says it is of, in capitals; empty if it does not say."""
    if found.issuer_fingerprint:
        return key_id_of(found.issuer_fingerprint)
    return (found.issuer_key_id or "").upper()


def which_of(found: Sig, payload: bytes, public_keys: Sequence[str]) -> int | None:
    """Return which of some keys signed the payload, ``None`` if none did.

    The key, or subkey, must have been allowed to sign when it did; what has expired since is for others to judge.
    """
    from pysequoia import verify
    from pysequoia.packet import SignatureType

    # Of a text, a signature is the same with other ends of lines; Git makes those of bytes.
    if found.signature_type != SignatureType.Binary:
        return None
    try:
        known = [_read(text) for text in public_keys]
        done = verify(bytes=payload, store=lambda _: known, signature=found)
    except (RuntimeError, ValueError):
        return None
    makers = {each.certificate.lower() for each in done.valid_sigs}
    return next((place for place, each in enumerate(known) if each.fingerprint.lower() in makers), None)


@lru_cache(maxsize=256)
def _read(public_key: str) -> Cert:
    from pysequoia import Cert

    return Cert.from_bytes(public_key.encode())
