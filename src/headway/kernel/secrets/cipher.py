"""Encrypting one value (AES-256-GCM, NIST SP 800-38D), bound to where it belongs."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
from typing import NamedTuple

from headway.kernel.secrets.errors import KeyFormatError, SecretsUnreadableError

KEY_BYTES = 32
_NONCE_BYTES = 12


class Key(NamedTuple):
    """A key. ``id`` tells keys apart, and tells nothing of the key."""

    id: str
    bytes: bytes

    def __repr__(self) -> str:
        return f"Key({self.id})"

    @property
    def text(self) -> str:
        """The key in base64, as it is kept."""
        return base64.b64encode(self.bytes).decode()


def key_of(material: bytes) -> Key:
    """Return a key of 32 bytes."""
    return Key(hashlib.sha256(b"headway secret key id\0" + material).hexdigest()[:16], material)


def new_key() -> Key:
    """Return a random key."""
    return key_of(os.urandom(KEY_BYTES))


def parsed_key(text: str) -> Key:
    """Return the key of a text in base64. Raises ``KeyFormatError``."""
    try:
        material = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        material = b""
    if len(material) != KEY_BYTES:
        raise KeyFormatError("a key is 32 bytes in base64, as `openssl rand -base64 32` prints one")
    return key_of(material)


def encrypted(key: Key, place: str, name: str, value: str) -> bytes:
    """Return the nonce and ciphertext of a value; they can be read with this key, place and name only."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key.bytes).encrypt(nonce, value.encode(), _bound(place, name))


def decrypted(key: Key, place: str, name: str, data: bytes) -> str:
    """Return the value. Raises ``SecretsUnreadableError`` when anything of it was changed or moved."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    try:
        return AESGCM(key.bytes).decrypt(data[:_NONCE_BYTES], data[_NONCE_BYTES:], _bound(place, name)).decode()
    except (InvalidTag, ValueError):
        raise SecretsUnreadableError(
            f"the secret {name} was changed or moved in the database and cannot be trusted; set it again"
        ) from None


def _bound(place: str, name: str) -> bytes:
    return b"headway secret 1\0" + place.encode() + b"\0" + name.encode()
