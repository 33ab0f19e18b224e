"""Random secrets that are shown once and kept as hashes: tokens, sessions, one-time links."""

from __future__ import annotations

import hashlib
import re
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

Prefix = Literal["hwp", "hwd", "hws", "hwl", "hwi"]
"""Personal and service accounts' token, deploy token, session, one-time link, invitation."""

SHAPE = re.compile(r"hw[pdsli]_[A-Za-z0-9_-]{43}")


def new_secret(prefix: Prefix, randomness: Callable[[int], str] = token_urlsafe) -> str:
    """Return a new secret of 256 random bits. The prefix lets scanners and people recognise it."""
    return f"{prefix}_{randomness(32)}"


def secret_hash(secret: str) -> bytes:
    """Return what is kept of a secret.

    It is random enough that a fast hash cannot be searched; it is found by index, which tells nothing of the secret
    itself.
    """
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
