"""Reading public SSH keys. Pure, but for loading what reads them when it is first needed."""

from __future__ import annotations

from typing import NamedTuple

from headway.kernel.identity.errors import InvalidNameError

_MOST_CHARACTERS = 16_384
_LEAST_RSA_BITS = 2048
_MOST_RSA_BITS = 16_384
_WHERE = "paste the line of a file such as ~/.ssh/id_ed25519.pub"


class PublicKey(NamedTuple):
    """A key as it is kept: its line without the comment, which may name the person's machine."""

    line: str
    fingerprint: str
    comment: str


def public_key(text: str) -> PublicKey:
    """Return the key of a line of a `.pub` file. Raises ``InvalidNameError`` that says what to paste instead."""
    import asyncssh

    text = text.strip()
    if "PRIVATE KEY" in text or text.startswith("PuTTY-User-Key-File"):
        raise InvalidNameError(f"this is the private key, which must not leave your machine; {_WHERE}")
    if len(text) > _MOST_CHARACTERS:
        raise InvalidNameError(f"this is too long for a public key; {_WHERE}")
    if "-cert-v01@" in text.partition(" ")[0]:
        raise InvalidNameError(f"this is a certificate; give the key itself: {_WHERE}")
    if text.startswith(("ssh-dss", "ssh-dsa")):
        raise InvalidNameError("DSA keys are not safe any more; make another with `ssh-keygen -t ed25519`")
    try:
        key = asyncssh.import_public_key(text)
        line = key.export_public_key("openssh").decode("ascii", "replace")
    except (asyncssh.KeyImportError, asyncssh.KeyExportError, ValueError, OverflowError) as error:
        raise InvalidNameError(f"this is not a public key ({error}); {_WHERE}") from None
    kind = key.get_algorithm()
    if kind == "ssh-rsa":
        _check_rsa(getattr(key.pyca_key, "key_size", 0))
    elif not kind.startswith(("ssh-ed25519", "ecdsa-sha2-nistp", "sk-ssh-ed25519", "sk-ecdsa-sha2-nistp256")):
        raise InvalidNameError(f"keys of the kind '{kind}' are not taken; make another with `ssh-keygen -t ed25519`")
    words = line.split()[:2]
    return PublicKey(" ".join(words), key.get_fingerprint(), (key.get_comment() or "").strip())


def _check_rsa(bits: int) -> None:
    if bits < _LEAST_RSA_BITS:
        raise InvalidNameError(
            f"this RSA key has {bits} bits, and {_LEAST_RSA_BITS} are the least that is safe; "
            "make another with `ssh-keygen -t ed25519`"
        )
    if bits > _MOST_RSA_BITS:
        raise InvalidNameError(f"this RSA key has {bits} bits, and ssh takes at most {_MOST_RSA_BITS}")
