"""SSH signatures, as ``ssh-keygen -Y sign`` makes them. Pure, but for loading what verifies them when first needed.

Source: https://github.com/openssh/openssh-portable, ``PROTOCOL.sshsig``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from asyncssh import SSHKey

BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_MAGIC = b"SSHSIG"
_NAMESPACE = b"git"
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
# SHA-1 is not among them; PROTOCOL.sshsig excludes it for RSA keys.
_ALGORITHMS = {
    b"ssh-ed25519",
    b"ecdsa-sha2-nistp256",
    b"ecdsa-sha2-nistp384",
    b"ecdsa-sha2-nistp521",
    b"rsa-sha2-256",
    b"rsa-sha2-512",
    b"sk-ssh-ed25519@openssh.com",
    b"sk-ecdsa-sha2-nistp256@openssh.com",
}


class SshSignature(NamedTuple):
    """The fields of a signature."""

    public_key: bytes
    namespace: bytes
    reserved: bytes
    hash_algorithm: bytes
    signature: bytes

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the key that it names."""
        return "SHA256:" + base64.b64encode(hashlib.sha256(self.public_key).digest()).decode().rstrip("=")


def parse(text: str) -> SshSignature | None:
    """Return what an armored signature says, ``None`` if it is none."""
    text = text.strip()
    if not (text.startswith(BEGIN) and text.endswith(_END)):
        return None
    try:
        data = base64.b64decode("".join(text[len(BEGIN) : -len(_END)].split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    if data[: len(_MAGIC)] != _MAGIC or data[len(_MAGIC) : len(_MAGIC) + 4] != b"\0\0\0\1":
        return None
    fields = _strings(data[len(_MAGIC) + 4 :])
    return SshSignature(*fields) if fields is not None and len(fields) == 5 else None


def is_of(found: SshSignature, payload: bytes, public_key: str) -> bool:
    """Whether a key, given as the line of a ``.pub`` file, signed the payload for Git."""
    import asyncssh

    digest = _HASHES.get(found.hash_algorithm)
    algorithm = _strings(found.signature, most=1)
    if digest is None or found.namespace != _NAMESPACE or not algorithm or algorithm[0] not in _ALGORITHMS:
        return False
    parts = (found.namespace, found.reserved, found.hash_algorithm, digest(payload).digest())
    signed = _MAGIC + b"".join(struct.pack(">I", len(part)) + part for part in parts)
    try:
        key = _read(public_key)
        return key.public_data == found.public_key and key.verify(signed, found.signature)
    except (asyncssh.KeyImportError, ValueError, OverflowError):
        return False


@lru_cache(maxsize=256)
def _read(public_key: str) -> SSHKey:
    import asyncssh

    return asyncssh.import_public_key(public_key)


def _strings(data: bytes, most: int = 0) -> list[bytes] | None:
    """Return the strings, each after its length, that data consists of, or the first of them."""
    found: list[bytes] = []
    at = 0
    while at < len(data) and not (most and len(found) == most):
        end = at + 4 + int.from_bytes(data[at : at + 4], "big")
        if at + 4 > len(data) or end > len(data):
            return None
        found.append(data[at + 4 : end])
        at = end
    return found
