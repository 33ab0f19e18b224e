"""Reading public OpenPGP keys. Pure, but for loading what reads them when it is first needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from headway.kernel.identity.errors import InvalidNameError

if TYPE_CHECKING:
    from datetime import datetime

MOST_CHARACTERS = 100_000
_MOST_SUBKEYS = 50
_WHERE = "paste what `gpg --armor --export YOUR@ADDRESS` prints"


class GpgPublicKey(NamedTuple):
    """A key as it is kept: what is public of it, armored.

    ``fingerprint`` is the primary key's. ``key_ids``: those of the primary key and the subkeys, any of which may sign.
    """

    text: str
    fingerprint: str
    key_ids: tuple[str, ...]
    user_id: str
    expires: datetime | None


def key_id_of(fingerprint: str) -> str:
    """Return the key id that belongs to a fingerprint, in capitals: its end, or from version 6 on its beginning."""
    return (fingerprint[:16] if len(fingerprint) > 40 else fingerprint[-16:]).upper()


def gpg_public_key(text: str, now: datetime) -> GpgPublicKey:
    """Return the key of an armored block. Raises ``InvalidNameError`` that says what to paste instead."""
    from pysequoia import Cert
    from pysequoia.packet import PacketPile

    text = text.strip()
    if "PRIVATE KEY" in text:
        raise InvalidNameError(f"this is the private key, which must not leave your machine; {_WHERE}")
    if len(text) > MOST_CHARACTERS:
        raise InvalidNameError(
            f"this is too long for a public key; {_WHERE}, with `--export-options export-minimal` before `--export`"
        )
    if not text.startswith("-----BEGIN PGP PUBLIC KEY BLOCK-----") or not text.isascii():
        raise InvalidNameError(f"this is not a public OpenPGP key; {_WHERE}")
    try:
        found = Cert.from_bytes(text.encode())
        data = bytes(found)
        # Only what is public of one key is left by now: no secret, and nothing that has to be unpacked.
        fingerprints = [each.fingerprint for each in PacketPile.from_bytes(data) if each.fingerprint]
    except (RuntimeError, ValueError) as error:
        said = str(error).partition("\n")[0].rstrip(".")[:200]
        raise InvalidNameError(f"this is not one public OpenPGP key ({said}); {_WHERE}") from None
    if found.is_revoked:
        raise InvalidNameError("this key has been revoked; add another one")
    if found.expiration is not None and found.expiration <= now:
        raise InvalidNameError(
            f"this key expired on {found.expiration:%Y-%m-%d}; "
            "extend it with `gpg --quick-set-expire FINGERPRINT 1y`, and export it again"
        )
    if len(fingerprints) > _MOST_SUBKEYS:
        raise InvalidNameError(f"this key has {len(fingerprints)} subkeys, and {_MOST_SUBKEYS} are the most")
    key_ids = tuple(dict.fromkeys(key_id_of(each) for each in fingerprints))
    name = str(found.user_ids[0]) if found.user_ids else ""
    return GpgPublicKey(str(found), found.fingerprint.upper(), key_ids, name, found.expiration)
