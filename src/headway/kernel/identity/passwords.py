"""Passwords, hashed with argon2id; few at a time, since each hash takes 64 MiB of memory and a core."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from headway.kernel.identity.errors import InvalidNameError, ThrottledError

SHORTEST = 10
LONGEST = 256
_AT_ONCE = 2
_WAIT_SECONDS = 10.0

# What is checked when there is no such person, so that the answer takes as long; the hash of something nobody knows.
_DECOY = "$argon2id$v=19$m=65536,t=3,p=4$WNYB7DPbZ2UdMp9Ba7jCgQ$qoWxmxrBwE+aUHavJRwj+hVbPvffYxlpMGfqwSPgv6A"

_COMMON = frozenset({"password", "passwort", "headway", "qwertyuiop", "1234567890", "0123456789", "letmeinplease"})


class Passwords:
    """Hashes and checks passwords. Blocks its thread: never call it from an event loop."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._places = threading.BoundedSemaphore(_AT_ONCE)

    def hash(self, password: str) -> str:
        """Return the hash to keep. Raises ``ThrottledError`` when too many wait."""
        with self._place():
            return self._hasher.hash(password)

    def matches(self, password: str, hashed: str | None) -> bool:
        """Whether a password belongs to a hash; takes as long when there is no hash. Raises ``ThrottledError``."""
        if len(password) > LONGEST:
            password = ""
        with self._place():
            try:
                self._hasher.verify(hashed or _DECOY, password.encode("utf-8", "replace"))
            except (VerificationError, InvalidHashError):
                return False
            return hashed is not None

    def _place(self) -> _Place:
        return _Place(self._places)


class _Place:
    def __init__(self, places: threading.BoundedSemaphore) -> None:
        self._places = places

    def __enter__(self) -> None:
        if not self._places.acquire(timeout=_WAIT_SECONDS):
            raise ThrottledError(int(_WAIT_SECONDS))

    def __exit__(self, *_: object) -> None:
        self._places.release()


def checked_password(password: str, handle: str = "", email: str = "") -> str:
    """Return an acceptable password.

    Raises ``InvalidNameError`` that says what is wrong with it (NIST SP 800-63B, 5.1.1).
    """
    if len(password) < SHORTEST:
        raise InvalidNameError(f"a password has {SHORTEST} characters or more; several words are easy to remember")
    if len(password) > LONGEST:
        raise InvalidNameError(f"a password has at most {LONGEST} characters")
    lowered = password.lower()
    guessable = {*_COMMON, handle.lower(), email.lower(), email.partition("@")[0].lower()}
    if lowered in guessable or len(set(lowered)) < 4:
        raise InvalidNameError("this password is easily guessed; take several words, or let your browser propose one")
    return password
