"""One OpenID Connect provider: its addresses and keys, and what its tokens say.

Sources: OpenID Connect Core 1.0, sections 3.1.2 (authorization), 3.1.3 (token), 3.1.3.7 (validation of ID tokens), 5.3
(user information); Discovery 1.0, section 4; RFC 7636 (PKCE); RFC 9207 (``iss`` in the answer).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode, urlsplit

import httpx
from joserfc import jwk, jwt
from joserfc.errors import JoseError

from headway.kernel.identity.errors import ProviderError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from headway.kernel.clock import Clock
    from headway.kernel.settings import OpenIdProvider

# Signatures with public keys only: with HS256 whoever knows the client's secret could forge, and "none" needs none.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_LIFE = timedelta(hours=1)
_KEYS_AT_MOST_EVERY = timedelta(minutes=1)
_LEEWAY_SECONDS = 60
_MOST_BYTES = 1024 * 1024


class Claims(NamedTuple):
    """What a provider says of a person. ``email`` is empty unless the provider has verified it."""

    subject: str
    email: str
    name: str
    username: str


class _Found(NamedTuple):
    document: Mapping[str, Any]
    keys: jwk.KeySet
    read: datetime


class Provider:
    """Speaks with one provider. Blocks its thread."""

    def __init__(self, settings: OpenIdProvider, clock: Clock, client: httpx.Client) -> None:
        self.settings = settings
        self._clock = clock
        self._client = client
        self._found: _Found | None = None
        self._lock = threading.Lock()

    def authorization_address(self, redirect: str, state: str, nonce: str, verifier: str) -> str:
        """Return where to send the browser. Raises ``ProviderError``."""
        address = self._address("authorization_endpoint")
        digest = hashlib.sha256(verifier.encode()).digest()
        query = {
            "response_type": "code",
            "client_id": self.settings.client_id,
            "redirect_uri": redirect,
            "scope": "openid profile email",
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).decode().rstrip("="),
            "code_challenge_method": "S256",
        }
        return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(query)}"

    def claims(self, code: str, redirect: str, nonce: str, verifier: str) -> Claims:
        """Return what the provider says of the person for whom it gave the code. Raises ``ProviderError``."""
        answer = self._exchange(code, redirect, verifier)
        said = self._checked(str(answer.get("id_token") or ""), nonce)
        if "email" not in said and "userinfo_endpoint" in self._configuration().document:
            more = self._user_information(str(answer.get("access_token") or ""))
            if more.get("sub") != said["sub"]:
                raise ProviderError(f"{self.label} spoke of two different people")
            said = {**more, **said}
        verified = said.get("email_verified") is True and isinstance(said.get("email"), str)
        return Claims(
            said["sub"],
            said["email"] if verified else "",
            str(said.get("name") or ""),
            str(said.get("preferred_username") or said.get("nickname") or said.get("email") or ""),
        )

    @property
    def label(self) -> str:
        """What people call the provider."""
        return self.settings.label or self.settings.name

    def check_issuer(self, issuer: str | None) -> None:
        """Raise ``ProviderError`` when an answer says that it comes from another provider (mix-up, RFC 9207)."""
        if issuer is not None and not hmac.compare_digest(issuer.encode(), self.settings.issuer.encode()):
            raise ProviderError(f"the answer does not come from {self.label}")

    def _exchange(self, code: str, redirect: str, verifier: str) -> Mapping[str, Any]:
        client_id, secret = self.settings.client_id, self.settings.client_secret.get_secret_value()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
        methods = self._configuration().document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        headers = {}
        if secret and "client_secret_basic" in methods:
            # RFC 6749, 2.3.1: both parts are encoded as in a form first.
            pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        else:
            form |= {"client_id": client_id} | ({"client_secret": secret} if secret else {})
        return self._ask("POST", self._address("token_endpoint"), data=form, headers=headers)

    def _user_information(self, token: str) -> Mapping[str, Any]:
        headers = {"Authorization": f"Bearer {token}"}
        return self._ask("GET", self._address("userinfo_endpoint"), headers=headers)

    def _checked(self, token: str, nonce: str) -> dict[str, Any]:
        """Return the claims of an ID token, after everything that section 3.1.3.7 asks for."""
        claims = self._decoded(token)
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self.settings.issuer},
            aud={"essential": True, "value": self.settings.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        try:
            registry.validate(claims)
        except JoseError as error:
            raise ProviderError(f"the token of {self.label} is not good: {error}") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.settings.client_id:
            raise ProviderError(f"the token of {self.label} was made for another program")
        if not hmac.compare_digest(str(claims.get("nonce") or "").encode(), nonce.encode()):
            raise ProviderError(f"the token of {self.label} belongs to another attempt to sign in")
        if not 1 <= len(claims["sub"]) <= 255:
            raise ProviderError(f"{self.label} does not say who signed in")
        return claims

    def _decoded(self, token: str) -> dict[str, Any]:
        """Return what a token says if a key of the provider signed it. Keys are read again when none did."""
        for attempt in range(2):
            try:
                keys = self._configuration(renewed=attempt > 0).keys
                return dict(jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims)
            except (JoseError, ValueError) as error:
                reason = error
        raise ProviderError(f"the token of {self.label} is not signed as it should be: {reason}")

    def _address(self, name: str) -> str:
        address = self._configuration().document.get(name)
        own, wanted = urlsplit(self.settings.issuer).scheme, urlsplit(str(address)).scheme
        if not isinstance(address, str) or wanted not in ("https", own):
            raise ProviderError(f"{self.label} has no usable '{name}'")
        return address

    def _configuration(self, *, renewed: bool = False) -> _Found:
        with self._lock:
            now = self._clock()
            age = now - self._found.read if self._found else _LIFE
            if self._found is None or age >= (_KEYS_AT_MOST_EVERY if renewed else _LIFE):
                self._found = self._discovered(now)
            return self._found

    def _discovered(self, now: datetime) -> _Found:
        address = self.settings.issuer.rstrip("/") + "/.well-known/openid-configuration"
        document = self._ask("GET", address)
        if document.get("issuer") != self.settings.issuer:
            raise ProviderError(f"{self.label} calls itself '{document.get('issuer')}', not '{self.settings.issuer}'")
        keys = self._ask("GET", str(document.get("jwks_uri")))
        try:
            return _Found(document, jwk.KeySet.import_key_set(keys), now)  # type: ignore[arg-type]
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderError(f"the keys of {self.label} cannot be read: {error}") from None

    def _ask(self, method: str, address: str, **more: Any) -> Mapping[str, Any]:
        """Return the JSON object that the provider answers with."""
        try:
            with self._client.stream(method, address, **more) as answer:
                body = b""
                for chunk in answer.iter_bytes():
                    body += chunk
                    if len(body) > _MOST_BYTES:
                        raise ProviderError(f"the answer of {self.label} has no end")
                said = httpx.Response(answer.status_code, content=body).json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise ProviderError(f"{self.label} did not answer as it should: {error}") from None
        if not isinstance(said, dict) or answer.status_code != 200:
            reason = said.get("error_description") or said.get("error") if isinstance(said, dict) else ""
            raise ProviderError(f"{self.label} answered {answer.status_code} {str(reason or '')[:200]}".rstrip())
        return said
