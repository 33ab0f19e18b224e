"""OpenID Connect providers for tests: a real one, and one that says whatever a test wants."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import RSAKey

if TYPE_CHECKING:
    from collections.abc import Iterator


class RealProvider:
    """`oidc-provider-mock`, in a process of its own."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer

    def know(self, subject: str, **claims: object) -> None:
        httpx.put(f"{self.issuer}/users/{subject}", json=claims).raise_for_status()

    def answer(self, address: str, subject: str) -> dict[str, str]:
        """Sign in as somebody, and return what the browser is sent back with."""
        sent = httpx.post(address, data={"sub": subject})
        assert sent.status_code == 302, sent.text
        return query_of(sent.headers["location"])


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@contextmanager
def real_provider() -> Iterator[RealProvider]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-W",
        "ignore",
        "-m",
        "oidc_provider_mock",
        "--port",
        str(port),
        "--require-nonce",
        "true",
    ]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        issuer = f"http://127.0.0.1:{port}"
        for _ in range(600):
            try:
                httpx.get(f"{issuer}/.well-known/openid-configuration").raise_for_status()
                break
            except httpx.HTTPError:
                time.sleep(0.05)
        yield RealProvider(issuer)
        process.kill()


class OwnProvider:
    """Follows the protocol, checks PKCE, and lets a test change what its tokens say and who signs them."""

    def __init__(self) -> None:
        self.key = RSAKey.generate_key(2048, {"kid": "first"})
        self.published = [self.key]
        self.algorithm = "RS256"
        self.issuer = ""
        self.claims: dict[str, Any] = {}
        self.document: dict[str, Any] = {}
        self.user_information: dict[str, Any] = {}
        self.asked: dict[str, dict[str, str]] = {}
        self.reads_of_keys = 0
        self.token: str | None = None

    def answer(self, address: str) -> dict[str, str]:
        """Return what the browser is sent back with."""
        wanted = query_of(address)
        code = f"code-{len(self.asked)}"
        self.asked[code] = wanted
        return {"state": wanted["state"], "code": code, "iss": self.issuer}

    def configuration(self) -> dict[str, Any]:
        addresses = {name: f"{self.issuer}/{path}" for name, path in _PLACES.items()}
        return {"issuer": self.issuer, **addresses, **self.document}

    def keys(self) -> dict[str, Any]:
        self.reads_of_keys += 1
        return {"keys": [key.as_dict(private=False) for key in self.published]}

    def user(self) -> dict[str, Any]:
        return {"sub": self.claims.get("sub", "1")} | self.user_information

    def tokens(self, form: dict[str, str]) -> dict[str, Any]:
        wanted = self.asked.pop(form["code"], None)
        if wanted is None:
            return {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).decode().rstrip("=") != wanted["code_challenge"]:
            return {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": "headway",
            "sub": "1",
            "iat": now,
            "exp": now + 60,
            "nonce": wanted["nonce"],
        }
        claims = {name: value for name, value in (claims | self.claims).items() if value is not None}
        token = self.token or jwt.encode({"alg": self.algorithm, "kid": self.key.kid}, claims, self.key)
        return {"access_token": "x", "token_type": "Bearer", "id_token": token}


_PLACES = {
    "authorization_endpoint": "authorize",
    "token_endpoint": "token",
    "jwks_uri": "keys",
    "userinfo_endpoint": "user",
}


@contextmanager
def own_provider() -> Iterator[OwnProvider]:
    provider = OwnProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers = {"/keys": provider.keys, "/user": provider.user}
            self.say(answers.get(self.path, provider.configuration)())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            answer = provider.tokens({name: values[0] for name, values in parse_qs(body).items()})
            self.say(answer, 400 if "error" in answer else 200)

        def say(self, answer: dict[str, Any], status: int = 200) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        provider.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield provider
        server.shutdown()
        thread.join()
