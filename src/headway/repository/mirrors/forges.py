"""What other forges speak: signatures of their webhooks, and how a commit's status is told to them. Pure.

Sources: GitHub, "Validating webhook deliveries" and "REST API endpoints for commit statuses"; GitLab, "Webhooks"
(secret token) and "Commits API"; Gitea and Forgejo, "Webhooks" and their API's
``/repos/{owner}/{repo}/statuses/{sha}``.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import quote, urlsplit

from headway.kernel.webhooks.signing import signature

if TYPE_CHECKING:
    from collections.abc import Mapping

Forge = Literal["github", "gitlab", "gitea", "headway", "other"]
_TOLERATED_SECONDS = 300
_GITLAB_STATES = {"pending": "pending", "success": "success", "failure": "failed", "error": "failed"}


class Status(NamedTuple):
    """What a check says of a commit, in GitHub's words."""

    state: str
    context: str
    description: str
    target_url: str


class StatusRequest(NamedTuple):
    """What to send where, to tell a forge of a status."""

    url: str
    headers: dict[str, str]
    body: bytes


def is_signed(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> bool:
    """Whether a webhook comes from somebody who knows the secret, in any of the ways of the forges.

    ``headers``: names in lower case; ``now``: seconds since 1970. Compares in constant time.
    """
    expected = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if told := headers.get("x-hub-signature-256"):
        return _same(told, f"sha256={expected}")
    if told := headers.get("x-forgejo-signature") or headers.get("x-gitea-signature"):
        return _same(told, expected)
    if told := headers.get("x-gitlab-token"):
        return _same(told, secret)
    if "webhook-signature" in headers:
        return _is_standard(headers, body, secret, now)
    return False


def status_request(forge: Forge, origin: str, token: str, sha: str, status: Status) -> StatusRequest | None:
    """Return how to tell an origin of a commit's status; ``None`` for a forge that has no way."""
    parts = urlsplit(origin)
    place, path = f"{parts.scheme}://{parts.netloc}", parts.path.strip("/").removesuffix(".git")
    known = {"state": status.state, "context": status.context, "description": status.description[:140]}
    if status.target_url:
        known["target_url"] = status.target_url
    if forge == "github":
        api = "https://api.github.com" if parts.hostname == "github.com" else f"{place}/api/v3"
        return _request(f"{api}/repos/{path}/statuses/{sha}", {"Authorization": f"Bearer {token}"}, known)
    if forge == "gitea":
        return _request(f"{place}/api/v1/repos/{path}/statuses/{sha}", {"Authorization": f"token {token}"}, known)
    if forge == "headway":
        return _request(f"{place}/api/v1/projects/{path}/statuses/{sha}", {"Authorization": f"Bearer {token}"}, known)
    if forge == "gitlab":
        body = known | {"state": _GITLAB_STATES[status.state], "name": status.context}
        del body["context"]
        url = f"{place}/api/v4/projects/{quote(path, safe='')}/statuses/{sha}"
        return _request(url, {"PRIVATE-TOKEN": token}, body)
    return None


def _request(url: str, headers: dict[str, str], body: dict[str, str]) -> StatusRequest:
    known = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "Headway"}
    return StatusRequest(url, known | headers, json.dumps(body).encode())


def _is_standard(headers: Mapping[str, str], body: bytes, secret: str, now: float) -> bool:
    """Standard Webhooks, which another Headway signs with."""
    message, stamp = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not stamp.isascii() or not stamp.isdigit() or abs(now - int(stamp)) > _TOLERATED_SECONDS:
        return False
    try:
        expected = signature(secret, message, int(stamp), body)
    except ValueError:
        return False
    return any(_same(told, expected) for told in headers["webhook-signature"].split(" "))


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))
