"""Who may do what: the token of a job, and addresses that allow one thing with one blob for a while.

A token is a JSON Web Token, because GitHub's clients read the ids of run and job from it. It is signed and checked by
the same process with a key that lives as long as the run, by one algorithm: twenty lines on ``hmac``, where a library
for all of JOSE would bring ``cryptography`` and its start-up time along.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, quote, unquote, urlencode

from headway.kernel.errors import HeadwayError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

TOKEN_SECONDS = 24 * 3600.0
ADDRESS_SECONDS = 3600.0
_SCOPE = "Actions.Results"
_HEADER = {"alg": "HS256", "typ": "JWT"}
_LONGEST = 8192


class UnauthenticatedError(HeadwayError):
    """A token or an address is missing, was not made by this service, or has expired."""


class Grant(NamedTuple):
    """What a token says: the run and the job that it was made for."""

    run: str
    job: str


class Signer:
    """Makes and checks tokens and addresses with one key."""

    __slots__ = ("_clock", "_key")

    def __init__(self, key: bytes, clock: Callable[[], float] = time.time) -> None:
        self._key = key
        self._clock = clock

    def token(self, grant: Grant, scopes: Sequence[str] = (), seconds: float = TOKEN_SECONDS) -> str:
        """Return a token. ``scopes`` are the refs whose caches may be read, the first of which may be written.

        They stand in the claim ``ac``, as clients other than GitHub's want to know them; the service does not ask it.
        """
        now = int(self._clock())
        access = [{"Scope": scope, "Permission": 1 if number else 3} for number, scope in enumerate(scopes)]
        claims = {
            "scp": f"{_SCOPE}:{quote(grant.run, safe='')}:{quote(grant.job, safe='')}",
            "ac": json.dumps(access, separators=(",", ":")),
            "iat": now,
            "exp": now + int(seconds),
        }
        body = f"{_encoded(_HEADER)}.{_encoded(claims)}"
        return f"{body}.{_text(self._signature(body))}"

    def grant(self, token: str) -> Grant:
        """Return what a token allows. Raises ``UnauthenticatedError`` unless this signer made it, not too long ago."""
        body, dot, signature = token.rpartition(".")
        expected = _text(self._signature(body))
        if not dot or len(token) > _LONGEST or not same(signature, expected):
            raise UnauthenticatedError("The token was not made by this service")
        header, _, claims = body.partition(".")
        # From here on the text is our own; what is read is still checked, lest another use of the key slips through.
        known = _decoded(claims)
        expires = known.get("exp")
        if _decoded(header) != _HEADER or not isinstance(expires, int):
            raise UnauthenticatedError("The token is of a kind that this service does not make")
        if expires <= self._clock():
            raise UnauthenticatedError("The token has expired")
        parts = str(known.get("scp")).split(":")
        if len(parts) != 3 or parts[0] != _SCOPE:
            raise UnauthenticatedError("The token allows nothing here")
        return Grant(unquote(parts[1]), unquote(parts[2]))

    def address(self, path: str, permission: str, seconds: float = ADDRESS_SECONDS) -> str:
        """Return a path with a query that allows to read (``r``) or write (``w``) just what is there."""
        expires = str(int(self._clock() + seconds))
        query = {"sp": permission, "se": expires, "sig": self._address_signature(path, permission, expires)}
        return f"{path}?{urlencode(query)}"

    def check_address(self, path: str, query: str, permission: str) -> None:
        """Raise ``UnauthenticatedError`` unless ``address`` made path and query, for this, and not too long ago."""
        fields = parse_qs(query, keep_blank_values=True, max_num_fields=20) if query.count("&") < 20 else {}
        signature, expires, allowed = (fields.get(name, [""])[-1] for name in ("sig", "se", "sp"))
        expected = self._address_signature(path, permission, expires)
        if allowed != permission or not same(signature, expected):
            raise UnauthenticatedError("The address was not made by this service, or not for this")
        if int(expires) <= self._clock():
            raise UnauthenticatedError("The address has expired")

    def _address_signature(self, path: str, permission: str, expires: str) -> str:
        return _text(self._signature(f"address\n{permission}\n{expires}\n{path}"))

    def _signature(self, text: str) -> bytes:
        return hmac.digest(self._key, text.encode(errors="surrogatepass"), hashlib.sha256)


def same(given: str, expected: str) -> bool:
    """Return whether two texts are equal, in a time that does not tell where they part.

    What is given may hold half of a character, which is equal to nothing.
    """
    return hmac.compare_digest(given.encode(errors="surrogatepass"), expected.encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _encoded(value: Mapping[str, object]) -> str:
    return _text(json.dumps(value, separators=(",", ":")).encode())


def _decoded(text: str) -> dict[str, object]:
    try:
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error):
        return {}
    return value if isinstance(value, dict) else {}
